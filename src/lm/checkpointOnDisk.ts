/** Models and runs on disk. Node only; in a browser use encodeCheckpoint and decodeCheckpoint of io. */
import type { Tape } from "../autograd/index.ts";
import { readCheckpoint, writeCheckpoint } from "../io/index.ts";
import type { Trainer } from "./trainer.ts";
import { modelFromCheckpoint, type TrainedModel, trainerCheckpoint } from "./trainingCheckpoint.ts";

/**
 * Writes everything that a run needs to go on, whole or not at all.
 *
 * @returns the path, as `Trainer.run` wants it of its `save`
 * @throws OutputError when the file cannot be written; an older one is then as it was
 * @example for await (const event of trainer.run({ save: (run) => saveTrainer(run, "novel.safetensors") })) report(event);
 */
export async function saveTrainer(trainer: Trainer, path: string): Promise<string> {
  await writeCheckpoint(path, trainerCheckpoint(trainer));
  return path;
}

/**
 * Reads a trained model.
 *
 * @throws CheckpointError when the file is missing, damaged, of a newer version, or no language model's
 * @example const { model, vocabulary } = await loadModel(tape, "novel.safetensors");
 */
export async function loadModel(tape: Tape, path: string): Promise<TrainedModel> {
  return modelFromCheckpoint(tape, await readCheckpoint(path), path);
}
