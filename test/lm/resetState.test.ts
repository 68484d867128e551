/** Windows that begin with the zero state, in training and in scoring: against windows that are read one by one. */
import { describe, expect, test } from "vitest";
import { crossEntropy, Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import { evaluate, LanguageModel, scoreChars, scoringOf } from "../../src/lm/index.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { trainingStreams } from "../../src/text/index.ts";
import { eventsOf, tinyConfig, tinyTrainer, train, valid, vocabulary, weightsOf } from "./tinyRun.ts";

const strict = await createEngine("strict");
const modelOf = (): LanguageModel =>
  new LanguageModel(new Tape(strict), vocabulary.size, { hiddenSize: 9, embeddingSize: 7, layers: 2 }, 3);

describe("scoring", () => {
  /** -ln p of every target of a text, each window of T from the zero state. */
  function naive(model: LanguageModel, ids: Int32Array, T: number): number[] {
    const nats: number[] = [];
    for (let from = 0; from < ids.length - 1; from += T) {
      const steps = Math.min(T, ids.length - 1 - from);
      model.tape.step(() => {
        const { logits } = model.forward(model.tape.ids(ids.subarray(from, from + steps), [steps, 1]));
        const targets = model.tape.ids(ids.subarray(from + 1, from + steps + 1), [steps, 1]);
        const losses = crossEntropy(logits, targets, { reduction: "none" });
        nats.push(...model.tape.engine.memory.floats(losses.ptr, losses.size));
      });
    }
    return nats;
  }

  test.each([1, 2, 7, 16])("in %i rows is that of windows read one by one", async (rows) => {
    const model = modelOf();
    const scores = Array.from(await scoreChars(model, valid, { rows, sequenceLength: 5, carryState: false }));
    const expected = naive(model, valid, 5);
    expect(scores.length).toBe(valid.length - 1);
    for (const [k, nats] of scores.entries()) expect(Math.abs(nats - expected[k]!)).toBeLessThan(2e-6);
    const carried = await scoreChars(model, valid, { rows, sequenceLength: 5 });
    expect(Array.from(carried)).not.toEqual(scores);
    expect(carried[3]).toBeCloseTo(expected[3]!, 5); // the first window begins with zeros in both
  });

  test("Monte-Carlo passes without masks are the same", async () => {
    const model = modelOf();
    const options = { rows: 3, sequenceLength: 6, carryState: false };
    const dropout = recurrentDropout({ output: { rate: 1e-9, tie: "step" } });
    const mode = { name: "monteCarlo", passes: 2, dropout } as const;
    const passes = await scoreChars(model, valid, { ...options, mode });
    const plain = await scoreChars(model, valid, options);
    for (const [k, nats] of passes.entries()) expect(Math.abs(nats - plain[k]!)).toBeLessThan(1e-6);
  });

  test.each([{ name: "dynamic", learningRate: 0.1 }, { name: "cache" }] as const)(
    "by $name is refused",
    async (mode) => {
      const scored = evaluate(modelOf(), valid, { mode, carryState: false });
      await expect(scored).rejects.toThrow(ConfigError);
      await expect(scored).rejects.toThrow(
        `evaluate: ${mode.name} evaluation lives on what came before. Expected carryState: true, got false.`,
      );
    },
  );
});

describe("training", () => {
  test("takes every window from the zero state", async () => {
    const trainer = await tinyTrainer({ carryState: false, steps: 3 });
    const { config, model } = trainer;
    const streams = trainingStreams(train, config);
    const losses: number[] = [];
    const expected: number[] = [];
    const zeroLoss = (step: number): number => {
      const { inputs, targets, steps, rows } = streams.at(step);
      return model.tape.step(() => {
        const { logits } = model.forward(model.tape.ids(inputs, [steps, rows]));
        return model.tape.engine.memory.f[crossEntropy(logits, model.tape.ids(targets, [steps, rows])).ptr]!;
      });
    };
    expected.push(zeroLoss(0));
    for await (const event of trainer.run()) {
      if (event.type !== "step") continue;
      losses.push(event.loss);
      if (event.step < 3) expected.push(zeroLoss(event.step));
    }
    expect(losses).toEqual(expected);
    const carried = await tinyTrainer({ steps: 3 });
    const ofCarried = (await eventsOf(carried)).flatMap((event) =>
      event.type === "step" ? [event.loss] : [],
    );
    expect(ofCarried[0]).toBe(losses[0]);
    expect(ofCarried[1]).not.toBe(losses[1]);
  });

  test("under a mask tied to the stream redraws it with each window, because a stream ends where the state does", async () => {
    const options = { carryState: false, steps: 3 };
    const [stream, sequence] = [
      await tinyTrainer({ ...options, dropout: { recurrent: { rate: 0.5, tie: "stream" } } }),
      await tinyTrainer({ ...options, dropout: { recurrent: { rate: 0.5, tie: "sequence" } } }),
    ];
    const carried = await tinyTrainer({ steps: 3, dropout: { recurrent: { rate: 0.5, tie: "stream" } } });
    for (const trainer of [stream, sequence, carried]) await eventsOf(trainer);
    expect(weightsOf(stream)).not.toEqual(weightsOf(carried));
    expect(weightsOf(stream)).not.toEqual(weightsOf(sequence)); // streams have lanes of their own
  });

  test("is validated in the same way", async () => {
    const options = { carryState: false, steps: 8, evaluateEvery: 4 };
    const trainer = await tinyTrainer(options, { withValid: true });
    const events = await eventsOf(trainer);
    const best = Math.min(...events.flatMap((event) => (event.type === "validation" ? [event.nats] : [])));
    const { sequenceLength } = trainer.config;
    expect(scoringOf(trainer.config)).toEqual({ carryState: false, sequenceLength });
    expect((await evaluate(trainer.model, valid, scoringOf(trainer.config))).nats).toBe(best);
    expect((await evaluate(trainer.model, valid)).nats).not.toBe(best);
    expect(scoringOf(tinyConfig())).toEqual({});
  });
});
