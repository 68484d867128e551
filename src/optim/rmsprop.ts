/**
 * RMSprop: each weight's step is divided by the root of a running mean of its squared gradient.
 *
 *   d = g + weightDecay w
 *   v = alpha v + (1 - alpha) d²
 *   w -= learningRate d / (√v + epsilon)
 *
 * Source: Tieleman & Hinton 2012, lecture 6.5 · differs from it in: epsilon, added outside the root as in PyTorch.
 * char-rnn trains with alpha 0.95 and learningRate 0.002.
 */
import { knownKeys, nonNegativeNumber, positiveNumber } from "../errors.ts";
import { keptFraction } from "./configChecks.ts";
import type { Optimizer } from "./optimizer.ts";
import type { RmspropConfig } from "./optimizerConfig.ts";
import { slotOf, zeroState } from "./optimizerState.ts";

const WHERE = "optimizer rmsprop";

/**
 * Creates the optimiser. State: one number per weight.
 *
 * @throws ConfigError for an unknown key or a value out of range
 * @example rmsprop({ name: "rmsprop", learningRate: 0.002, alpha: 0.95 })
 */
export function rmsprop(options: RmspropConfig): Optimizer<RmspropConfig> {
  const config = completed(options);
  const { alpha, epsilon, weightDecay } = config;
  return {
    config,
    init: (parameters) => zeroState(parameters, ["square"]),
    update(parameters, state, learningRate = config.learningRate) {
      for (const [name, w] of parameters) {
        if (!w.gradientPtr) continue;
        const v = slotOf(state, "square", name, w).ptr;
        w.tape.engine.rmsprop(w.size, w.ptr, w.gradientPtr, v, learningRate, alpha, epsilon, weightDecay);
      }
      state.updates++;
    },
  };
}

function completed(options: RmspropConfig): Required<RmspropConfig> {
  knownKeys(WHERE, options, ["name", "learningRate", "alpha", "epsilon", "weightDecay"]);
  const { learningRate = 0.01, alpha = 0.99, epsilon = 1e-8, weightDecay = 0 }: RmspropConfig = options;
  return {
    name: "rmsprop",
    learningRate: positiveNumber(WHERE, "learningRate", learningRate),
    alpha: keptFraction(WHERE, "alpha", alpha),
    epsilon: positiveNumber(WHERE, "epsilon", epsilon),
    weightDecay: nonNegativeNumber(WHERE, "weightDecay", weightDecay),
  };
}
