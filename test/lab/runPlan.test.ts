import { expect, test } from "vitest";
import { comparisonConfig } from "../../src/lab/comparisonConfig.ts";
import { type Run, runPlan } from "../../src/lab/runPlan.ts";

const options = {
  corpus: "tideland",
  base: { hiddenSize: 16 },
  configurations: { none: {}, gal: { dropout: "gal" } },
  seeds: [1, 2],
};
const text = "A short text.";

function plan(changes: Record<string, unknown> = {}, of = text, folder = "runs"): Run[] {
  return runPlan(comparisonConfig({ ...options, ...changes }), of, folder);
}

test("all configurations of a seed come together, in the order of the comparison", () => {
  expect(plan().map(({ configuration, seed }) => [configuration, seed])).toEqual([
    ["none", 1],
    ["gal", 1],
    ["none", 2],
    ["gal", 2],
  ]);
});

test("a run knows everything that a worker needs, as plain data", () => {
  const [, gal] = plan({ chars: 1000 });
  expect(gal).toMatchObject({
    configuration: "gal",
    seed: 1,
    corpus: "tideland",
    chars: 1000,
    split: [0.8, 0.1, 0.1],
    engine: "auto",
    config: { hiddenSize: 16, seed: 1, dropout: { name: "gal" } },
  });
  expect(gal!.folder).toBe(
    `runs/gal-seed1-${gal!.id}`.replaceAll("/", process.platform === "win32" ? "\\" : "/"),
  );
  expect(JSON.parse(JSON.stringify(gal))).toEqual(gal);
});

test("every run has its own identity", () => {
  const ids = plan().map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/);
});

test("two configurations that come to the same are still two runs", () => {
  const runs = plan({ configurations: { "a b": {}, "a/b": {}, b: { hiddenSize: 16 } }, seeds: [1] });
  expect(new Set(runs.map(({ id }) => id)).size).toBe(3);
  expect(new Set(runs.map(({ folder }) => folder)).size).toBe(3);
  for (const { folder } of runs) expect(folder).toMatch(/^runs[/\\][\w.-]+$/);
});

test("the same comparison has the same identities, wherever it is kept and whatever else is compared", () => {
  const ids = plan().map(({ id }) => id);
  expect(plan().map(({ id }) => id)).toEqual(ids);
  expect(plan({}, text, "elsewhere").map(({ id }) => id)).toEqual(ids);
  expect(plan({ name: "renamed", baseline: "gal" }).map(({ id }) => id)).toEqual(ids);
  expect(plan({ seeds: [2, 1] }).map(({ id }) => id)).toEqual([ids[2], ids[3], ids[0], ids[1]]);
  expect(plan({ configurations: { gal: { dropout: "gal" } }, seeds: [2] }).map(({ id }) => id)).toEqual([
    ids[3],
  ]);
  // a default that is written out is no change, and neither is a key that moves from the base to the configurations
  const moved = {
    base: {},
    configurations: { none: { hiddenSize: 16, layers: 2 }, gal: { dropout: "gal", hiddenSize: 16 } },
  };
  expect(plan(moved).map(({ id }) => id)).toEqual(ids);
});

test.each<[string, Record<string, unknown>]>([
  ["the base", { base: { hiddenSize: 17 } }],
  ["the number of updates", { base: { hiddenSize: 16, steps: 5 } }],
  [
    "a dropout rate",
    {
      base: { hiddenSize: 16, dropout: "output:0.1" },
      configurations: { none: {}, gal: { dropout: "gal:0.2" } },
    },
  ],
  ["the optimiser", { base: { hiddenSize: 16, optimizer: "sgd" } }],
  ["the split", { split: [0.7, 0.2, 0.1] }],
  ["the engine", { engine: "reference" }],
  ["the seeds", { seeds: [3, 4] }],
])("%s changes every identity", (_, changes) => {
  const before = new Set(plan().map(({ id }) => id));
  expect(plan(changes).filter(({ id }) => before.has(id))).toEqual([]);
});

test("an engine's identity is part of a run's: a BLAS is not another BLAS", () => {
  const ids = (identity?: string) =>
    runPlan(
      comparisonConfig({ corpus: "tideland", configurations: { none: {} }, engine: "blas" }),
      text,
      "runs",
      identity,
    ).map(({ id }) => id);
  expect(ids("blas")).toEqual(ids());
  const all = [
    "blas, OpenBLAS 0.3.21, threads 1",
    "blas, OpenBLAS 0.3.21, threads 2",
    "blas, MKL, threads 1",
  ].flatMap(ids);
  expect(new Set([...all, ...ids()]).size).toBe(12);
});

test("another text changes every identity", () => {
  const before = new Set(plan().map(({ id }) => id));
  expect(plan({}, `${text}!`).filter(({ id }) => before.has(id))).toEqual([]);
});
