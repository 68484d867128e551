/** Copies of a model's weights, by name. */
import type { LanguageModel } from "./languageModel.ts";

export type Weights = ReadonlyMap<string, Float32Array>;

export function copyWeights({ parameters, tape }: LanguageModel): Weights {
  const { memory } = tape.engine;
  return new Map(
    Array.from(parameters, ([name, { ptr, size }]) => [name, Float32Array.from(memory.floats(ptr, size))]),
  );
}

export function writeWeights({ parameters, tape }: LanguageModel, weights: Weights): void {
  for (const [name, values] of weights) tape.assign(parameters.get(name)!, values);
}
