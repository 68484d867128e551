/** Penalties, two-mask losses and variable windows in a run: that each reaches the weights as its formula says. */
import { describe, expect, test } from "vitest";
import type { StepEvent, TrainingOptions } from "../../src/lm/index.ts";
import { trainingStreams } from "../../src/text/index.ts";
import { eventsOf, tinyConfig, tinyTrainer, train, weightsOf } from "./tinyRun.ts";

async function weightsAfter(options: TrainingOptions): Promise<Record<string, number[]>> {
  const trainer = await tinyTrainer(options);
  await eventsOf(trainer);
  return weightsOf(trainer);
}

async function stepsOf(options: TrainingOptions): Promise<StepEvent[]> {
  const events = await eventsOf(await tinyTrainer(options));
  return events.flatMap((event) => (event.type === "step" ? [event] : []));
}

/** Expects float32 weights to agree but for the rounding of an update: parts in ten million of numbers of order 1. */
function expectNear(found: Record<string, number[]>, expected: (name: string, k: number) => number): void {
  for (const [name, values] of Object.entries(found))
    for (const [k, value] of values.entries())
      expect(Math.abs(value - expected(name, k)), `${name}[${k}]`).toBeLessThan(3e-7);
}

describe("penalties on weights", () => {
  const plain: TrainingOptions = { optimizer: "sgd", learningRate: 0.5, clip: 0, steps: 1 };

  test("of one update move each weight by rate · (l1 sign(w) + l2 w) further", async () => {
    const start = weightsOf(await tinyTrainer(plain));
    const without = await weightsAfter(plain);
    const found = await weightsAfter({ ...plain, l1: 0.01, l2: 0.1 });
    expectNear(found, (name, k) => {
      const w = start[name]![k]!;
      return without[name]![k]! - 0.5 * (0.01 * Math.sign(w) + 0.1 * w);
    });
  });

  test("l2 without clipping is the optimizer's weight decay, and with clipping it is not", async () => {
    const decayed = (options: TrainingOptions): Promise<Record<string, number[]>> =>
      weightsAfter({ ...plain, ...options, optimizer: { name: "sgd", weightDecay: 0.1 } });
    const open = await decayed({});
    expectNear(await weightsAfter({ ...plain, l2: 0.1 }), (name, k) => open[name]![k]!);
    const [inside, outside] = [
      await weightsAfter({ ...plain, l2: 0.1, clip: 0.01 }),
      await decayed({ clip: 0.01 }),
    ];
    const apart = inside["decoder.weight"]!.map((w, k) => Math.abs(w - outside["decoder.weight"]![k]!));
    expect(Math.max(...apart)).toBeGreaterThan(1e-3);
  });

  test("are in the gradient norm that is reported, and not in the loss", async () => {
    const [without, within] = [await stepsOf(plain), await stepsOf({ ...plain, l2: 10 })];
    expect(within[0]!.loss).toBe(without[0]!.loss);
    expect(within[0]!.gradientNorm).toBeGreaterThan(10 * without[0]!.gradientNorm);
  });
});

describe("the loss that is reported", () => {
  test.each<TrainingOptions>([{ activationPenalty: 2, temporalPenalty: 1 }, { labelSmoothing: 0.3 }])(
    "is the plain cross-entropy of the same weights: the first update's under %j",
    async (options) => {
      const plain = await stepsOf({ dropout: "gal", steps: 2 });
      const added = await stepsOf({ dropout: "gal", steps: 2, ...options });
      expect(added[0]!.loss).toBe(plain[0]!.loss);
      expect(added[1]!.loss).not.toBe(plain[1]!.loss);
    },
  );
});

test("a penalty that overflows ends the run before a weight has changed, and is named beside the loss", async () => {
  const trainer = await tinyTrainer({ activationPenalty: 1e300 });
  const before = weightsOf(trainer);
  await expect(eventsOf(trainer)).rejects.toThrow(
    /^Trainer: training diverged at step 1\. Expected a finite loss and gradient, got loss [\d.]+, with penalties Infinity, gradient norm/,
  );
  expect(weightsOf(trainer)).toEqual(before);
});

test.each(["fraternal", "rDrop"])(
  "%s draws the second pass from masks of its own: a large weight changes the update, and the seed repeats it",
  async (consistency) => {
    const run = (weight: number): Promise<Record<string, number[]>> =>
      weightsAfter({ dropout: "gal", steps: 3, consistency: { name: consistency, weight } as never });
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(100));
    expect(await run(1)).not.toEqual(await weightsAfter({ dropout: "gal", steps: 3 }));
  },
);

describe("variable windows", () => {
  const options: TrainingOptions = { windows: "variable", epochs: 2, steps: null };

  test("scale the learning rate by their length, and fixed ones do not", async () => {
    const config = tinyConfig(options);
    const streams = trainingStreams(train, config);
    const steps = await stepsOf(options);
    expect(steps.length).toBe(2 * streams.batchesPerEpoch);
    const lengths = steps.map((_, step) => streams.at(step).steps);
    expect(new Set(lengths).size).toBeGreaterThan(3);
    for (const [k, { learningRate }] of steps.entries())
      expect(learningRate).toBe(Math.fround((Math.fround(0.01) * lengths[k]!) / 12));
    const fixed = await stepsOf({});
    expect(new Set(fixed.map(({ learningRate }) => learningRate))).toEqual(new Set([Math.fround(0.01)]));
  });

  test("read every character of an epoch once", async () => {
    const trainer = await tinyTrainer(options);
    await eventsOf(trainer);
    expect(trainer.progress.chars).toBe(2 * trainer.streams.charsPerEpoch);
  });

  test("shorter than their minimum are refused before the first update", async () => {
    await expect(tinyTrainer({ windows: { name: "variable", minimum: 13 } })).rejects.toThrow(
      "windows variable: the shortest window is longer than a usual one. Expected a minimum of at most sequenceLength 12, got 13.",
    );
  });
});

test("the whole recipe of NT-ASGD learns: its best validation is well below the first loss", async () => {
  const trainer = await tinyTrainer(
    {
      ...{
        optimizer: "sgd",
        learningRate: 5,
        clip: 0.25,
        windows: "variable",
        steps: 200,
        evaluateEvery: 10,
      },
      ...{ activationPenalty: 2, temporalPenalty: 1, averaging: { name: "ntAsgd", patience: 2 } },
      ...{ dropout: "gal:0.1", embeddingSize: 9, tieEmbeddings: true, l2: 1.2e-6 },
    },
    { withValid: true },
  );
  const events = await eventsOf(trainer);
  const first = events.find((event) => event.type === "step")!;
  expect(trainer.result().validNats!).toBeLessThan(first.type === "step" ? first.loss - 0.1 : 0);
});
