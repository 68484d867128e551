/** The files of examples/ptb: that they are the protocol of Wen et al. 2018, are accepted as they stand, and train. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { comparisonConfig } from "../../src/lab/index.ts";
import { runPlan } from "../../src/lab/runPlan.ts";
import { parameterCount, recipe, type TrainingOptions, trainingConfig } from "../../src/lm/index.ts";
import { eventsOf, tinyTrainer } from "../lm/tinyRun.ts";
import { root } from "../sourceFiles.ts";

const folder = join(root, "examples/ptb");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, name), "utf8"));
const protocol = read("protocol.json");
const table2 = read("table2.json") as Record<string, TrainingOptions>;

/** Validation and test bits per character as they stand in the paper, and what is masked. */
const published: Readonly<Record<string, readonly [string, string, object]>> = {
  none: ["1.468", "1.423", {}],
  semeniuta: ["1.337", "1.300", { candidate: { rate: 0.25, tie: "step" } }],
  zoneout: ["1.306", "1.270", { zoneoutCell: { rate: 0.5 }, zoneoutHidden: { rate: 0.05 } }],
  gal: ["1.277", "1.245", { recurrent: { rate: 0.25, tie: "sequence" } }],
  gaussian: ["1.257", "1.230", { recurrentWeights: { rate: 0.5, kind: "gaussian", tie: "batch" } }],
  flipout: ["1.256", "1.227", { recurrentWeights: { rate: 0.5, kind: "flipout" } }],
};

test("the protocol is the recipe wen2018", () => {
  expect(protocol).toEqual(recipe("wen2018"));
  expect(parameterCount(trainingConfig(protocol), 50) / 1e6).toBeCloseTo(4.26, 2);
  expect(trainingConfig(protocol)).toMatchObject({
    ...{ hiddenSize: 1000, layers: 1, embeddingSize: 0, batchSize: 32, sequenceLength: 100, clip: 1 },
    ...{ carryState: false, learningRate: 0.002, optimizer: { name: "amsgrad" } },
    ...{ inputInit: { name: "orthogonal" }, recurrentInit: { name: "orthogonal" } },
  });
});

test("there is a file for each row of the table, and for nothing else", () => {
  expect(Object.keys(table2)).toEqual(Object.keys(published));
  const files = readdirSync(folder).sort();
  expect(files).toEqual(
    [
      "README.md",
      "protocol.json",
      "table2.json",
      ...Object.keys(published).map((row) => `${row}.json`),
    ].sort(),
  );
});

test("the plan of the comparison is accepted, every row with every seed", () => {
  const comparison = comparisonConfig({
    ...{ name: "ptb", corpus: "ptb", base: protocol, configurations: table2, seeds: [1, 2] },
  });
  const runs = runPlan(comparison, "any text", "runs/ptb");
  expect(runs.map(({ configuration }) => configuration)).toEqual([
    ...Object.keys(published),
    ...Object.keys(published),
  ]);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(12);
});

describe.each(Object.keys(published))("%s", (row) => {
  const options = read(`${row}.json`) as TrainingOptions;
  const [valid, tested, sites] = published[row]!;

  test("is the protocol with its dropout, as in the table, and masks what the paper masks", () => {
    expect(options).toEqual({ ...protocol, ...table2[row] });
    const { dropout } = trainingConfig(options);
    expect(Object.keys(dropout.sites)).toEqual(Object.keys(sites));
    expect(dropout.sites).toMatchObject(sites);
  });

  test("stands in the README with the published figures", () => {
    const line = readme.split("\n").find((one) => one.includes(`[${row}.json](${row}.json)`));
    expect(line).toContain(`| ${valid} | ${tested} |`);
  });

  test("trains: the loss of a small one falls", async () => {
    const small = { hiddenSize: 12, batchSize: 3, sequenceLength: 10, epochs: null, steps: 60 };
    const trainer = await tinyTrainer({ ...options, ...small } as TrainingOptions, { withValid: true });
    const losses = (await eventsOf(trainer)).flatMap((event) => (event.type === "step" ? [event.loss] : []));
    const mean = (part: readonly number[]): number => part.reduce((sum, x) => sum + x, 0) / part.length;
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)) - 0.05);
  });
});
