/**
 * The gradient of the whole language model against central differences in float64, on every weight, under masks on every
 * site that are held fixed.
 *
 * Measured: at most 1e-8 of the largest gradient of the same tensor, which is the rounding of the loss divided by DELTA.
 */
import { describe, expect, test } from "vitest";
import { crossEntropy, Tape } from "../../src/autograd/index.ts";
import { randomKey } from "../../src/engine/index.ts";
import { LanguageModel, type ModelConfig } from "../../src/lm/index.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";

const [T, B, V, H] = [4, 2, 5, 3] as const;
const DELTA = 1e-5;
const TOLERANCE = 1e-7;

/** Largest error of any gradient, relative to the largest gradient of its tensor. */
function worstError(config: Partial<ModelConfig>, dropout: unknown): number {
  const tape = new Tape(engineUnderTest());
  const model = new LanguageModel(tape, V, { hiddenSize: H, layers: 2, ...config }, 11);
  const masks = { dropout: recurrentDropout(dropout), key: randomKey(3, "masks"), window: 2, stream: 1 };
  const random = numbers("model gradients");
  const start = Array.from({ length: 2 }, () => ({ h: random([B, H]), c: random([B, H]) }));
  const lossOf = (): ReturnType<typeof crossEntropy> => {
    const state = start.map(({ h, c }) => ({
      h: tape.tensor(h, [B, H]),
      ...(model.stack.cell.name === "lstm" ? { c: tape.tensor(c, [B, H]) } : {}),
    }));
    const { logits } = model.forward(tape.ids([0, 4, 2, 2, 1, 4, 0, 3], [T, B]), { state, masks });
    return crossEntropy(logits, tape.ids([2, 2, -1, 4, 0, 3, 1, 1], [T, B]));
  };
  tape.step(() => tape.backward(lossOf()));
  let worst = 0;
  for (const [name, parameter] of model.parameters) {
    const analytic = gradientOf(parameter);
    const largest = Math.max(...analytic.map(Math.abs));
    expect(largest, `${name} has a gradient`).toBeGreaterThan(0);
    const scale = Math.max(1e-3, largest); // rounding of the loss alone makes differences of 1e-16 / DELTA = 1e-11
    const original = valuesOf(parameter);
    const lossAt = (k: number, w: number): number => {
      tape.engine.memory.f[parameter.ptr + k] = w;
      return tape.noGrad(() => tape.step(() => valuesOf(lossOf())[0]!));
    };
    for (const [k, w] of original.entries()) {
      const numeric = (lossAt(k, w + DELTA) - lossAt(k, w - DELTA)) / (2 * DELTA);
      tape.engine.memory.f[parameter.ptr + k] = w;
      const error = Math.abs(numeric - analytic[k]!) / scale;
      worst = Math.max(worst, error);
      expect(error, `${name}[${k}]: tape ${analytic[k]}, central difference ${numeric}`).toBeLessThan(
        TOLERANCE,
      );
    }
  }
  return worst;
}

const cells = [
  { cell: "lstm" },
  { cell: "gru", resetAfter: true },
  { cell: "gru", resetAfter: false },
] as const;
const inputs = [
  ["an embedding", { embeddingSize: 4 }],
  ["an embedding tied to the decoder", { embeddingSize: H, tieEmbeddings: true }],
  ["one-hot input", { embeddingSize: 0 }],
] as const;
const everywhere = { embedding: 0.3, input: 0.3, recurrent: 0.3, layers: 0.3, output: 0.3 };

describe.each(cells)("gradients of a two-layer model of $cell, resetAfter $resetAfter", (cell) => {
  describe.each(inputs)("with %s", (_, input) => {
    test.each([
      ["no masks", "none"],
      ["masks tied to the sequence, shared by the gates", everywhere],
      ["masks tied to the sequence, one per gate", { ...everywhere, gates: "perGate" }],
      ["masks per step, shared by the gates", { ...everywhere, tie: "step" }],
      ["masks per step and per gate", { ...everywhere, tie: "step", gates: "perGate" }],
      ["masks tied to the stream", { ...everywhere, tie: "stream" }],
    ])("and %s", (_, dropout) => {
      expect(worstError({ ...cell, ...input }, dropout)).toBeLessThan(TOLERANCE);
    });
  });
});
