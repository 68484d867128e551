/** A trained model from a checkpoint, on an engine, for the commands that only use one. */
import { Tape } from "../../autograd/index.ts";
import { createEngine, type EngineName } from "../../engine/index.ts";
import { loadModel, type TrainedModel } from "../../lm/index.ts";

/** @throws CheckpointError when the file is missing, damaged or no model; EngineError when the engine cannot run here */
export async function openModel(path: string, engine: EngineName = "auto"): Promise<TrainedModel> {
  return loadModel(new Tape(await createEngine(engine)), path);
}
