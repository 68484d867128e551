/** A training run that takes milliseconds: its text, its configuration, and reading what it came to. */
import { Tape } from "../../src/autograd/index.ts";
import { createEngine, type Engine } from "../../src/engine/index.ts";
import {
  type TrainEvent,
  Trainer,
  type TrainingConfig,
  type TrainingOptions,
  trainingConfig,
} from "../../src/lm/index.ts";
import { markovSource, Vocabulary } from "../../src/text/index.ts";

const source = markovSource({ symbols: 6, order: 1, seed: "tiny" });

/** 1,500 symbols of a Markov chain: with 5 rows and windows of 12, 25 updates per epoch, the last window one step short. */
const text: string = source.generate(1500, "train");
const validText: string = source.generate(300, "valid");
export const vocabulary: Vocabulary = Vocabulary.fromText(text);
export const train: Int32Array = vocabulary.encode(text);
export const valid: Int32Array = vocabulary.encode(validText);

/** Odd sizes, so that every kernel meets its tail. */
export function tinyConfig(options: TrainingOptions = {}): TrainingConfig {
  return trainingConfig({
    hiddenSize: 9,
    layers: 2,
    embeddingSize: 7,
    batchSize: 5,
    sequenceLength: 12,
    steps: 40,
    learningRate: 0.01,
    seed: 5,
    ...options,
  });
}

/** A trainer on an engine of its own, so that nothing can pass from one to another but through a checkpoint. */
export async function tinyTrainer(
  options: TrainingOptions = {},
  {
    withValid = false,
    engine,
    train: from = train,
  }: { withValid?: boolean; engine?: Engine; train?: Int32Array } = {},
): Promise<Trainer> {
  const tape = new Tape(engine ?? (await createEngine("strict")));
  return new Trainer({
    tape,
    config: tinyConfig(options),
    vocabulary,
    train: from,
    valid: withValid ? valid : undefined,
  });
}

/** Runs to the end and returns every event. */
export async function eventsOf(
  trainer: Trainer,
  options: Parameters<Trainer["run"]>[0] = {},
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainer.run(options)) events.push(event);
  return events;
}

/** Copies of all weights, by name. */
export function weightsOf({ model }: Pick<Trainer, "model">): Record<string, number[]> {
  const { memory } = model.tape.engine;
  return Object.fromEntries(
    Array.from(model.parameters, ([name, { ptr, size }]) => [name, Array.from(memory.floats(ptr, size))]),
  );
}
