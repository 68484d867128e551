/**
 * The gradient of the whole language model against central differences in float64, on every weight, under masks on every
 * site that are held fixed.
 *
 * Measured: at most 1e-8 of the largest gradient of the same tensor, which is the rounding of the loss divided by the difference.
 */
import { describe, expect, test } from "vitest";
import { crossEntropy, Tape } from "../../src/autograd/index.ts";
import { randomKey } from "../../src/engine/index.ts";
import { LanguageModel, type ModelConfig } from "../../src/lm/index.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { casesOf, cellConfig } from "../dropout/matrix.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers } from "../gradients/numbers.ts";
import { TOLERANCE, worstGradientError } from "./worstGradientError.ts";

const [T, B, V, H] = [4, 2, 5, 3] as const;

/** Largest error of any gradient, relative to the largest gradient of its tensor. */
function worstError(config: Partial<ModelConfig>, dropout: unknown, tolerance = TOLERANCE): number {
  const tape = new Tape(engineUnderTest());
  const model = new LanguageModel(tape, V, { hiddenSize: H, layers: 2, ...config }, 11);
  const masks = { dropout: recurrentDropout(dropout), key: randomKey(3, "masks"), window: 2, stream: 1 };
  const random = numbers("model gradients");
  const start = model.stack.hiddenSizes.map((W) => ({ W, h: random([B, W]), c: random([B, W]) }));
  const lossOf = (): ReturnType<typeof crossEntropy> => {
    const state = start.map(({ W, h, c }) => ({
      h: tape.tensor(h, [B, W]),
      ...(model.stack.cell.name === "lstm" ? { c: tape.tensor(c, [B, W]) } : {}),
    }));
    const { logits } = model.forward(tape.ids([0, 4, 2, 2, 1, 4, 0, 3], [T, B]), { state, masks });
    return crossEntropy(logits, tape.ids([2, 2, -1, 4, 0, 3, 1, 1], [T, B]));
  };
  return worstGradientError(model, lossOf, tolerance);
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
  [
    "an embedding tied to the decoder, and a last layer of its width",
    { embeddingSize: 4, lastHiddenSize: 4, tieEmbeddings: true },
  ],
] as const;
const everywhere = { embedding: 0.3, input: 0.3, recurrent: 0.3, layers: 0.3, output: 0.3 };

const above = { feedForward: 0.3, output: 0.3, recurrent: 0.3 };

const inside = { candidate: 0.3, zoneoutHidden: 0.3, inputWeights: 0.3, recurrentWeights: 0.3 };

describe.each(cells)("gradients of a two-layer model of $cell, resetAfter $resetAfter", (cell) => {
  describe.each(inputs)("with %s", (_, input) => {
    test.each([
      ["no masks", "none"],
      ["masks tied to the sequence, shared by the gates", everywhere],
      ["masks tied to the sequence, one per gate", { ...everywhere, gates: "perGate" }],
      ["masks per step, shared by the gates", { ...everywhere, tie: "step" }],
      ["masks per step and per gate", { ...everywhere, tie: "step", gates: "perGate" }],
      ["masks tied to the stream", { ...everywhere, tie: "stream" }],
      ["masks tied to the batch, shared by the gates", { ...everywhere, tie: "batch" }],
      ["masks tied to the batch, one per gate", { ...everywhere, tie: "batch", gates: "perGate" }],
      ["masks for all rows per step and per gate", { ...everywhere, tie: "batchStep", gates: "perGate" }],
    ])("and %s", (_, dropout) => {
      expect(worstError({ ...cell, ...input }, dropout)).toBeLessThan(TOLERANCE);
    });

    test.each([
      { kind: "drifting", input: 0.3, recurrent: 0.3, candidate: 0.3, gates: "perGate" },
      { ...everywhere, ...inside, token: 0.3 },
    ])("and %j", (dropout) => {
      expect(worstError({ ...cell, ...input }, dropout)).toBeLessThan(TOLERANCE);
    });
  });
});

describe.each(cells)("gradients with a feed-forward layer above $cell, resetAfter $resetAfter", (cell) => {
  const config = { ...cell, embeddingSize: 4, feedForwardSize: 4 };
  test.each([
    ["no masks", "none"],
    ["masks tied to the sequence", above],
    ["masks per step", { ...above, tie: "step" }],
    ["masks tied to the batch", { ...above, tie: "batch" }],
    ["Gaussian noise", { ...above, kind: "gaussian" }],
    ["drifting masks", { ...above, kind: "drifting" }],
  ])("under %s, its width tied to the embedding or its own", (_, dropout) => {
    expect(worstError({ ...config, tieEmbeddings: true }, dropout)).toBeLessThan(TOLERANCE);
    expect(worstError({ ...config, feedForwardSize: 5, embeddingSize: 0 }, dropout)).toBeLessThan(TOLERANCE);
  });
});

/** A row of three numbers that are nearly even bends within 1e-5, where it is divided by √(var + 1e-5): truncation, up to 5e-7. */
const NORMED = 5e-6;

describe.each([
  { cell: "lstm", layerNorm: true },
  { cell: "gru", layerNorm: true },
] as const)("gradients of a two-layer model of %o", (cell) => {
  test.each([
    ["no masks", "none"],
    ["masks per step and per gate", { ...everywhere, tie: "step", gates: "perGate" }],
    ["masks tied to the batch", { ...everywhere, tie: "batch" }],
    ["masks on every site inside", { ...everywhere, ...inside, token: 0.3 }],
  ])("under %s", (_, dropout) => {
    expect(worstError({ ...cell, embeddingSize: 4 }, dropout, NORMED)).toBeLessThan(NORMED);
  });

  test("with one-hot input", () => {
    expect(worstError({ ...cell, embeddingSize: 0 }, everywhere, NORMED)).toBeLessThan(NORMED);
  });
});

describe.each(casesOf("modelGradients"))("gradients of a model under $preset, $cell", ({ preset, cell }) => {
  // a share of 0.05 of these few values would keep none
  const dropout = preset === "zoneout2016" ? "zoneout2016:0.3" : preset;
  test.each([0, 4])("embedding of %d", (embeddingSize) => {
    expect(worstError({ ...cellConfig(cell), embeddingSize }, dropout)).toBeLessThan(TOLERANCE);
  });
});
