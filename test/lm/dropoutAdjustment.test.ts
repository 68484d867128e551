/** Rates that follow the validation: the rule alone, the rates, a run in which it acts, its checkpoint, and its refusals. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  type AdjustmentState,
  adjusted,
  type DropoutAdjustment,
  dropoutAdjustmentConfig,
  metricsLine,
  modelFromCheckpoint,
  resumeTrainer,
  type TrainEvent,
  type Trainer,
  type TrainingOptions,
  trainerCheckpoint,
  trainingConfig,
  unadjusted,
} from "../../src/lm/index.ts";
import { recurrentDropout, scaleRates } from "../../src/nn/index.ts";
import { eventsOf, tinyTrainer, train, valid, weightsOf } from "./tinyRun.ts";

const rule = (more: object = {}): DropoutAdjustment =>
  dropoutAdjustmentConfig({ name: "validationGap", ...more });
const dropout = recurrentDropout({ recurrent: 0.2, output: 0.4 });

/** The states after validations [training, validation]. */
function after(losses: readonly (readonly [number, number])[], config: DropoutAdjustment): AdjustmentState[] {
  let state = unadjusted;
  return losses.map(([train, valid]) => {
    state = adjusted(state, { train, valid }, config, dropout);
    return state;
  });
}
const factors = (...given: Parameters<typeof after>): number[] => after(...given).map(({ factor }) => factor);

describe("the rule", () => {
  test("raises when validation is no better than its best while training improves, and only then", () => {
    const losses = [
      [2.0, 2.1], // nothing to compare with
      [1.9, 2.0], // both better
      [1.8, 2.05], // overfits: raised
      [1.85, 2.06], // training is worse, under the new rates
      [1.8, 2.07], // overfits again
      [1.7, 2.0], // as good as the best, not better
      [1.6, 1.9], // better
    ] as const;
    // 4 is where both rates are 0.8
    expect(factors(losses, rule({ raise: 1.5 }))).toEqual([1, 1, 1.5, 1.5, 2.25, 3.375, 3.375]);
  });

  test("waits for as many validations as its patience, and anew after a raise", () => {
    const falling = [
      [3, 2],
      [2.9, 2.1],
      [2.8, 2.2],
      [2.7, 2.3],
      [2.6, 2.4],
      [2.5, 2.5],
      [2.4, 2.6],
    ] as const;
    expect(factors(falling, rule({ raise: 1.1, patience: 3 }))).toEqual([1, 1, 1, 1.1, 1.1, 1.1, 1.1 * 1.1]);
    expect(
      factors(falling, rule({ raise: 1.1, patience: 2 })).map((f) => Math.round(Math.log(f) / Math.log(1.1))),
    ).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  test("stops where every rate is at its bound", () => {
    const falling = Array.from({ length: 9 }, (_, k) => [3 - k / 10, 2 + k / 10] as const);
    // 0.2 is the smallest rate: 4 times that is 0.8
    expect(factors(falling, rule({ raise: 2 }))).toEqual([1, 2, 4, 4, 4, 4, 4, 4, 4]);
    expect(after(falling, rule({ raise: 2 })).at(-1)).toMatchObject({ raised: 2, lowered: 0 });
    expect(factors(falling, rule({ raise: 2, most: 0.3 })).at(-1)).toBeCloseTo(1.5, 12);
    expect(factors(falling, rule({ raise: 2, most: 0.1 })).at(-1)).toBe(1); // all are beyond it already
  });

  test("lowers below its gap where it is asked to, to its bound, and a raise goes first", () => {
    const close = [
      [2, 2.01],
      [1.9, 1.92],
      [1.8, 1.95],
      [1.7, 1.96],
      [1.6, 1.5],
      [1.5, 1.4],
    ] as const;
    expect(factors(close, rule())).toEqual([1, 1, 1.25, 1.25 * 1.25, 1.25 * 1.25, 1.25 * 1.25]);
    const lower = rule({ raise: 2, lower: 0.5, gap: 0.1 });
    expect(factors(close, lower)).toEqual([0.5, 0.25, 0.5, 1, 0.5, 0.25]);
    expect(after(close, lower).at(-1)).toMatchObject({ raised: 2, lowered: 4, bestFactor: 0.5 });
    const long = Array.from({ length: 20 }, (_, k) => [2 - k / 20, 2 - k / 20] as const);
    expect(factors(long, lower).at(-1)).toBeCloseTo(0.01 / 0.4, 12);
  });

  test("is a function of its state: the same from a state that was stored", () => {
    const stored = JSON.parse(
      JSON.stringify(
        after(
          [
            [2, 2],
            [1.9, 2.1],
          ],
          rule(),
        ).at(-1),
      ),
    ) as AdjustmentState;
    expect(adjusted(stored, { train: 1.8, valid: 2.2 }, rule(), dropout).factor).toBe(1.25 * 1.25);
    expect(adjusted(unadjusted, { train: 1, valid: 9 }, { name: "none" }, dropout)).toBe(unadjusted);
  });
});

describe("scaled rates", () => {
  const bounds = { least: 0.05, most: 0.6 };
  const scaled = (value: unknown, factor: number): unknown =>
    scaleRates(recurrentDropout(value), factor, bounds).sites;

  test("are multiplied, to a bound that they are not beyond already", () => {
    expect(scaled({ recurrent: [0.2, 0, 0.5], output: 0.7 }, 2)).toMatchObject({
      recurrent: { rate: [0.4, 0, 0.6] },
      output: { rate: 0.7 },
    });
    expect(scaled({ recurrent: [0.2, 0, 0.08], output: 0.02 }, 0.5)).toMatchObject({
      recurrent: { rate: [0.1, 0, 0.05] },
      output: { rate: 0.02 },
    });
  });

  test("leave tie, kind, gates and schedule as they are, and scale both ends of a schedule", () => {
    const value = {
      recurrent: { rate: 0.1, kind: "drifting", redraw: 0.3 },
      output: { rate: 0.3, schedule: { name: "linear", end: 0.1 } },
      input: { rate: 0.2, schedule: "warmUp", gates: "perGate" },
    };
    expect(scaled(value, 2.5)).toEqual({
      input: { rate: 0.5, tie: "sequence", gates: "perGate", schedule: { name: "warmUp", share: 0.1 } },
      recurrent: { rate: 0.25, tie: "sequence", gates: "shared", kind: "drifting", redraw: 0.3 },
      output: {
        rate: 0.6,
        tie: "sequence",
        gates: "shared",
        schedule: { name: "linear", end: 0.25, share: 1 },
      },
    });
  });

  test("at factor 1 are the very configuration", () => {
    expect(scaleRates(dropout, 1, bounds)).toBe(dropout);
  });
});

/** A network that overfits 300 characters of the Markov chain in a moment. */
const overfitting: TrainingOptions = {
  ...{ dropout: { recurrent: 0.1, output: 0.1 }, dropoutAdjustment: "validationGap" },
  ...{ hiddenSize: 24, layers: 1, learningRate: 0.03, steps: 100, evaluateEvery: 10 },
};
const short = train.slice(0, 320);

async function run(
  options: TrainingOptions,
  from: Int32Array = short,
): Promise<{ trainer: Trainer; events: TrainEvent[] }> {
  const trainer = await tinyTrainer(options, { withValid: true, train: from });
  return { trainer, events: await eventsOf(trainer) };
}

describe("a run", () => {
  test("raises its rates when it overfits, as the rule says, says so, and trains under them", async () => {
    const { trainer, events } = await run(overfitting);
    const validations = events.flatMap((event) => (event.type === "validation" ? [event] : []));
    const states = after2(
      validations.map(({ trainNats, nats }) => [trainNats, nats]),
      trainer,
    );
    const changes = events.flatMap((event) => (event.type === "dropoutAdjustment" ? [event] : []));
    expect(changes.length).toBeGreaterThan(1);
    expect(changes.map(({ factor }) => factor)).toEqual(
      [...new Set(states.map(({ factor }) => factor))].slice(1),
    );
    for (const { direction, rates, factor, step } of changes) {
      expect(direction).toBe("raised");
      expect(rates.output).toBeCloseTo(Math.min(0.8, 0.1 * factor), 12);
      expect(events.find((event) => event.type === "validation" && event.step === step)).toMatchObject({
        dropoutRates: rates,
        dropoutChange: "raised",
      });
    }
    const line = metricsLine(validations.find(({ step }) => step === changes[0]!.step)!);
    expect(line).toMatchObject({ split: "valid", dropoutRates: changes[0]!.rates, dropoutChange: "raised" });
    const { factor, raised, lowered, rates } = trainer.result().dropoutAdjustment!;
    expect({ factor, raised, lowered }).toEqual({
      factor: states.at(-1)!.factor,
      raised: changes.length,
      lowered: 0,
    });
    expect(rates).toEqual(changes.at(-1)!.rates);
    // until the first change it is the run without adjustment; after it, another
    const plain = await run({ ...overfitting, dropoutAdjustment: "none" });
    const losses = (of: readonly TrainEvent[]): number[] =>
      of.flatMap((event) => (event.type === "step" ? [event.loss] : []));
    const first = changes[0]!.step;
    expect(losses(events).slice(0, first)).toEqual(losses(plain.events).slice(0, first));
    expect(losses(events).slice(first)).not.toEqual(losses(plain.events).slice(first));
    expect(plain.events.some((event) => event.type === "dropoutAdjustment" || "dropoutRates" in event)).toBe(
      false,
    );
    expect(plain.trainer.result()).not.toHaveProperty("dropoutAdjustment");
  });

  test("after a raise trains as a run whose configuration has those rates: the update is the same to the bit", async () => {
    const { trainer } = await run({ ...overfitting, steps: 70 });
    const { factor } = trainer.progress.adjustment;
    expect(factor).toBeGreaterThan(1);
    const rate = Math.min(0.8, 0.1 * factor);
    const config = { dropout: { recurrent: rate, output: rate }, dropoutAdjustment: { name: "none" } };
    const checkpoint = trainerCheckpoint(trainer);
    const tape = new Tape(await createEngine("strict"));
    const meta = { ...checkpoint.meta, config: { ...(checkpoint.meta["config"] as object), ...config } };
    const resume = async (of: typeof checkpoint, on: Tape): Promise<Trainer> => {
      const next = resumeTrainer(of, { tape: on, train: short, valid, changes: { steps: 75 }, where: "run" });
      await eventsOf(next);
      return next;
    };
    const fixed = await resume({ ...checkpoint, meta: meta as typeof checkpoint.meta }, tape);
    const following = await resume(checkpoint, new Tape(await createEngine("strict")));
    expect(fixed.latestWeights).toEqual(following.latestWeights);
  });

  test.each<TrainingOptions>([
    { cell: "lstm" },
    { cell: "gru", dropoutAdjustment: { name: "validationGap", raise: 1.4, lower: 0.7, gap: 0.5 } },
    {
      dropout: { recurrent: { rate: 0.1, tie: "batch" }, output: { rate: 0.2, schedule: "warmUp" } },
    },
  ])("resumed from a checkpoint is the run that never stopped, to the bit: %j", async (more) => {
    const options = { ...overfitting, ...more };
    const { trainer: straight } = await run(options);
    let trainer = await tinyTrainer(options, { withValid: true, train: short });
    for (const stop of [33, 60]) {
      const controller = new AbortController();
      for await (const event of trainer.run({ signal: controller.signal }))
        if (event.type === "step" && event.step === stop) controller.abort();
      const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "run");
      const tape = new Tape(await createEngine("strict"));
      trainer = resumeTrainer(checkpoint, { tape, train: short, valid, where: "run" });
    }
    await eventsOf(trainer);
    expect(straight.progress.adjustment.factor).not.toBe(1);
    expect(trainer.progress.adjustment).toEqual(straight.progress.adjustment);
    expect(trainer.latestWeights).toEqual(straight.latestWeights);
    expect(weightsOf(trainer)).toEqual(weightsOf(straight));
  });

  test("keeps the rates of its best weights, which Monte-Carlo evaluation draws from", async () => {
    const { trainer } = await run(overfitting);
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "run");
    const { dropout: kept, config } = modelFromCheckpoint(
      new Tape(await createEngine("strict")),
      checkpoint,
      "run",
    );
    const { bestFactor, factor } = trainer.progress.adjustment;
    expect(bestFactor!).toBeLessThan(factor);
    expect(kept).toEqual(scaleRates(config.dropout, bestFactor!, { least: 0.01, most: 0.8 }));
  });

  test("of a checkpoint from before there were adjustments goes on as it was", async () => {
    const options = { ...overfitting, dropoutAdjustment: "none" };
    const { trainer: straight } = await run(options);
    const { trainer: half } = await run({ ...options, steps: 50 });
    const { tensors, meta } = trainerCheckpoint(half);
    const { adjustment: _, ...progress } = meta["progress"] as { adjustment: unknown };
    const {
      dropoutAdjustment: _a,
      concreteWeights: _w,
      concreteEntropy: _e,
      ...config
    } = meta["config"] as Record<string, unknown>;
    const old = { tensors, meta: { ...meta, progress, config } } as ReturnType<typeof trainerCheckpoint>;
    const tape = new Tape(await createEngine("strict"));
    const trainer = resumeTrainer(old, { tape, train: short, valid, changes: { steps: 100 }, where: "run" });
    await eventsOf(trainer);
    expect(trainer.latestWeights).toEqual(straight.latestWeights);
  });
});

/** The states of the rule for a run's losses. */
function after2(losses: readonly (readonly [number, number])[], { config }: Trainer): AdjustmentState[] {
  let state = unadjusted;
  return losses.map(([train, valid]) => {
    state = adjusted(state, { train, valid }, config.dropoutAdjustment, config.dropout);
    return state;
  });
}

describe("is refused:", () => {
  const refusal = (options: object): string => {
    try {
      trainingConfig(options as TrainingOptions);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    }
    throw new Error(`${JSON.stringify(options)} was accepted`);
  };
  const gap = (more: object): object => ({
    dropout: "gal",
    dropoutAdjustment: { name: "validationGap", ...more },
  });

  test.each([
    [
      { dropout: "zoneout2016", dropoutAdjustment: "validationGap" },
      'dropoutAdjustment: the rate of zoneoutCell cannot be adjusted. Expected a dropout without it, or dropoutAdjustment none, got "zoneout2016". Evaluation keeps zoneout\'s share of the old state, and must know it.',
    ],
    [
      { dropout: "concrete2017", dropoutAdjustment: "validationGap" },
      'dropoutAdjustment: the rate of input cannot be adjusted. Expected a dropout without it, or dropoutAdjustment none, got "concrete2017". A rate of kind concrete is learned with the weights.',
    ],
    [
      {
        dropout: { recurrentWeights: { rate: 0.5, kind: "flipout", noise: "bernoulli" } },
        dropoutAdjustment: "validationGap",
      },
      'dropoutAdjustment: the rate of recurrentWeights cannot be adjusted. Expected a dropout without it, or dropoutAdjustment none, got "custom". Flipout can drop weights at the rate 1/2 alone.',
    ],
    [
      { dropoutAdjustment: "validationGap" },
      'dropoutAdjustment: there is no rate to adjust. Expected a dropout with a site that this network has, got "none". For example { dropout: "gal:0.1" }: a rate of 0 stays 0 whatever it is multiplied with.',
    ],
    [
      { dropout: "gal", dropoutAdjustment: "validationgap" },
      'dropoutAdjustment: name is not known. Expected one of none, validationGap, got "validationgap". Did you mean "validationGap"?',
    ],
    [gap({ rise: 2 }), /^dropoutAdjustment: unknown key "rise"\. .* Did you mean "raise"\?$/],
    [gap({ raise: 1 }), "dropoutAdjustment: raise is not usable. Expected a factor above 1, got 1."],
    [
      gap({ lower: 1 }),
      "dropoutAdjustment: lower is not usable. Expected a factor in (0, 1), or null for never, got 1.",
    ],
    [gap({ most: 1 }), "dropoutAdjustment: most is not usable. Expected a rate in (0, 1), got 1."],
    [gap({ least: 0 }), "dropoutAdjustment: least is not usable. Expected a rate in (0, 1), got 0."],
    [
      gap({ least: 0.9 }),
      "dropoutAdjustment: least is not below most. Expected least < most, got least 0.9, most 0.8.",
    ],
    [gap({ gap: "x" }), 'dropoutAdjustment: gap is not usable. Expected nats per character, got "x".'],
    [
      gap({ patience: 0 }),
      "dropoutAdjustment: patience must be a positive integer. Expected an integer of 1 or more, got 0. For example { patience: 2 }.",
    ],
    [
      { dropoutAdjustment: { name: "none", raise: 2 } },
      'dropoutAdjustment none: unknown key "raise". Expected keys among name, got "raise".',
    ],
  ])("%j", (options, message) => {
    if (message instanceof RegExp) expect(refusal(options)).toMatch(message);
    else expect(refusal(options)).toBe(message);
  });

  test("without a validation text", async () => {
    await expect(tinyTrainer({ dropout: "gal", dropoutAdjustment: "validationGap" })).rejects.toThrow(
      "training.dropoutAdjustment: rates of dropout follow the validation, and there is none. Expected a validation text, got none. Give one, or a schedule of the rates: they then change with the share of training that is done.",
    );
  });

  test("to be changed when a run is resumed", async () => {
    const { trainer } = await run({ ...overfitting, steps: 20 });
    const tape = new Tape(await createEngine("strict"));
    const changes = { dropoutAdjustment: dropoutAdjustmentConfig({ name: "none" }) };
    expect(() =>
      resumeTrainer(trainerCheckpoint(trainer), { tape, train: short, valid, changes, where: "run" }),
    ).toThrow(/^resume: dropoutAdjustment cannot change when a run is resumed\./);
  });
});
