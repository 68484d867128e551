/** The trainer: its events and their order, each way to end, and what it does when numbers leave the finite. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { DivergenceError } from "../../src/errors.ts";
import {
  evaluate,
  type StepEvent,
  type TrainEvent,
  Trainer,
  trainerCheckpoint,
  type ValidationEvent,
} from "../../src/lm/index.ts";
import { eventsOf, tinyConfig, tinyTrainer, train, valid, vocabulary, weightsOf } from "./tinyRun.ts";

const stepsOf = (events: readonly TrainEvent[]): StepEvent[] =>
  events.filter((event) => event.type === "step");
const validationsOf = (events: readonly TrainEvent[]): ValidationEvent[] =>
  events.filter((event) => event.type === "validation");
const endOf = (events: readonly TrainEvent[]): Extract<TrainEvent, { type: "end" }> =>
  events.at(-1) as Extract<TrainEvent, { type: "end" }>;

describe("events", () => {
  test("come in this order", async () => {
    const trainer = await tinyTrainer(
      { steps: 7, evaluateEvery: 3, sampleEvery: 2, checkpointEvery: 4 },
      { withValid: true },
    );
    const events = await eventsOf(trainer, { save: async ({ progress }) => `at ${progress.step}` });
    expect(events.map((event) => `${event.type} ${event.step}`)).toEqual([
      "start 0",
      "step 1",
      "step 2",
      "sample 2",
      "step 3",
      "validation 3",
      "checkpoint 3",
      "step 4",
      "checkpoint 4",
      "sample 4",
      "step 5",
      "step 6",
      "validation 6",
      "checkpoint 6",
      "sample 6",
      "step 7",
      "validation 7",
      "checkpoint 7",
      "end 7",
    ]);
    expect(events.flatMap((event) => (event.type === "checkpoint" ? [event.path] : []))).toEqual([
      "at 3",
      "at 4",
      "at 6",
      "at 7",
    ]);
  });

  test("say what was trained, how fast, and how much is left", async () => {
    const trainer = await tinyTrainer({ steps: 10, dropout: "gal:0.2" });
    const events = await eventsOf(trainer);
    expect(events[0]).toEqual({
      type: "start",
      step: 0,
      engine: "strict",
      threads: 1,
      parameters: 6 * 7 + 36 * (7 + 9 + 2) + 36 * (9 + 9 + 2) + 6 * 10,
      dropout:
        "gal:0.2: embedding 0.2/sequence, input 0.2/sequence, recurrent 0.2/sequence, layers 0.2/sequence, output 0.2/sequence",
      batchesPerEpoch: 25,
      totalSteps: 10,
    });
    const steps = stepsOf(events);
    expect(steps.map(({ progress }) => progress)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(steps[9]!.secondsLeft).toBe(0);
    expect(steps[4]!.epoch).toBe(0.2);
    for (const { loss, gradientNorm, learningRate, charsPerSecond } of steps) {
      expect(loss).toBeGreaterThan(0);
      expect(gradientNorm).toBeGreaterThan(0);
      expect(learningRate).toBe(Math.fround(0.01));
      expect(charsPerSecond).toBeGreaterThan(0);
    }
    const { result, reason } = endOf(events);
    expect(reason).toBe("steps");
    expect(result).toMatchObject({ steps: 10, chars: 10 * 60, validNats: null, bestStep: null });
    expect(result.trainNats).toBeCloseTo(steps.reduce((sum, { loss }) => sum + loss, 0) / 10, 12);
  });

  test("count the characters of a short last window as they are", async () => {
    const events = await eventsOf(await tinyTrainer({ epochs: 2, steps: null }));
    expect(endOf(events).result.chars).toBe(2 * 5 * 299);
  });
});

describe("training", () => {
  test("learns: the loss falls towards the entropy of the source", async () => {
    const steps = stepsOf(await eventsOf(await tinyTrainer({ steps: 150 })));
    expect(steps[0]!.loss).toBeGreaterThan(1.6); // ln 6 = 1.79
    expect(steps.at(-1)!.loss).toBeLessThan(steps[0]!.loss - 0.3);
  });

  test("gives the same weights for the same seed, and others for another", async () => {
    const weights = async (seed: number): Promise<unknown> => {
      const trainer = await tinyTrainer({ seed, steps: 5, dropout: "gal" });
      await eventsOf(trainer);
      return weightsOf(trainer);
    };
    expect(await weights(1)).toEqual(await weights(1));
    expect(await weights(1)).not.toEqual(await weights(2));
  });

  test.each([
    ["none", true],
    ["gal", false],
    [{ recurrent: 0.5, tie: "stream" }, false],
    [{ output: 0.5, tie: "step" }, false],
  ])("begins each epoch from a zero state, under masks of its own: dropout %j", async (dropout, isSame) => {
    // with a rate of almost nothing, only masks and state can make one epoch differ from the next
    const trainer = await tinyTrainer({ steps: 50, optimizer: "sgd", learningRate: 1e-12, dropout });
    const losses = stepsOf(await eventsOf(trainer)).map(({ loss }) => loss);
    const differences = losses.slice(0, 25).map((loss, k) => Math.abs(loss - losses[25 + k]!));
    if (isSame) expect(Math.max(...differences)).toBeLessThan(1e-6);
    else expect(Math.min(...differences.slice(0, 5))).toBeGreaterThan(1e-6);
  });

  test("clips the global norm: a tiny clip moves plain SGD by at most that much times the rate", async () => {
    const trainer = await tinyTrainer({ steps: 1, clip: 1e-3, optimizer: "sgd", learningRate: 0.5 });
    const before = Object.values(weightsOf(trainer)).flat();
    await eventsOf(trainer);
    const after = Object.values(weightsOf(trainer)).flat();
    const moved = Math.sqrt(after.reduce((sum, w, k) => sum + (w - before[k]!) ** 2, 0));
    expect(moved).toBeGreaterThan(0.4e-3);
    expect(moved).toBeLessThan(0.6e-3);
  });

  test("follows its schedule: a cosine that ends with the run", async () => {
    const events = await eventsOf(await tinyTrainer({ steps: 10, schedule: "cosine" }));
    const rates = stepsOf(events).map(({ learningRate }) => learningRate);
    expect(rates.at(-1)).toBeCloseTo(0.001, 9);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  test("lowers the rate on a plateau of the validation loss", async () => {
    const trainer = await tinyTrainer(
      {
        steps: 8,
        evaluateEvery: 1,
        learningRate: 1e-12, // nothing improves
        schedule: { name: "plateau", patience: 1 },
      },
      { withValid: true },
    );
    const rates = stepsOf(await eventsOf(trainer)).map(({ learningRate }) => learningRate / 1e-12);
    expect(rates[0]).toBeCloseTo(1, 5);
    expect(rates.at(-1)).toBeLessThan(0.3);
  });
});

describe("the end", () => {
  test("comes after the epochs, or the steps, whichever is first", async () => {
    expect(endOf(await eventsOf(await tinyTrainer({ steps: null, epochs: 1 })))).toMatchObject({
      reason: "epochs",
      step: 25,
    });
    expect(endOf(await eventsOf(await tinyTrainer({ steps: 3, epochs: 1 })))).toMatchObject({
      reason: "steps",
      step: 3,
    });
  });

  test("comes when the seconds are over", async () => {
    const end = endOf(await eventsOf(await tinyTrainer({ steps: null, seconds: 0.2 })));
    expect(end.reason).toBe("seconds");
    expect(end.result.seconds).toBeGreaterThanOrEqual(0.2);
    expect(end.result.seconds).toBeLessThan(5);
  });

  test("comes early, when the validation loss has not improved so often", async () => {
    const trainer = await tinyTrainer(
      { steps: 500, evaluateEvery: 5, patience: 3, learningRate: 0.05, hiddenSize: 40 },
      { withValid: true },
    );
    const events = await eventsOf(trainer);
    const validations = validationsOf(events);
    const { reason, result } = endOf(events);
    expect(reason).toBe("earlyStopping");
    expect(validations.slice(-3).map(({ isBest }) => isBest)).toEqual([false, false, false]);
    expect(validations.at(-4)).toMatchObject({ isBest: true, step: result.bestStep });
    expect(result.validNats).toBe(Math.min(...validations.map(({ nats }) => nats)));
  });

  test("leaves the best weights in the model, to the bit of its validation", async () => {
    const trainer = await tinyTrainer(
      { steps: 150, evaluateEvery: 5, learningRate: 0.05, hiddenSize: 40 },
      { withValid: true },
    );
    const events = await eventsOf(trainer);
    const { result } = endOf(events);
    expect(result.bestStep).toBeLessThan(150); // it overfits 1,500 symbols
    expect((await evaluate(trainer.model, valid)).nats).toBe(result.validNats);
    const last = validationsOf(events).at(-1)!;
    expect(last.isBest).toBe(false);
    expect(last.bestNats).toBe(result.validNats);
  });

  test("comes at an abort, after the present update, with a checkpoint", async () => {
    const controller = new AbortController();
    const trainer = await tinyTrainer({ steps: 40 }, { withValid: true });
    const events: string[] = [];
    for await (const event of trainer.run({ signal: controller.signal, save: async () => "saved" })) {
      events.push(`${event.type} ${event.step}`);
      if (event.type === "step" && event.step === 4) controller.abort();
    }
    expect(events.slice(-3)).toEqual(["step 4", "checkpoint 4", "end 4"]);
  });

  test("of an aborted run can be taken back: the same trainer goes on to the bits of the whole run", async () => {
    const options = { steps: 40, evaluateEvery: 6, learningRate: 0.05, dropout: "gal" };
    const whole = await tinyTrainer(options, { withValid: true });
    await eventsOf(whole);
    const paused = await tinyTrainer(options, { withValid: true });
    const controller = new AbortController();
    for await (const event of paused.run({ signal: controller.signal }))
      if (event.step === 33) controller.abort();
    expect(paused.progress.step).toBe(33);
    await eventsOf(paused);
    expect(weightsOf(paused)).toEqual(weightsOf(whole));
    expect(paused.latestWeights).toEqual(whole.latestWeights);
  });

  test("of a finished run is stored as the run itself would: latest weights beside the best", async () => {
    const trainer = await tinyTrainer(
      { steps: 40, evaluateEvery: 5, learningRate: 0.05, hiddenSize: 40 },
      { withValid: true },
    );
    let atEnd: ReturnType<typeof trainerCheckpoint> | undefined;
    await eventsOf(trainer, {
      save: async (running) => {
        atEnd = trainerCheckpoint(running);
        return "";
      },
    });
    const after = trainerCheckpoint(trainer);
    expect(after.tensors).toEqual(atEnd!.tensors);
  });
});

describe("divergence", () => {
  test("is an error that names the step and what to try; the weights are those before the bad window", async () => {
    const trainer = await tinyTrainer({ optimizer: "sgd", learningRate: 1e30, clip: 0 });
    let failure: unknown;
    let weights = weightsOf(trainer);
    let state = "";
    const carried = (): string =>
      trainer.carried.state
        .map(({ h }) => Array.from(h.tape.engine.memory.floats(h.ptr, h.size)).join())
        .join();
    try {
      for await (const event of trainer.run()) {
        if (event.type !== "step") continue;
        weights = weightsOf(trainer);
        state = carried();
      }
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(DivergenceError);
    const { message } = failure as Error;
    expect(message).toMatch(
      /^Trainer: training diverged at step \d+\. Expected a finite loss and gradient, got loss [\w.+-]+, gradient norm [\w.+-]+, learning rate 1\.0000000150474662e\+30\. Try a smaller learningRate, clipping \(clip: 5\), or another seed; the last good checkpoint is kept\.$/,
    );
    expect(message).toContain(`at step ${trainer.progress.step + 1}.`);
    expect(weightsOf(trainer)).toEqual(weights);
    expect(Object.values(weights).flat().every(Number.isFinite)).toBe(true);
    expect(carried()).toBe(state);
  });

  test("of the first window changes nothing at all", async () => {
    const trainer = await tinyTrainer();
    const bias = trainer.model.parameters.get("decoder.bias")!;
    trainer.model.tape.assign(bias, new Float32Array(6).fill(Number.NaN));
    const before = weightsOf(trainer);
    await expect(eventsOf(trainer)).rejects.toThrow(
      "Trainer: training diverged at step 1. Expected a finite loss and gradient, got loss NaN, gradient norm NaN, learning rate 0.009999999776482582. Try a smaller learningRate, a clip below 5, or another seed; the last good checkpoint is kept.",
    );
    expect(weightsOf(trainer)).toEqual(before);
    expect(trainer.progress.step).toBe(0);
  });

  test("that only the validation sees is an error too", async () => {
    const trainer = await tinyTrainer({ steps: 3, evaluateEvery: 1 }, { withValid: true });
    const run = async (): Promise<void> => {
      for await (const event of trainer.run()) {
        if (event.type !== "step") continue;
        const bias = trainer.model.parameters.get("decoder.bias")!;
        trainer.model.tape.assign(bias, new Float32Array(6).fill(Number.NaN));
      }
    };
    await expect(run()).rejects.toThrow(
      "Trainer: training diverged at step 1. Expected a finite loss and gradient, got validation loss NaN. Try a smaller learningRate",
    );
  });
});

describe("what is refused before the first update", () => {
  const make = async (options: object, ids = train): Promise<Trainer> =>
    new Trainer({
      tape: new Tape(await createEngine("strict")),
      config: tinyConfig(options),
      vocabulary,
      train: ids,
    });

  test("a cosine that never ends", async () => {
    await expect(make({ steps: null, seconds: 3, schedule: "cosine" })).rejects.toThrow(
      "training.schedule: a cosine schedule needs an end. Expected steps, epochs, or schedule.total, got only a limit in seconds.",
    );
  });

  test("a text shorter than a batch", async () => {
    await expect(make({}, train.slice(0, 5))).rejects.toThrow(
      "trainingStreams: the training text is too short. Expected at least 6 symbols for 5 rows, got 5. Use a longer text, or batchSize 4 or less.",
    );
  });

  test("a window that no memory can hold", async () => {
    await expect(make({ hiddenSize: 5000, sequenceLength: 290, batchSize: 290 })).rejects.toThrow(
      "model: the model does not fit in memory. Expected at most 4.0 GB, got about",
    );
  });
});
