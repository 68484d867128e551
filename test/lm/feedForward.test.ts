/** A language model with a feed-forward layer before its decoder: its equation under masks, its evaluation in all modes. */
import { describe, expect, test } from "vitest";
import { KeptUnits, maskOfKept, Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, randomKey } from "../../src/engine/index.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  type EvaluationMode,
  evaluate,
  LanguageModel,
  type ModelConfig,
  modelFromCheckpoint,
  sample,
  scoreChars,
  trainerCheckpoint,
} from "../../src/lm/index.ts";
import { drawMasks, recurrentDropout } from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { valuesOf } from "../gradients/numbers.ts";
import { eventsOf, tinyTrainer, valid, vocabulary, weightsOf } from "./tinyRun.ts";

const strict = await createEngine("strict");
const [T, B, V, H, F] = [4, 2, 5, 6, 3] as const;
const ids = [0, 4, 2, 2, 1, 4, 0, 3];

const dropouts: [string, unknown][] = [
  ["no masks", "none"],
  ["one mask per sequence", { feedForward: 0.4, output: 0.3 }],
  ["fresh masks at each step", { feedForward: 0.4, output: 0.3, tie: "step" }],
  ["one mask for the batch", { feedForward: 0.4, output: 0.3, tie: "batch" }],
  ["Gaussian noise", { feedForward: { rate: 0.4, kind: "gaussian" }, output: 0.3 }],
  ["drifting masks", { feedForward: { rate: 0.4, kind: "drifting" } }],
  ["the batch's mask here alone", { feedForward: { rate: 0.4, tie: "batch" } }],
];

describe.each(["lstm", "gru"] as const)("%s", (cell) => {
  const config: Partial<ModelConfig> = {
    cell,
    hiddenSize: 5,
    lastHiddenSize: H,
    embeddingSize: F,
    feedForwardSize: F,
  };

  test.each(
    dropouts.flatMap(([name, dropout]) => [true, false].map((tied) => [name, tied, dropout] as const)),
  )("is its equation under %s, tied embeddings %s", (_, tieEmbeddings, value) => {
    const tape = new Tape(engineUnderTest());
    const model = new LanguageModel(tape, V, { ...config, tieEmbeddings }, 11);
    const dropout = recurrentDropout(value);
    const [key, position] = [randomKey(3, "masks"), { window: 2, stream: 1 }];
    tape.step(() => {
      const pass = model.forward(tape.ids(ids, [T, B]), { masks: { dropout, key, ...position } });
      const sizes = { steps: T, rows: B, ...model.maskSizes };
      const types = { ids: tape.ids(ids, [T, B]), vocabSize: V };
      const masks = drawMasks(tape, dropout, sizes, key, position, types);
      const factor = (
        mask: typeof masks.output,
        N: number,
      ): ((t: number, b: number, j: number) => number) => {
        if (!mask) return () => 1;
        const full = mask instanceof KeptUnits ? maskOfKept(mask, [1, B, N]) : mask;
        const values = valuesOf(full);
        return (t, b, j) => values[((full.shape[0] === 1 ? 0 : t) * B + b) * N + j]!;
      };
      const [onY, onF] = [factor(masks.output, H), factor(masks.feedForward, F)];
      const weight = (name: string): number[] => valuesOf(model.parameters.get(name)!);
      const [wF, bF] = [weight("feedForward.weight"), weight("feedForward.bias")];
      const [w, b] = [weight(tieEmbeddings ? "embedding.weight" : "decoder.weight"), weight("decoder.bias")];
      const y = valuesOf(pass.y);
      const expected = Array.from({ length: T * B * V }, (_, k) => {
        const [t, r, v] = [Math.floor(k / (B * V)), Math.floor(k / V) % B, k % V];
        let logit = b[v]!;
        for (let u = 0; u < F; u++) {
          let z = bF[u]!;
          for (let j = 0; j < H; j++) z += wF[u * H + j]! * y[(t * B + r) * H + j]! * onY(t, r, j);
          logit += w[v * F + u]! * Math.tanh(z) * onF(t, r, u);
        }
        return logit;
      });
      expectClose(valuesOf(pass.logits), expected, 1e-12);
      expect(pass.features.shape).toEqual([T, B, F]);
      const output: Tensor = pass.output;
      expectClose(
        valuesOf(output),
        y.map((h, k) => h * onY(Math.floor(k / (B * H)), Math.floor(k / H) % B, k % H)),
        1e-15,
      );
    });
  });

  const shape = { cell, hiddenSize: 9, embeddingSize: 7, feedForwardSize: 7, tieEmbeddings: true };
  const modelWith = (dropout: unknown): LanguageModel =>
    new LanguageModel(new Tape(strict), vocabulary.size, { ...shape, dropout } as never, 3);
  const scoresOf = async (model: LanguageModel, mode?: EvaluationMode): Promise<number[]> =>
    Array.from(await scoreChars(model, valid, { rows: 1, ...(mode ? { mode } : {}) }));
  const dropout = recurrentDropout({ feedForward: 0.4, recurrent: 0.25 });

  test("is evaluated without its masks, to the bit, and in every mode", async () => {
    const [masked, plain] = [modelWith(dropout), modelWith("none")];
    const expectation = await scoresOf(plain);
    expect(await scoresOf(masked)).toEqual(expectation);
    expect(await scoresOf(masked, { name: "dynamic", learningRate: 0 })).toEqual(expectation);
    expect(await scoresOf(masked, { name: "temperature", temperature: 1 })).toEqual(expectation);
    const cached = await scoresOf(masked, { name: "cache", size: 10, theta: 0.1, lambda: 0 });
    for (const [k, nats] of cached.entries()) expect(Math.abs(nats - expectation[k]!)).toBeLessThan(1e-6);
    const mode = { name: "monteCarlo", passes: 3, dropout: recurrentDropout({ feedForward: 0.4 }) } as const;
    const passes = await scoresOf(masked, mode);
    expect(passes).not.toEqual(expectation);
    expect(await scoresOf(plain, mode)).toEqual(passes);
    const learned = await scoresOf(masked, { name: "dynamic", learningRate: 0.1 });
    expect(learned.every(Number.isFinite)).toBe(true);
    expect(learned).not.toEqual(expectation);
  });

  test("the cache compares what the decoder reads", async () => {
    const model = modelWith("none");
    const { tape } = model;
    const read = Array.from(valid.subarray(0, 12));
    const [theta, lambda, N] = [2, 0.4, 5];
    const { features, logits } = tape.step(() => {
      const pass = model.forward(tape.ids(read, [12, 1]));
      return { features: valuesOf(pass.features), logits: valuesOf(pass.logits) };
    });
    const f = (t: number): number[] => features.slice(t * 7, (t + 1) * 7);
    const expected = Array.from({ length: 11 }, (_, t) => {
      const row = logits.slice(t * vocabulary.size, (t + 1) * vocabulary.size).map(Math.exp);
      const own = row[read[t + 1]!]! / row.reduce((total, x) => total + x, 0);
      let [matching, total] = [0, 0];
      for (let i = Math.max(0, t - N); i < t; i++) {
        const weight = Math.exp(theta * f(i).reduce((dot, x, j) => dot + x * f(t)[j]!, 0));
        total += weight;
        if (read[i + 1] === read[t + 1]) matching += weight;
      }
      return -Math.log(t === 0 ? own : (1 - lambda) * own + (lambda * matching) / total);
    });
    const mode = { name: "cache", size: N, theta, lambda } as const;
    expectClose(await scoreChars(model, Int32Array.from(read), { rows: 1, mode }), expected, 1e-5);
  });

  test("learns, is kept in a checkpoint, and samples from it", async () => {
    const options = { ...shape, dropout: { feedForward: 0.2 }, steps: 60, learningRate: 0.02 };
    const trainer = await tinyTrainer(options);
    const before = (await evaluate(trainer.model, valid)).nats;
    await eventsOf(trainer);
    const { nats } = await evaluate(trainer.model, valid);
    expect(nats).toBeLessThan(before - 0.15);
    const bytes = encodeCheckpoint(trainerCheckpoint(trainer));
    const { model } = modelFromCheckpoint(new Tape(strict), decodeCheckpoint(bytes, "it"), "it");
    expect(weightsOf({ model })).toEqual(weightsOf(trainer));
    expect((await evaluate(model, valid)).nats).toBe(nats);
    let text = "";
    for await (const character of sample(model, vocabulary, { length: 20, seed: 4 })) text += character;
    expect(text.length).toBeGreaterThanOrEqual(20);
  });
});
