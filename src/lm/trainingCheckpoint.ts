/**
 * A training run as one checkpoint, and back.
 *
 *   model/<name>      the weights to use: those of the best evaluation; without one the averages, or else the latest
 *   train/<name>      the latest weights, where they are not the same
 *   average/<name>    averages of the weights, once averaging has begun
 *   optimizer/<slot>  moments and velocities
 *   state/<name>      the carried hidden state
 *   meta              configuration, vocabulary, progress, fingerprint of the training text
 */
import type { Tape, Tensor } from "../autograd/index.ts";
import { CheckpointError, ConfigError, describe } from "../errors.ts";
import { type Checkpoint, crc32, type JsonObject, type TensorData } from "../io/index.ts";
import type { RecurrentDropout } from "../nn/index.ts";
import { unaveraged } from "../optim/index.ts";
import { Vocabulary } from "../text/index.ts";
import { stateTensors } from "./carriedState.ts";
import { adjustedDropout, unadjusted } from "./dropoutAdjustment.ts";
import { LanguageModel } from "./languageModel.ts";
import { modelPart } from "./modelConfig.ts";
import type { Progress } from "./progress.ts";
import { Trainer } from "./trainer.ts";
import { type TrainingConfig, trainingConfig } from "./trainingConfig.ts";

/** Keys that may be changed when a run is resumed: they say how long it goes on and what it reports. */
const resumable: readonly (keyof TrainingConfig)[] = [
  "steps",
  "epochs",
  "seconds",
  "evaluateEvery",
  "patience",
  "sampleEvery",
  "checkpointEvery",
];

/** Everything that is needed to go on with `trainer`, to the bit. */
export function trainerCheckpoint(trainer: Trainer): Checkpoint {
  const { model, optimizerState, carried, bestWeights, latestWeights, progress, config, vocabulary } =
    trainer;
  const tensors = new Map<string, TensorData>();
  const averaged = trainer.averagedWeights();
  const isBest = progress.bestStep === progress.step && !averaged; // then the best weights are the latest
  for (const [name, tensor] of model.parameters) {
    const kept = latestWeights?.get(name); // when the run has ended, the model itself holds the best weights
    const latest = kept ? { shape: tensor.shape, data: kept } : read(tensor);
    const best = isBest ? undefined : (bestWeights ?? averaged)?.get(name);
    tensors.set(`model/${name}`, best ? { shape: tensor.shape, data: best } : latest);
    if (best) tensors.set(`train/${name}`, latest);
    const average = averaged?.get(name);
    if (average) tensors.set(`average/${name}`, { shape: tensor.shape, data: average });
  }
  for (const [name, tensor] of optimizerState.slots) tensors.set(`optimizer/${name}`, read(tensor));
  for (const [name, tensor] of stateTensors(carried)) tensors.set(`state/${name}`, read(tensor));
  const meta = {
    kind: "language model",
    engine: model.tape.engine.name,
    threads: model.tape.engine.threads,
    blas: model.tape.engine.blas ?? null,
    config,
    vocabulary: vocabulary.toJSON(),
    progress: { ...progress }, // the trainer goes on counting in its own
    optimizerUpdates: optimizerState.updates,
    trainingText: fingerprint(trainer.train),
  };
  return { tensors, meta: meta as unknown as JsonObject };
}

/** A model for evaluation and sampling, with the configuration that it was trained with. */
export interface TrainedModel {
  readonly model: LanguageModel;
  readonly vocabulary: Vocabulary;
  readonly config: TrainingConfig;
  /** that of the configuration; where rates were adjusted, at those under which its weights were the best */
  readonly dropout: RecurrentDropout;
  readonly progress: Progress;
  /** the engine it was trained on */
  readonly engine: string;
}

/**
 * The model in a checkpoint.
 * @param where - the file, for error messages
 * @throws CheckpointError when the checkpoint is not a language model's or its tensors do not fit its configuration
 * @example const { model, vocabulary } = modelFromCheckpoint(tape, await readCheckpoint("shakespeare.safetensors"), "shakespeare.safetensors");
 */
export function modelFromCheckpoint(tape: Tape, checkpoint: Checkpoint, where: string): TrainedModel {
  const { config, vocabulary, progress, engine } = checkpointMeta(checkpoint, where);
  const model = new LanguageModel(tape, vocabulary.size, modelPart(config), config.seed);
  for (const [name, tensor] of model.parameters) write(tape, tensor, checkpoint, `model/${name}`, where);
  const { bestFactor, factor } = progress.adjustment;
  const dropout = adjustedDropout(config, bestFactor ?? factor);
  return { model, vocabulary, config, dropout, progress, engine };
}

/**
 * A trainer that goes on where the checkpoint was made.
 *
 * @param options.changes - new limits and reporting intervals; anything else must be as it was
 * @throws CheckpointError when the training text is another one, or the file does not fit
 * @throws ConfigError when `changes` would change what is trained
 */
export function resumeTrainer(
  checkpoint: Checkpoint,
  {
    tape,
    train,
    valid,
    changes = {},
    where,
  }: {
    tape: Tape;
    train: Int32Array;
    valid?: Int32Array | undefined;
    changes?: Partial<TrainingConfig>;
    where: string;
  },
): Trainer {
  const { config, vocabulary, progress, optimizerUpdates, trainingText } = checkpointMeta(checkpoint, where);
  for (const [key, value] of Object.entries(changes)) {
    const old = config[key as keyof TrainingConfig];
    if (resumable.includes(key as keyof TrainingConfig) || JSON.stringify(value) === JSON.stringify(old))
      continue;
    throw new ConfigError(`${key} cannot change when a run is resumed`, {
      where: "resume",
      expected: describe(old),
      got: describe(value),
      mend: `Only ${resumable.join(", ")} can; start a new run for the rest`,
    });
  }
  if (fingerprint(train) !== trainingText) {
    throw new CheckpointError("the training text is not the one this run was trained on", {
      where,
      expected: trainingText,
      got: fingerprint(train),
      mend: "Resume with the same corpus and split",
    });
  }
  const trainer = new Trainer({
    tape,
    config: trainingConfig({ ...config, ...changes }),
    vocabulary,
    train,
    valid,
  });
  const { parameters } = trainer.model;
  for (const [name, tensor] of parameters)
    write(
      tape,
      tensor,
      checkpoint,
      checkpoint.tensors.has(`train/${name}`) ? `train/${name}` : `model/${name}`,
      where,
    );
  for (const [name, tensor] of trainer.optimizerState.slots)
    write(tape, tensor, checkpoint, `optimizer/${name}`, where);
  for (const [name, tensor] of stateTensors(trainer.carried))
    write(tape, tensor, checkpoint, `state/${name}`, where);
  if (progress.averaging.count > 0) {
    for (const [name, tensor] of trainer.averages) write(tape, tensor, checkpoint, `average/${name}`, where);
  }
  trainer.optimizerState.updates = optimizerUpdates;
  trainer.progress = progress;
  if (progress.bestStep !== null) {
    trainer.bestWeights = new Map(
      Array.from(parameters, ([name, tensor]) => [
        name,
        Float32Array.from(fitting(tensor, checkpoint, `model/${name}`, where)),
      ]),
    );
  }
  return trainer;
}

/** Everything in a checkpoint of a training run but its tensors. */
export interface CheckpointMeta {
  readonly config: TrainingConfig;
  readonly vocabulary: Vocabulary;
  readonly progress: Progress;
  readonly engine: string;
  /** how many threads it was trained on */
  readonly threads: number;
  /** the BLAS that made its large products; null when none did */
  readonly blas: string | null;
  readonly optimizerUpdates: number;
  readonly trainingText: string;
}

/**
 * Reads what a checkpoint says about itself, without building its model.
 * @throws CheckpointError when it is not a language model's, or its configuration or vocabulary cannot be read
 */
export function checkpointMeta({ meta }: Checkpoint, where: string): CheckpointMeta {
  if (meta["kind"] !== "language model") {
    throw new CheckpointError("this checkpoint is not a language model", {
      where,
      expected: 'kind "language model"',
      got: describe(meta["kind"]),
    });
  }
  try {
    return {
      config: trainingConfig(meta["config"] as object, `${where}: config`),
      vocabulary: Vocabulary.fromJSON(meta["vocabulary"], where),
      // of its own, so that a checkpoint can be resumed twice; one from before averages or adjustments existed has none
      progress: {
        ...{ averaging: unaveraged, adjustment: unadjusted },
        ...(meta["progress"] as unknown as Omit<Progress, "averaging" | "adjustment">),
      },
      engine: String(meta["engine"]),
      threads: Number(meta["threads"] ?? 1), // one from before there were threads does not say
      blas: meta["blas"] == null ? null : String(meta["blas"]),
      optimizerUpdates: Number(meta["optimizerUpdates"]),
      trainingText: String(meta["trainingText"]),
    };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new CheckpointError("its configuration cannot be read", {
      where,
      got: cause.message,
      mend: "It may be of another version of tidegate",
      cause,
    });
  }
}

function read(tensor: Tensor): TensorData {
  return {
    shape: tensor.shape,
    data: Float32Array.from(tensor.tape.engine.memory.floats(tensor.ptr, tensor.size)),
  };
}

function write(tape: Tape, tensor: Tensor, checkpoint: Checkpoint, name: string, where: string): void {
  tape.assign(tensor, fitting(tensor, checkpoint, name, where));
}

/** The stored values of a tensor, when they have its shape. */
function fitting(tensor: Tensor, { tensors }: Checkpoint, name: string, where: string): Float32Array {
  const stored = tensors.get(name);
  if (!stored || stored.shape.join() !== tensor.shape.join() || !(stored.data instanceof Float32Array)) {
    throw new CheckpointError(`tensor "${name}" does not fit the model`, {
      where,
      expected: `float32 of shape [${tensor.shape.join(", ")}]`,
      got: stored ? `shape [${stored.shape.join(", ")}]` : "no such tensor",
    });
  }
  return stored.data;
}

/** Length and CRC-32 of a text's symbol numbers. */
function fingerprint(ids: Int32Array): string {
  return `${ids.length} symbols, crc32 ${crc32(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .toString(16)
    .padStart(8, "0")}`;
}
