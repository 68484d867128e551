/**
 * Stochastic gradient descent.
 *
 *   d = g + weightDecay w
 *   v = momentum v + d                 without momentum: v = d, and nothing is stored
 *   w -= learningRate v                nesterov: w -= learningRate (d + momentum v)
 *
 * Sources: Polyak 1964; Nesterov momentum in the form of Sutskever et al. 2013 §2 · differs from it in: the learning
 * rate stands outside the velocity, as in PyTorch, so a change of rate acts at once.
 */
import { ConfigError, knownKeys, nonNegativeNumber, positiveNumber } from "../errors.ts";
import { flag, keptFraction } from "./configChecks.ts";
import type { Optimizer } from "./optimizer.ts";
import type { SgdConfig } from "./optimizerConfig.ts";
import { slotOf, zeroState } from "./optimizerState.ts";

const WHERE = "optimizer sgd";

/**
 * Creates the optimiser. State: one number per weight with momentum, none without.
 *
 * @throws ConfigError for an unknown key, a value out of range, or nesterov without momentum
 * @example sgd({ name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true })
 */
export function sgd(options: SgdConfig): Optimizer<SgdConfig> {
  const config = completed(options);
  const { momentum, nesterov, weightDecay } = config;
  const roles = momentum > 0 ? ["momentum"] : [];
  return {
    config,
    init: (parameters) => zeroState(parameters, roles),
    update(parameters, state, learningRate = config.learningRate) {
      for (const [name, w] of parameters) {
        if (!w.gradientPtr) continue;
        const v = momentum > 0 ? slotOf(state, "momentum", name, w).ptr : 0;
        w.tape.engine.sgd(w.size, w.ptr, w.gradientPtr, v, learningRate, momentum, weightDecay, nesterov);
      }
      state.updates++;
    },
  };
}

function completed(options: SgdConfig): Required<SgdConfig> {
  knownKeys(WHERE, options, ["name", "learningRate", "momentum", "nesterov", "weightDecay"]);
  const { learningRate = 0.001, momentum = 0, nesterov = false, weightDecay = 0 }: SgdConfig = options;
  if (nesterov && momentum === 0) {
    throw new ConfigError("nesterov looks ahead along the momentum, and there is none", {
      where: WHERE,
      expected: "momentum above 0",
      got: "0",
      mend: "For example { momentum: 0.9, nesterov: true }",
    });
  }
  return {
    name: "sgd",
    learningRate: positiveNumber(WHERE, "learningRate", learningRate),
    momentum: keptFraction(WHERE, "momentum", momentum),
    nesterov: flag(WHERE, "nesterov", nesterov),
    weightDecay: nonNegativeNumber(WHERE, "weightDecay", weightDecay),
  };
}
