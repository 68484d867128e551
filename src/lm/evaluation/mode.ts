/** How predictions are made: one value that names a mode and holds what it needs. */
import { oneOf, positiveNumber } from "../../errors.ts";
import { checkCache, type NeuralCache } from "./cache.ts";
import { checkDynamic, type Dynamic } from "./dynamic.ts";
import { checkMonteCarlo, type MonteCarlo } from "./monteCarlo.ts";

/** The weights as they are: no masks, no adaptation. */
export interface Expectation {
  readonly name: "expectation";
}

/** The weights as they are under a softmax temperature, usually one that `fitTemperature` found on another text. */
export interface Temperature {
  readonly name: "temperature";
  /** τ > 0: logits are divided by it. 1 is the expectation, to the bit. */
  readonly temperature: number;
}

/** How the prediction is made. */
export type EvaluationMode = Expectation | Temperature | MonteCarlo | Dynamic | NeuralCache;

const names = ["expectation", "temperature", "monteCarlo", "dynamic", "cache"] as const;

/** Checks a mode, whatever it is. @throws ConfigError naming the option */
export function checkMode(mode: EvaluationMode): EvaluationMode {
  const { name } = mode;
  oneOf("evaluate", "mode", name, names);
  if (name === "temperature") positiveNumber("evaluate", "temperature", mode.temperature);
  if (name === "monteCarlo") checkMonteCarlo(mode);
  if (name === "dynamic") checkDynamic(mode);
  if (name === "cache") checkCache(mode);
  return mode;
}
