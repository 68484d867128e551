/** Choosing an optimiser by its configuration. */
import { ConfigError, describe, oneOf } from "../errors.ts";
import { adam } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import type { OptimizerConfig } from "./optimizerConfig.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

/**
 * Creates the optimiser that a plain configuration names. What is left out takes PyTorch's default.
 *
 * @throws ConfigError for an unknown name, a key that this optimiser does not have, or a value out of range
 * @example createOptimizer({ name: "adam", learningRate: 0.002 }).config.beta1 // 0.9
 */
export function createOptimizer(config: OptimizerConfig): Optimizer {
  if (config === null || typeof config !== "object") {
    throw new ConfigError("not a configuration", {
      where: "createOptimizer",
      expected: "an object",
      got: describe(config),
      mend: 'For example { name: "adam", learningRate: 0.002 }',
    });
  }
  oneOf("createOptimizer", "name", config.name, ["sgd", "rmsprop", "adam", "adamw", "amsgrad"]);
  if (config.name === "sgd") return sgd(config);
  if (config.name === "rmsprop") return rmsprop(config);
  return adam(config);
}
