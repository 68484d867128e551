/** Copies of a model's weights, by name. */
import type { Tensor } from "../autograd/index.ts";
import type { LanguageModel } from "./languageModel.ts";

export type Weights = ReadonlyMap<string, Float32Array>;

export function copyWeights({ parameters }: LanguageModel): Weights {
  return copyTensors(parameters);
}

/** Copies of the values of persistent tensors, such as averages. */
export function copyTensors(tensors: ReadonlyMap<string, Tensor>): Weights {
  return new Map(
    Array.from(tensors, ([name, { tape, ptr, size }]) => [
      name,
      Float32Array.from(tape.engine.memory.floats(ptr, size)),
    ]),
  );
}

export function writeWeights({ parameters, tape }: LanguageModel, weights: Weights): void {
  for (const [name, values] of weights) tape.assign(parameters.get(name)!, values);
}

/** Runs `body` with other weights in the model, and gives it its own back, to the bit. Undefined: with its own. */
export async function withWeights<T>(
  model: LanguageModel,
  weights: Weights | undefined,
  body: () => Promise<T>,
): Promise<T> {
  if (!weights) return body();
  const own = copyWeights(model);
  writeWeights(model, weights);
  try {
    return await body();
  } finally {
    writeWeights(model, own);
  }
}
