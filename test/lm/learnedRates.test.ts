/** Learned rates in a language model: gradients, what decays, what is reported, what a checkpoint keeps, and evaluation. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine, randomKey } from "../../src/engine/index.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  checkDropout,
  evaluate,
  LanguageModel,
  learnedRates,
  type ModelConfig,
  metricsLine,
  modelFromCheckpoint,
  resumeTrainer,
  storedRates,
  type Trainer,
  type TrainingOptions,
  trainerCheckpoint,
  trainingConfig,
} from "../../src/lm/index.ts";
import { windowLoss } from "../../src/lm/windowLoss.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";
import { eventsOf, tinyTrainer, train, valid, weightsOf } from "./tinyRun.ts";
import { TOLERANCE, worstGradientError } from "./worstGradientError.ts";

const everywhere = { input: 0.3, recurrent: [0.2, 0.6], layers: 0.3, output: 0.3, kind: "concrete" };
const ratesIn = (trainer: Trainer): [string, number][] =>
  Object.entries(weightsOf(trainer)).flatMap(([name, [value]]) =>
    name.startsWith("dropout.") ? [[name, value!] as [string, number]] : [],
  );

const cells = [
  { cell: "lstm" },
  { cell: "gru", resetAfter: true },
  { cell: "gru", resetAfter: false },
] as const;
const [T, B, V, H] = [4, 2, 5, 3] as const;

/** The regularised loss of one window, in float64, with the noise held fixed. */
function setting(shape: Partial<ModelConfig>, dropout: unknown, more: TrainingOptions = {}) {
  const tape = new Tape(engineUnderTest());
  const config = trainingConfig({
    ...{ hiddenSize: H, layers: 2, embeddingSize: 4, dropout, concreteWeights: 2, concreteEntropy: 3 },
    ...(shape as TrainingOptions),
    ...more,
  });
  const { cell, hiddenSize, layers, embeddingSize, tieEmbeddings, resetAfter } = config;
  const model = new LanguageModel(
    tape,
    V,
    { cell, hiddenSize, layers, embeddingSize, tieEmbeddings, resetAfter, dropout: config.dropout },
    11,
  );
  const random = numbers("learned rates");
  const start = Array.from({ length: 2 }, () => ({ h: random([B, H]), c: random([B, H]) }));
  const lossOf = () =>
    windowLoss(model, config, {
      inputs: tape.ids([0, 4, 2, 2, 1, 4, 0, 3], [T, B]),
      targets: tape.ids([2, 2, 1, 4, 0, 3, 1, 1], [T, B]),
      state: start.map(({ h, c }) => ({
        h: tape.tensor(h, [B, H]),
        ...(cell === "lstm" ? { c: tape.tensor(c, [B, H]) } : {}),
      })),
      masks: { dropout: config.dropout, key: randomKey(3, "masks"), window: 2, stream: 1 },
      characters: 50,
    });
  return { model, lossOf };
}

describe.each(cells)("gradients of $cell, resetAfter $resetAfter, in all weights and logits", (cell) => {
  test.each([
    ["tied to the sequence", {}, {}],
    ["per step", { tie: "step" }, {}],
    ["one per gate", { gates: "perGate" }, {}],
    ["per step and per gate, on one-hot input", { tie: "step", gates: "perGate" }, { embeddingSize: 0 }],
    ["tied to the sequence, on one-hot input", {}, { embeddingSize: 0 }],
    [
      "tied to the stream, with tied embeddings",
      { tie: "stream" },
      { embeddingSize: H, tieEmbeddings: true },
    ],
  ])("%s", (_, more, shape) => {
    const { model, lossOf } = setting({ ...cell, ...shape }, { ...everywhere, ...more });
    expect([...model.parameters.keys()].filter((name) => name.startsWith("dropout."))).toEqual([
      ...["dropout.input", "dropout.recurrent_l0", "dropout.recurrent_l1", "dropout.layers_l1"],
      "dropout.output",
    ]);
    expect(worstGradientError(model, () => lossOf().objective)).toBeLessThan(TOLERANCE);
  });
});

test("masks on the cell read a learned mask over their kept share, with its gradient", () => {
  const { model, lossOf } = setting({}, { ...everywhere, cell: { rate: 0.1, kind: "bernoulli" } });
  expect(worstGradientError(model, () => lossOf().objective)).toBeLessThan(TOLERANCE);
});

describe("the objective", () => {
  test("adds the regulariser with l²/2N and weight/N, once for two passes, and reports none of it", () => {
    for (const consistency of ["none", "rDrop"] as const) {
      const regularised = setting({}, { ...everywhere, gates: "perGate" }, { consistency });
      const { model } = regularised;
      const p = (name: string): number => 1 / (1 + Math.exp(-valuesOf(model.rates.get(name)!)[0]!));
      const term = (name: string, weight: string, units: number): number => {
        const norm = valuesOf(model.parameters.get(weight)!).reduce((sum, w) => sum + w * w, 0);
        const rate = p(name);
        const entropy = rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate);
        return ((2 / 50) * norm) / (1 - rate) + (3 / 50) * units * entropy;
      };
      const expected =
        term("input", "rnn.weight_ih_l0", 4 * 4) +
        term("recurrent_l0", "rnn.weight_hh_l0", 4 * H) +
        term("recurrent_l1", "rnn.weight_hh_l1", 4 * H) +
        term("layers_l1", "rnn.weight_ih_l1", 4 * H) +
        term("output", "decoder.weight", H);
      const losses = ({ model, lossOf }: ReturnType<typeof setting>): [number, number] =>
        model.tape.step(() => {
          const { objective, nats } = lossOf();
          return [valuesOf(objective)[0]!, valuesOf(nats)[0]!];
        });
      const [whole, nats] = losses(regularised);
      const off = { consistency, concreteWeights: 0, concreteEntropy: 0 };
      const bare = losses(setting({}, { ...everywhere, gates: "perGate" }, off));
      expect(whole - bare[0]!).toBeCloseTo(expected, 12);
      expect(nats).toBe(bare[1]);
    }
  });
});

describe("in a run", () => {
  const options: TrainingOptions = { dropout: "concrete2017:0.3", evaluateEvery: 15 };

  test("rates move with the weights, and are in events, metrics, result, checkpoint and model", async () => {
    const trainer = await tinyTrainer(options, { withValid: true });
    const events = await eventsOf(trainer);
    const seen = events.flatMap((event) => (event.type === "validation" ? [event] : []));
    expect(seen.map(({ step }) => step)).toEqual([15, 30, 40]);
    for (const { learnedRates: rates } of seen) {
      expect(Object.keys(rates!)).toEqual(["input", "recurrent", "layers", "output"]);
      expect(rates!.recurrent).toHaveLength(2);
    }
    expect(seen[1]!.learnedRates).not.toEqual(seen[0]!.learnedRates);
    expect(metricsLine(seen[0]!)!.learnedRates).toEqual(seen[0]!.learnedRates);
    const best = seen.find(({ isBest, step }) => isBest && step === trainer.progress.bestStep)!;
    expect(trainer.result().learnedRates).toEqual(best.learnedRates);
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "run");
    expect(storedRates(trainer.config, checkpoint)).toEqual(best.learnedRates);
    const { model } = modelFromCheckpoint(new Tape(await createEngine("strict")), checkpoint, "run");
    expect(learnedRates(model)).toEqual(best.learnedRates);
  });

  test("a network that learns none has no such fields", async () => {
    const trainer = await tinyTrainer({ dropout: "gal", evaluateEvery: 15 }, { withValid: true });
    for (const event of await eventsOf(trainer)) {
      expect(event).not.toHaveProperty("learnedRates");
      if (event.type === "end") expect(event.result).not.toHaveProperty("learnedRates");
    }
  });

  test("weight decay, l1 and l2 pull weights, and no logit", async () => {
    const after = async (more: TrainingOptions): Promise<Trainer> => {
      const trainer = await tinyTrainer({ ...options, steps: 1, clip: 0, ...more });
      await eventsOf(trainer);
      return trainer;
    };
    const plain = await after({ optimizer: "sgd" });
    for (const more of [
      { optimizer: { name: "sgd", weightDecay: 0.5 } },
      { optimizer: "sgd", l1: 0.1 },
      { optimizer: "sgd", l2: 0.1 },
    ] satisfies TrainingOptions[]) {
      const pulled = await after(more);
      expect(ratesIn(pulled)).toEqual(ratesIn(plain));
      expect(weightsOf(pulled)["rnn.weight_hh_l0"]).not.toEqual(weightsOf(plain)["rnn.weight_hh_l0"]);
    }
  });

  test("a rate stays in [0.001, 0.95] whatever the step, up and down", async () => {
    const extremes = async (more: TrainingOptions): Promise<number[]> => {
      const trainer = await tinyTrainer({
        ...options,
        learningRate: 5,
        clip: 0,
        steps: 3,
        optimizer: "adam",
        ...more,
      });
      await eventsOf(trainer);
      return Object.values(learnedRates(trainer.model)!).flat();
    };
    for (const rate of await extremes({ concreteWeights: 1e6, concreteEntropy: 0 }))
      expect(rate).toBeCloseTo(0.001, 6);
    for (const rate of await extremes({ dropout: "concrete2017:0.002", concreteEntropy: 1e9 })) {
      expect(rate).toBeGreaterThanOrEqual(0.001);
      expect(rate).toBeLessThanOrEqual(0.95 + 1e-6);
    }
  });

  test.each<TrainingOptions>([
    { cell: "lstm", optimizer: { name: "adamw", weightDecay: 0.1 } },
    { cell: "gru", optimizer: "amsgrad", averaging: "polyak" },
    { cell: "gru", resetAfter: false, optimizer: { name: "sgd", momentum: 0.9 }, consistency: "rDrop" },
    { cell: "lstm", optimizer: "rmsprop", embeddingSize: 0 },
  ])("resumed from a checkpoint is the run that never stopped, to the bit: %j", async (more) => {
    const straight = await tinyTrainer({ ...options, ...more }, { withValid: true });
    await eventsOf(straight);
    const half = await tinyTrainer({ ...options, ...more, steps: 17 }, { withValid: true });
    await eventsOf(half);
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(half)), "run");
    const tape = new Tape(await createEngine("strict"));
    const resumed = resumeTrainer(checkpoint, { tape, train, valid, changes: { steps: 40 }, where: "run" });
    await eventsOf(resumed);
    // the half run validated at its end, 17, which may have been its best; what is trained is in latestWeights
    expect(resumed.latestWeights).toEqual(straight.latestWeights);
    expect(ratesIn(resumed).length).toBe(5);
  });
});

describe("evaluation", () => {
  const trained = async (more: TrainingOptions = {}): Promise<LanguageModel> => {
    const trainer = await tinyTrainer({ dropout: "concrete2017:0.3", learningRate: 0.03, ...more });
    await eventsOf(trainer);
    return trainer.model;
  };

  test("is the model without masks, to the bit, whatever was learned", async () => {
    const model = await trained();
    const bare = new LanguageModel(
      model.tape,
      model.vocabSize,
      { ...model.config, dropout: { name: "none", sites: {} } },
      0,
    );
    for (const [name, tensor] of bare.parameters) model.tape.assign(tensor, model.parameters.get(name)!);
    expect((await evaluate(model, valid)).nats).toBe((await evaluate(bare, valid)).nats);
  });

  test("by Monte-Carlo draws masks of the learned rates, and goes by none that is named beside them", async () => {
    const model = await trained();
    const under = async (dropout: string): Promise<number> =>
      (
        await evaluate(model, valid, {
          mode: { name: "monteCarlo", passes: 3, dropout: recurrentDropout(dropout) },
        })
      ).nats;
    const nats = await under("concrete2017:0.3");
    expect(await under("concrete2017:0.5")).toBe(nats);
    for (const logit of model.rates.values()) model.tape.assign(logit, [2]);
    expect(await under("concrete2017:0.3")).not.toBe(nats);
  });

  test.each<TrainingOptions>([{}, { cell: "gru", embeddingSize: 0 }])(
    "passes every check: %j",
    async (more) => {
      const findings = checkDropout(await trained(more), { batchSize: 20, sequenceLength: 10 });
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(findings.filter(({ check }) => check === "rate")).toHaveLength(4);
    },
  );

  test("by dynamic evaluation leaves logits alone", async () => {
    const model = await trained();
    const before = [...model.rates.values()].map((logit) => valuesOf(logit));
    await evaluate(model, valid, { mode: { name: "dynamic", learningRate: 0.1, segment: 5 } });
    expect([...model.rates.values()].map((logit) => valuesOf(logit))).toEqual(before);
  });
});

test("a check sees a mask whose rate is another than the learned one", async () => {
  const trainer = await tinyTrainer({ dropout: "concrete2017:0.3", steps: 1 });
  await eventsOf(trainer);
  const { model } = trainer;
  const { drawMasks } = await import("../../src/nn/index.ts");
  const stuck: typeof drawMasks = (tape, dropout, sizes, key, position, types) =>
    drawMasks(tape, dropout, sizes, key, position, types); // of the rate that the configuration starts from
  for (const logit of model.rates.values()) model.tape.assign(logit, [0]);
  const findings = checkDropout(model, { batchSize: 20, sequenceLength: 10 }, { draw: stuck });
  const failed = findings.filter(({ ok }) => !ok).map(({ site, check }) => `${site} ${check}`);
  expect(failed).toContain("recurrent rate");
  expect(failed).toContain("network state");
});
