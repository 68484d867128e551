/** Averages of the weights in a run: what they are, what is evaluated and kept, and that training itself does not see them. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  evaluate,
  LanguageModel,
  modelFromCheckpoint,
  resumeTrainer,
  sample,
  type TrainEvent,
  type Trainer,
  type TrainingOptions,
  trainerCheckpoint,
} from "../../src/lm/index.ts";
import { modelPart } from "../../src/lm/modelConfig.ts";
import { copyWeights } from "../../src/lm/weights.ts";
import { nonMonotone } from "../../src/optim/index.ts";
import { eventsOf, tinyConfig, tinyTrainer, train, valid, vocabulary, weightsOf } from "./tinyRun.ts";

type Weights = Record<string, number[]>;

/** The weights after each update, and all events, of a run. */
async function recorded(
  options: TrainingOptions,
  withValid = true,
): Promise<{ trainer: Trainer; iterates: Weights[]; events: TrainEvent[] }> {
  const trainer = await tinyTrainer(options, { withValid });
  const iterates: Weights[] = [];
  const events: TrainEvent[] = [];
  for await (const event of trainer.run()) {
    events.push(event);
    if (event.type === "step") iterates.push(weightsOf(trainer));
  }
  return { trainer, iterates, events };
}

const meanOf = (iterates: readonly Weights[]): Weights =>
  Object.fromEntries(
    Object.keys(iterates[0]!).map((name) => [
      name,
      iterates[0]![name]!.map((_, k) => iterates.reduce((sum, w) => sum + w[name]![k]!, 0) / iterates.length),
    ]),
  );

/** Rounding of a running mean in float32: below one part in a million of weights of order 1. */
function expectNear(found: Weights, expected: Weights): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected))
    for (const [k, value] of values.entries())
      expect(Math.abs(found[name]![k]! - value), `${name}[${k}]`).toBeLessThan(1e-6);
}

const fromMap = (map: ReadonlyMap<string, Float32Array>): Weights =>
  Object.fromEntries(Array.from(map, ([name, values]) => [name, Array.from(values)]));

/** Nats on the validation text under these weights. */
async function natsUnder(weights: Weights): Promise<number> {
  const tape = new Tape(await createEngine("strict"));
  const model = new LanguageModel(tape, vocabulary.size, modelPart(tinyConfig()), 1);
  for (const [name, tensor] of model.parameters) tape.assign(tensor, weights[name]!);
  return (await evaluate(model, valid)).nats;
}

const validations = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === "validation" ? [event] : []));

describe("averages of a run", () => {
  test("are the mean of the weights after the first `start` updates", async () => {
    const { trainer, iterates } = await recorded({ averaging: { name: "polyak", start: 7 }, dropout: "gal" });
    expectNear(fromMap(trainer.averagedWeights()!), meanOf(iterates.slice(7)));
    expect(trainer.progress.averaging.count).toBe(33);
  });

  test("do not change what is trained: the weights of each update are those without them, to the bit", async () => {
    const options = { evaluateEvery: 6, sampleEvery: 9, dropout: "gal" };
    const plain = await recorded(options);
    const averaged = await recorded({ ...options, averaging: "polyak" });
    expect(averaged.iterates).toEqual(plain.iterates);
  });

  test("are what validation sees, says so, and keeps as the best", async () => {
    const { trainer, iterates, events } = await recorded({
      averaging: { name: "polyak", start: 10 },
      evaluateEvery: 8,
    });
    const seen = validations(events);
    expect(seen.map(({ isAveraged }) => isAveraged)).toEqual([false, true, true, true, true]);
    expect(seen[0]!.nats).toBe(await natsUnder(iterates[7]!));
    for (const { step, nats } of seen.slice(1))
      expect(nats).toBeCloseTo(await natsUnder(meanOf(iterates.slice(10, step))), 5);
    const best = trainer.result();
    expect(best.bestStep).toBe(40);
    expect(weightsOf(trainer)).toEqual(fromMap(trainer.averagedWeights()!));
    expect(weightsOf(trainer)).toEqual(fromMap(trainer.bestWeights!));
    expect((await evaluate(trainer.model, valid)).nats).toBe(best.validNats);
    expect(fromMap(trainer.latestWeights!)).toEqual(iterates[39]);
  });

  test("are what samples are written with", async () => {
    const trainer = await tinyTrainer({ averaging: "polyak", sampleEvery: 30, learningRate: 0.05 });
    const written = async (weights: ReadonlyMap<string, Float32Array>): Promise<string> => {
      const tape = new Tape(await createEngine("strict"));
      const model = new LanguageModel(tape, vocabulary.size, modelPart(tinyConfig()), 1);
      for (const [name, tensor] of model.parameters) tape.assign(tensor, weights.get(name)!);
      let text = "";
      for await (const character of sample(model, vocabulary, { length: 200, seed: "5/30" }))
        text += character;
      return text;
    };
    for await (const event of trainer.run()) {
      if (event.type !== "sample") continue;
      expect(event.text).toBe(await written(trainer.averagedWeights()!));
      expect(event.text).not.toBe(await written(copyWeights(trainer.model)));
    }
    expect.assertions(2);
  });

  test("are left in the model, and are the checkpoint's model, where nothing is validated", async () => {
    const { trainer, iterates } = await recorded({ averaging: "polyak" }, false);
    expectNear(weightsOf(trainer), meanOf(iterates));
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "run");
    const tape = new Tape(await createEngine("strict"));
    expect(weightsOf(modelFromCheckpoint(tape, checkpoint, "run"))).toEqual(weightsOf(trainer));
    const latest = checkpoint.tensors.get("train/decoder.bias")!.data;
    expect(Array.from(latest as Float32Array)).toEqual(iterates[39]!["decoder.bias"]);
  });
});

describe("NT-ASGD in a run", () => {
  const options: TrainingOptions = {
    averaging: { name: "ntAsgd", patience: 1 },
    optimizer: "sgd",
    learningRate: 8,
    clip: 1,
    evaluateEvery: 2,
  };

  test("begins where the paper's rule says, with the weights of that validation, and says so once", async () => {
    const { trainer, iterates, events } = await recorded(options);
    const before = validations(events).filter(({ isAveraged }) => !isAveraged);
    const triggers = before.map(({ nats }, t) =>
      nonMonotone(
        before.slice(0, t).map((v) => v.nats),
        nats,
        1,
      ),
    );
    expect(triggers.indexOf(true)).toBe(before.length - 1);
    const { step } = before.at(-1)!;
    expect(step).toBeLessThan(40);
    expect(events.filter(({ type }) => type === "averaging")).toEqual([{ type: "averaging", step }]);
    expect(trainer.progress.averaging).toEqual({ count: 40 - step + 1, losses: [] });
    expectNear(fromMap(trainer.averagedWeights()!), meanOf(iterates.slice(step - 1)));
  });

  test("evaluates better on its averages than on the weights it trains", async () => {
    const { trainer } = await recorded(options);
    const averaged = await natsUnder(fromMap(trainer.averagedWeights()!));
    const latest = await natsUnder(fromMap(trainer.latestWeights!));
    expect(averaged).toBeLessThan(latest);
  });

  test("is refused without a validation text", async () => {
    await expect(tinyTrainer(options)).rejects.toThrow(
      'training.averaging: ntAsgd begins when validation stops getting better, and there is none. Expected a validation text, got none. Give one, or choose averaging { name: "polyak", start: ... }.',
    );
  });
});

describe("a checkpoint", () => {
  test("of an averaged run lacks none of its averages", async () => {
    const { trainer } = await recorded({ averaging: "polyak" });
    const { tensors, meta } = trainerCheckpoint(trainer);
    tensors.delete("average/decoder.bias");
    const resume = async (): Promise<Trainer> =>
      resumeTrainer(
        { tensors, meta },
        { tape: new Tape(await createEngine("strict")), train, valid, where: "run" },
      );
    await expect(resume()).rejects.toThrow(
      'run: tensor "average/decoder.bias" does not fit the model. Expected float32 of shape [6], got no such tensor.',
    );
  });

  test("from before there were averages, penalties and variable windows goes on as it was", async () => {
    const straight = await tinyTrainer({ dropout: "gal" });
    await eventsOf(straight);
    const half = await tinyTrainer({ dropout: "gal", steps: 20 });
    await eventsOf(half);
    const { tensors, meta } = trainerCheckpoint(half);
    const { averaging: _, ...progress } = meta["progress"] as { averaging: unknown };
    const config = { ...(meta["config"] as Record<string, unknown>) };
    const added = ["activationPenalty", "temporalPenalty", "l1", "l2", "labelSmoothing", "averaging"];
    for (const key of [...added, "consistency", "windows"]) delete config[key];
    const old = { tensors, meta: { ...meta, progress, config } } as ReturnType<typeof trainerCheckpoint>;
    const tape = new Tape(await createEngine("strict"));
    const trainer = resumeTrainer(old, { tape, train, changes: { steps: 40 }, where: "run" });
    await eventsOf(trainer);
    expect(weightsOf(trainer)).toEqual(weightsOf(straight));
  });
});
