/** An update under masks tied to `batchStep` is that under the same factors, taken from row 0 of tie `step` by the test. */
import { describe, expect, test } from "vitest";
import { applyMask, crossEntropy, embedding, linear, Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, type Engine, randomKey } from "../../src/engine/index.ts";
import { LanguageModel, type ModelConfig } from "../../src/lm/index.ts";
import { drawMasks, recurrentDropout } from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, valuesOf } from "../gradients/numbers.ts";

const [T, B, H, V] = [7, 5, 9, 13] as const;
const key = randomKey(8, "masks");
const place = { window: 2, stream: 0 };
const dropoutOf = (tie: string, gates: string) =>
  recurrentDropout({ tie, gates, input: 0.3, recurrent: 0.4, layers: 0.5, output: 0.2 });

/** Row 0 of [T, G, B, n] or [T, B, n] in all rows, written out by loops. */
function rowZeroForAll(mask: Tensor): Tensor {
  const n = mask.shape.at(-1)!;
  const values = valuesOf(mask);
  const spread = values.map((_, k) => values[Math.floor(k / (B * n)) * B * n + (k % n)]!);
  expect(spread).not.toEqual(values);
  return mask.tape.tensor(spread, mask.shape);
}

/** The loss of a window and the gradient of every parameter. */
function update(
  engine: Engine,
  config: Partial<ModelConfig>,
  masksOf: "the tie" | "the test" | "tie step",
  gates: string,
): number[][] {
  const tape = new Tape(engine);
  const model = new LanguageModel(tape, V, { hiddenSize: H, layers: 2, embeddingSize: 6, ...config }, 4);
  const { stack, parameters } = model;
  return tape.step(() => {
    const idsAt = (shift: number): number[] =>
      Array.from({ length: T * B }, (_, k) => (7 * k + shift + (k % 4)) % V);
    const ids = tape.ids(idsAt(0), [T, B]);
    const logits = (): Tensor => {
      const tie = masksOf === "the tie" ? "batchStep" : "step";
      const dropout = dropoutOf(tie, gates);
      if (masksOf !== "the test") return model.forward(ids, { masks: { dropout, key, ...place } }).logits;
      const { inputSize, hiddenSize, layers, cell } = stack;
      const sizes = { steps: T, rows: B, inputSize, hiddenSize, layers, gates: cell.gates.length };
      const { input, recurrent, output } = drawMasks(tape, dropout, sizes, key, place);
      const forAll = (masks: typeof input): Tensor[] => masks.map((mask) => rowZeroForAll(mask as Tensor));
      const table = parameters.get("embedding.weight");
      const { y } = stack.forward(table ? embedding(table, ids) : ids, {
        masks: { input: forAll(input), recurrent: forAll(recurrent) },
      });
      const weight = parameters.get("decoder.weight")!;
      const read = applyMask(y, rowZeroForAll(output as Tensor));
      return linear(read, weight, parameters.get("decoder.bias"));
    };
    const loss = crossEntropy(logits(), tape.ids(idsAt(5), [T, B]));
    tape.backward(loss);
    return [valuesOf(loss), ...Array.from(parameters.values(), gradientOf)];
  });
}

const engines: readonly [string, () => Promise<Engine>, number][] = [
  ["the reference in float64", async () => engineUnderTest(), 1e-12],
  ["strict", () => createEngine("strict"), 2e-6],
];

describe.each(engines)("on %s", (_, create, tolerance) => {
  test.each<[string, Partial<ModelConfig>, string]>([
    ["an LSTM", { cell: "lstm" }, "shared"],
    ["an LSTM, per gate", { cell: "lstm" }, "perGate"],
    ["a GRU, reset-after", { cell: "gru" }, "shared"],
    ["a GRU, reset-before, per gate", { cell: "gru", resetAfter: false }, "perGate"],
    ["an LSTM of one-hot input", { cell: "lstm", embeddingSize: 0 }, "shared"],
  ])("%s has the loss and the gradients of the same factors", async (_, config, gates) => {
    const engine = await create();
    const own = update(engine, config, "the tie", gates);
    const factors = update(engine, config, "the test", gates);
    expect(own.length).toBeGreaterThan(8);
    for (const [k, numbers] of own.entries()) expectClose(numbers, factors[k]!, tolerance);
    const perRow = update(engine, config, "tie step", gates);
    expect(Math.abs(perRow[0]![0]! - own[0]![0]!)).toBeGreaterThan(1e-4);
  });
});
