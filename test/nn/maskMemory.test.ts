/** Masks and memory: the estimate beside what is taken, and masks that no memory holds, by the site that takes most. */
import { describe, expect, test } from "vitest";
import { Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, type Engine, randomKey } from "../../src/engine/index.ts";
import { ConfigError, EngineError } from "../../src/errors.ts";
import {
  drawMasks,
  type MaskSizes,
  maskBytes,
  presetNames,
  type RecurrentMasks,
  recurrentDropout,
  type SiteRule,
} from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const key = randomKey(5, "masks");
const at = { window: 2, stream: 1 };
const [T, B, V] = [9, 6, 131] as const;
const sizes: MaskSizes = { steps: T, rows: B, inputSize: 33, hiddenSize: 65, layers: 3, gates: 4 };

function draw(tape: Tape, dropout: unknown, of: MaskSizes): RecurrentMasks {
  const ids = tape.ids(
    Array.from({ length: T * B }, (_, k) => (k * 29) % V),
    [T, B],
  );
  return drawMasks(tape, recurrentDropout(dropout), of, key, at, { ids, vocabSize: V });
}

/** Bytes of the step region that remain taken when masks are drawn. */
function taken(dropout: unknown, of: MaskSizes): number {
  const engine = createReferenceEngine({ precision: "float32" });
  engine.memory.rewind({ chunk: 0, used: 0 });
  const tape = new Tape(engine);
  return tape.step(() => {
    tape.ids(new Array(T * B).fill(0), [T, B]);
    const before = engine.memory.mark();
    draw(tape, dropout, of);
    const after = engine.memory.mark();
    expect(after.chunk).toBe(before.chunk);
    return 4 * (after.used - before.used);
  });
}

const cases: [string, unknown][] = [
  ...presetNames.map((name): [string, unknown] => [name, name]),
  ["a mask per gate and step", { recurrent: { rate: 0.5, gates: "perGate", tie: "step" } }],
  ["a mask for all rows per gate and step", { recurrent: { rate: 0.5, gates: "perGate", tie: "batchStep" } }],
  ["types and tokens", { embedding: 0.5, token: 0.5 }],
  ["types by position", { embedding: { rate: 0.5, tie: "step" } }],
  ["weights", { inputWeights: 0.5, recurrentWeights: 0.5 }],
  ["gaussian noise", { kind: "gaussian", input: 0.5, candidate: { rate: 0.5, tie: "step" } }],
  ["drifting masks", { kind: "drifting", input: 0.5, output: 0.5, recurrent: [0.5, 0.5, 0.5] }],
];
/** Every array begins at a multiple of 64 bytes; the ids are the test's own, and types beside tokens have a product. */
const alignment = 40 * 64;
const ids = 4 * (T * B + 16);
const product = 4 * (T * B + 16);

describe.each([4, 3])("with %d gates", (gates) => {
  const of = { ...sizes, gates };
  test.each(cases.filter(([name]) => gates === 4 || name !== "moon2015"))(
    "the estimate of %s is no less than drawing takes, and no more where nothing is said to be left out",
    (_, value) => {
      const dropout = recurrentDropout(value);
      const masks = maskBytes(dropout, { ...of, vocabSize: V, hasEmbedding: true });
      const estimate = masks.reduce((sum, { bytes }) => sum + bytes, 0);
      const bytes = taken(value, of);
      expect(bytes).toBeLessThanOrEqual(estimate + alignment + ids + product);
      const isLess = ({ tie, kind }: SiteRule): boolean => tie === "batch" || kind === "flipout";
      if (Object.values(dropout.sites).some(isLess)) return; // weights: three times; kept units: less
      expect(bytes).toBeGreaterThanOrEqual(estimate);
    },
  );
});

test("the estimate of weights is their mask, the product and its gradient", () => {
  const { hiddenSize: H, inputSize: D } = sizes;
  const bytes = (value: unknown) =>
    maskBytes(recurrentDropout(value), { ...sizes, vocabSize: V, hasEmbedding: true });
  expect(bytes({ recurrentWeights: 0.5, inputWeights: 0.5 })).toEqual([
    { site: "recurrentWeights", bytes: 4 * 3 * 3 * 4 * H * H },
    { site: "inputWeights", bytes: 4 * 3 * 4 * H * (D + 2 * H) },
  ]);
});

/** A mask that is drawn when all is well again. */
function next(tape: Tape): number[] {
  return tape.step(() => valuesOf(draw(tape, { recurrent: 0.5 }, sizes).recurrent[1] as Tensor));
}

function refusal(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was accepted");
}

describe("more masks than memory", () => {
  const huge = { ...sizes, steps: 60_000, rows: 500, hiddenSize: 300 };
  const dropout = { output: { rate: 0.5, tie: "step" }, input: 0.5, recurrent: { rate: 0.5, tie: "step" } };

  test.each<[string, () => Engine | Promise<Engine>]>([
    ["strict", () => createEngine("strict")],
    ["reference", () => createReferenceEngine()],
  ])("are refused before any is drawn, by the site that takes most: %s", async (_, engine) => {
    const tape = new Tape(await engine());
    const expected = next(tape);
    const { bytes } = tape.engine.memory;
    const error = refusal(() => tape.step(() => draw(tape, dropout, huge)));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(
      'dropout.recurrent: the masks do not fit in memory. Expected at most 4.0 GB for all masks, got about 134.1 GB, 100.6 GB of them here. Use a smaller batchSize or sequenceLength, tie "sequence" instead of "step", or gates "shared".',
    );
    expect(tape.engine.memory.bytes).toBe(bytes);
    expect(next(tape)).toEqual(expected);
  });

  test("of which there is less than 4 GB left: the site, the cause, and nothing is corrupted", async () => {
    const tape = new Tape(await createEngine("strict"));
    const weight = tape.parameter([3], [1, 2, 3]);
    const expected = next(tape);
    const { memory } = tape.engine;
    const mark = memory.mark();
    const step = memory.step.bind(memory);
    memory.step = (n) => step(n > 1e6 ? 2 ** 31 : n); // half of the memory is somebody else's
    const large = { ...sizes, steps: 500, rows: 100 };
    const error = refusal(() => tape.step(() => draw(tape, dropout, large)));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toMatch(
      /^dropout\.recurrent: the masks do not fit in memory\. Expected room for \d+ MB in all, got about \d\.\d GB, \d\.\d GB of them here\. Use a smaller batchSize/,
    );
    expect((error.cause as Error).message).toContain("Memory: the memory cannot grow");
    expect(memory.mark()).toEqual(mark);
    expect(valuesOf(weight)).toEqual([1, 2, 3]);
    expect(next(tape)).toEqual(expected);
  });
});
