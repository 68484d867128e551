/** Layer-normalised cells in a stack and in a model: how they start, what does not change them, and what is refused. */
import { describe, expect, test } from "vitest";
import { gruSequence, layerNorm, lstmSequence, Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, RandomStream, randomKey } from "../../src/engine/index.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  LanguageModel,
  type ModelConfig,
  modelConfig,
  modelFromCheckpoint,
  scoreChars,
  trainerCheckpoint,
} from "../../src/lm/index.ts";
import { parameterCount } from "../../src/lm/memoryEstimate.ts";
import { countParameters, RecurrentStack, recurrentDropout } from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";
import { eventsOf, tinyTrainer, valid, weightsOf } from "../lm/tinyRun.ts";

const strict = await createEngine("strict");
const V = 6;
const cells = ["lstm", "gru"] as const;
const shape = { hiddenSize: 9, layers: 2, embeddingSize: 7 } as const;

function modelWith(config: Partial<ModelConfig>): LanguageModel {
  return new LanguageModel(new Tape(strict), V, { ...shape, layerNorm: true, ...config }, 3);
}
const scoresOf = async (model: LanguageModel, sequenceLength = 50): Promise<number[]> =>
  Array.from(await scoreChars(model, valid, { rows: 1, sequenceLength }));

describe.each(cells)("a layer-normalised %s", (cell) => {
  const [G, H] = [cell === "lstm" ? 4 : 3, 5];
  const stackOf = (tape: Tape, layerNorm: boolean): RecurrentStack =>
    new RecurrentStack(
      tape,
      { cell, inputSize: 3, hiddenSize: H, layers: 2, layerNorm },
      new RandomStream(randomKey(1, "stack")),
    );

  test("starts with the weights of the plain cell, gains of 1 and biases of 0 but for the forget gate's", () => {
    const tape = new Tape(createReferenceEngine());
    const [plain, normed] = [stackOf(tape, false), stackOf(tape, true)].map(({ parameters }) =>
      Object.fromEntries(Array.from(parameters, ([name, tensor]) => [name, valuesOf(tensor)])),
    ) as [Record<string, number[]>, Record<string, number[]>];
    for (const l of [0, 1]) {
      for (const name of ["weight_ih", "weight_hh"])
        expect(normed[`${name}_l${l}`]).toEqual(plain[`${name}_l${l}`]);
      const forget = (k: number): number => +(cell === "lstm" && Math.floor(k / H) === 1);
      expect(normed[`bias_ih_l${l}`]).toEqual(Array.from({ length: G * H }, (_, k) => forget(k)));
      expect(normed[`bias_hh_l${l}`]).toEqual(new Array(G * H).fill(0));
      for (const name of ["gain_ih", "gain_hh"])
        expect(normed[`${name}_l${l}`]).toEqual(new Array(G * H).fill(1));
      expect(normed[`gain_c_l${l}`]).toEqual(cell === "lstm" ? new Array(H).fill(1) : undefined);
      expect(normed[`bias_c_l${l}`]).toEqual(cell === "lstm" ? new Array(H).fill(0) : undefined);
    }
  });

  test("does not see how large its weights are, which a plain one does", () => {
    const tape = new Tape(createReferenceEngine({ precision: "float64" }));
    const x = Array.from({ length: 4 * 2 * 3 }, (_, k) => Math.sin(k * k));
    const run = (layerNorm: boolean, factor: number): number[] => {
      const stack = stackOf(tape, layerNorm);
      for (const [name, { ptr, size }] of stack.parameters) {
        if (!name.startsWith("weight")) continue;
        const values = tape.engine.memory.floats(ptr, size);
        for (let k = 0; k < size; k++) values[k]! *= factor;
      }
      return tape.step(() => valuesOf(stack.forward(tape.tensor(x, [4, 2, 3])).y));
    };
    const distance = (layerNorm: boolean): number => {
      const [a, b] = [run(layerNorm, 100), run(layerNorm, 300)]; // large enough for ε not to count
      return Math.max(...a.map((v, k) => Math.abs(v - b[k]!)));
    };
    expect(distance(true)).toBeLessThan(1e-6);
    expect(distance(false)).toBeGreaterThan(1e-3);
  });

  test("carries its state: windows of any length give the same scores", async () => {
    const model = modelWith({ cell });
    const [short, long] = [await scoresOf(model, 7), await scoresOf(model, 300)];
    for (const [k, nats] of short.entries()) expect(Math.abs(nats - long[k]!)).toBeLessThan(1e-5);
  });

  test("is evaluated as without dropout, to the bit, whatever it was trained under", async () => {
    const none = await scoresOf(modelWith({ cell }));
    for (const dropout of ["gal2016", "semeniuta2016", "awdLstm2017"])
      expect(await scoresOf(modelWith({ cell, dropout: recurrentDropout(dropout) }))).toEqual(none);
    expect(none).not.toEqual(await scoresOf(modelWith({ cell, layerNorm: false })));
  });

  test.each([{ embeddingSize: 7 }, { embeddingSize: 0, layers: 3, lastHiddenSize: 4 }])(
    "has as many parameters as are counted before it is made: %o",
    (other) => {
      const config = modelConfig({ ...shape, cell, layerNorm: true, ...other });
      expect(countParameters(modelWith({ cell, ...other }).parameters)).toBe(parameterCount(config, V));
    },
  );
});

test("a checkpoint of a version that knew no layer normalisation loads as what it was", async () => {
  const trainer = await tinyTrainer({ steps: 2 });
  await eventsOf(trainer);
  const { tensors, meta } = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "old.safetensors");
  const config = { ...(meta["config"] as Record<string, unknown>) };
  expect(config["layerNorm"]).toBe(false);
  delete config["layerNorm"];
  const old = { tensors, meta: { ...meta, config } } as Parameters<typeof modelFromCheckpoint>[1];
  const { model } = modelFromCheckpoint(new Tape(strict), old, "old.safetensors");
  expect(model.config.layerNorm).toBe(false);
  expect(weightsOf({ model })).toEqual(weightsOf(trainer));
});

describe("refused", () => {
  const tape = new Tape(createReferenceEngine());
  const [G, H] = [3, 2];
  const weights = (G: number): Record<"wIh" | "wHh" | "gainIh" | "gainHh", Tensor> => ({
    wIh: tape.parameter([G * H, 1]),
    wHh: tape.parameter([G * H, H]),
    gainIh: tape.parameter([G * H]),
    gainHh: tape.parameter([G * H]),
  });
  const x = (): Tensor => tape.zeros([3, 1, 1]);

  test("a GRU that is reset-before: in the operation, in a stack, in a model", () => {
    const { gainIh, gainHh, ...rest } = weights(G);
    expect(() =>
      tape.step(() => gruSequence({ x: x(), ...rest, resetAfter: false, layerNorm: { gainIh, gainHh } })),
    ).toThrow("gruSequence: a layer-normalised GRU is reset-after. Expected resetAfter: true, got");
    const message = "a layer-normalised GRU is reset-after. Expected resetAfter true, or layerNorm false";
    const options = { cell: "gru", layerNorm: true, resetAfter: false } as const;
    const stream = new RandomStream(randomKey(1, "stack"));
    expect(() => new RecurrentStack(tape, { ...options, inputSize: 1, hiddenSize: 2 }, stream)).toThrow(
      `RecurrentStack: ${message}`,
    );
    expect(() => modelConfig(options)).toThrow(`model: ${message}`);
  });

  test("an LSTM without the gains of its cell, gains that do not fit, an ε that is not positive", () => {
    const { gainIh, gainHh, ...rest } = weights(4);
    const [gainC, biasC] = [tape.parameter([H]), tape.parameter([H])];
    const run = (norm: object): void =>
      tape.step(() => {
        lstmSequence({ x: x(), ...rest, layerNorm: norm as never });
      });
    expect(() => run({ gainIh, gainHh })).toThrow(
      "lstmSequence: layerNorm.gainC is missing. Expected a tensor [H=2], got undefined.",
    );
    expect(() => run({ gainIh, gainHh: gainC, gainC, biasC })).toThrow(
      "lstmSequence: layerNorm.gainHh does not fit wHh. Expected [4H=8], got [4H=2].",
    );
    expect(() => run({ gainIh, gainHh, gainC, biasC, epsilon: 0 })).toThrow(
      "lstmSequence: layerNorm.epsilon must be a positive number. Expected a finite number above 0, got 0.",
    );
  });

  test("layerNorm of a scalar, of a gain that does not fit; an option that is no boolean", () => {
    expect(() => tape.step(() => layerNorm(tape.tensor([1], [])))).toThrow(
      "layerNorm: a scalar has no last axis. Expected [..., D], got [].",
    );
    expect(() => tape.step(() => layerNorm(x(), { gain: tape.zeros([2]) }))).toThrow(
      "layerNorm: gain does not fit x. Expected [D=1], got [D=2].",
    );
    expect(() => modelConfig({ layerNorm: "yes" as never })).toThrow("layerNorm must be true or false");
  });
});
