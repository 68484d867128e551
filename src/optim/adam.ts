/**
 * Adam and AdamW.
 *
 *   adam:   d = g + weightDecay w          adamw:  d = g,  w -= learningRate weightDecay w
 *   m = beta1 m + (1 - beta1) d            v = beta2 v + (1 - beta2) d²
 *   w -= learningRate (m / c1) / (√(v / c2) + epsilon),    c1 = 1 - beta1^t,  c2 = 1 - beta2^t
 *
 * Sources: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2 · differs from them in: AdamW's decay is
 * multiplied by the learning rate, as in PyTorch.
 */
import { knownKeys, nonNegativeNumber, positiveNumber } from "../errors.ts";
import { keptFraction } from "./configChecks.ts";
import { integerPower } from "./integerPower.ts";
import type { Optimizer } from "./optimizer.ts";
import type { AdamConfig } from "./optimizerConfig.ts";
import { slotOf, zeroState } from "./optimizerState.ts";

/**
 * Creates the optimiser that `options.name` asks for. State: two numbers per weight.
 *
 * @throws ConfigError for an unknown key or a value out of range
 * @example adam({ name: "adamw", learningRate: 0.002, weightDecay: 0.1 })
 */
export function adam(options: AdamConfig): Optimizer<AdamConfig> {
  const config = completed(options);
  const { name: variant, beta1, beta2, epsilon, weightDecay } = config;
  return {
    config,
    init: (parameters) => zeroState(parameters, ["m", "v"]),
    update(parameters, state, learningRate = config.learningRate) {
      state.updates++;
      const step = {
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        decoupled: variant === "adamw",
        // By products and not by Math.pow, whose last bit depends on the JavaScript engine.
        correction1: 1 - integerPower(beta1, state.updates),
        correction2: 1 - integerPower(beta2, state.updates),
      };
      for (const [name, w] of parameters) {
        if (!w.gradientPtr) continue;
        const m = slotOf(state, "m", name, w).ptr;
        const v = slotOf(state, "v", name, w).ptr;
        w.tape.engine.adam(w.size, w.ptr, w.gradientPtr, m, v, step);
      }
    },
  };
}

function completed(options: AdamConfig): Required<AdamConfig> {
  const where = `optimizer ${options.name}`;
  knownKeys(where, options, ["name", "learningRate", "beta1", "beta2", "epsilon", "weightDecay"]);
  const { name, learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamConfig = options;
  const { weightDecay = name === "adamw" ? 0.01 : 0 }: AdamConfig = options;
  return {
    name,
    learningRate: positiveNumber(where, "learningRate", learningRate),
    beta1: keptFraction(where, "beta1", beta1),
    beta2: keptFraction(where, "beta2", beta2),
    epsilon: positiveNumber(where, "epsilon", epsilon),
    weightDecay: nonNegativeNumber(where, "weightDecay", weightDecay),
  };
}
