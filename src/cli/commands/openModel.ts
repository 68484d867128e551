/** A trained model from a checkpoint, on an engine, for the commands that only use one. */
import { Tape } from "../../autograd/index.ts";
import { loadModel, type TrainedModel } from "../../lm/index.ts";
import { type EngineFlags, openEngine } from "../engine/openEngine.ts";
import type { Console } from "../terminal/console.ts";

/** @throws CheckpointError when the file is missing, damaged or no model; EngineError when the engine cannot run here */
export async function openModel(path: string, flags: EngineFlags, console: Console): Promise<TrainedModel> {
  return loadModel(new Tape(await openEngine(flags, console)), path);
}
