/** Masks tied to `batchStep`: at each step the mask that row 0 has under `step`, in all rows. On activations: feedForward.test.ts. */
import { describe, expect, test } from "vitest";
import { Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, randomKey } from "../../src/engine/index.ts";
import { drawMasks, type MaskSizes, recurrentDropout } from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const sizes: MaskSizes = { steps: 5, rows: 3, inputSize: 23, hiddenSize: 29, layers: 2, gates: 4 };
const key = randomKey(42, "masks");
const strict = await createEngine("strict");

type Site = "input" | "recurrent" | "layers" | "output";

/** The mask of a site [T, G, B, n], as the rows of its steps and gates: [T][G][B]. */
function rowsOf(
  site: Site,
  rule: object,
  { of = sizes, window = 3, stream = 1, pass = 0, engine = strict, by = key } = {},
): string[][][] {
  const tape = new Tape(engine);
  return tape.step(() => {
    const dropout = recurrentDropout({ [site]: { rate: 0.4, ...rule } });
    const { input, recurrent, output } = drawMasks(tape, dropout, of, by, { window, stream, pass });
    const mask = { input: input[0], recurrent: recurrent[1], layers: input[1], output }[site] as Tensor;
    const groups = mask.shape.length === 4 ? mask.shape[1]! : 1;
    const n = mask.shape.at(-1)!;
    expect(n).toBe(site === "input" ? of.inputSize : of.hiddenSize);
    expect(mask.size).toBe(of.steps * groups * of.rows * n);
    const values = valuesOf(mask);
    let next = 0;
    const row = (): string => values.slice(next * n, ++next * n).join();
    return Array.from({ length: of.steps }, () =>
      Array.from({ length: groups }, () => Array.from({ length: of.rows }, row)),
    );
  });
}

const cases: [Site, string][] = [
  ...(["input", "recurrent", "layers", "output"] as const).map((site): [Site, string] => [site, "shared"]),
  ...(["input", "recurrent", "layers"] as const).map((site): [Site, string] => [site, "perGate"]),
];

describe.each(cases)("at site %s, gates %s", (site, gates) => {
  const rule = { tie: "batchStep", gates };

  test("all rows have row 0's mask of tie step, and each step and gate another", () => {
    const perStep = rowsOf(site, { tie: "step", gates });
    const forAll = rowsOf(site, rule);
    expect(forAll).toEqual(perStep.map((step) => step.map(([row]) => [row, row, row])));
    expect(perStep).not.toEqual(forAll); // the others of tie step are masks of their own
    const different = new Set(forAll.flat(2));
    expect(different.size).toBe(sizes.steps * (gates === "perGate" ? 4 : 1));
  });

  test("it is another in each window, pass and seed, whatever the stream, the number of rows and steps and the engine", () => {
    const first = rowsOf(site, rule);
    expect(rowsOf(site, rule, { window: 4 })).not.toEqual(first);
    expect(rowsOf(site, rule, { pass: 1 })).not.toEqual(first);
    expect(rowsOf(site, rule, { by: randomKey(43, "masks") })).not.toEqual(first);
    expect(rowsOf(site, rule, { stream: 9 })).toEqual(first);
    expect(rowsOf(site, rule, { engine: createReferenceEngine() })).toEqual(first);
    const shorter = rowsOf(site, rule, { of: { ...sizes, rows: 6, steps: 2 } });
    expect(shorter).toEqual(first.slice(0, 2).map((step) => step.map(([row]) => new Array(6).fill(row))));
    expect(rowsOf(site, rule, { of: { ...sizes, rows: 1 } })).toEqual(
      first.map((step) => step.map(([row]) => [row])),
    );
  });
});

test("values are 0 and 1/(1 - p), and every unit is dropped at the rate", () => {
  const [steps, units, rate] = [2000, 29, 0.4] as const;
  const seen = rowsOf("recurrent", { tie: "batchStep" }, { of: { ...sizes, steps, rows: 2 } }).map(
    ([group]) => group![1]!.split(",").map(Number),
  );
  expect([...new Set(seen.flat())].sort()).toEqual([0, Math.fround(1 / (1 - rate))]);
  for (let unit = 0; unit < units; unit++) {
    const share = seen.filter((row) => row[unit] === 0).length / steps;
    expect(Math.abs(share - rate), `unit ${unit}`).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / steps));
  }
});
