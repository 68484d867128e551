/**
 * Adam, AdamW and AMSGrad.
 *
 *   adam, amsgrad:  d = g + weightDecay w          adamw:  d = g,  w -= learningRate weightDecay w
 *   m = beta1 m + (1 - beta1) d            v = beta2 v + (1 - beta2) d²
 *   w -= learningRate (m / c1) / (√(v / c2) + epsilon),    c1 = 1 - beta1^t,  c2 = 1 - beta2^t
 *   amsgrad:  u = max(u, v) stands in the root instead of v, so that a weight's step does not grow again
 *
 * Sources: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; Reddi, Kale & Kumar 2018, algorithm 2 ·
 * differs from them in: AdamW's decay is multiplied by the learning rate, and AMSGrad corrects both means by c1 and c2, as
 * in PyTorch.
 */
import type { Tensor } from "../autograd/index.ts";
import type { AdamStep, Ptr } from "../engine/index.ts";
import { knownKeys, nonNegativeNumber, positiveNumber } from "../errors.ts";
import { keptFraction } from "./configChecks.ts";
import { integerPower } from "./integerPower.ts";
import type { Optimizer } from "./optimizer.ts";
import type { AdamConfig } from "./optimizerConfig.ts";
import { slotOf, zeroState } from "./optimizerState.ts";

/**
 * Creates the optimiser that `options.name` asks for. State: two numbers per weight, three for amsgrad.
 *
 * @throws ConfigError for an unknown key or a value out of range
 * @example adam({ name: "adamw", learningRate: 0.002, weightDecay: 0.1 })
 */
export function adam(options: AdamConfig): Optimizer<AdamConfig> {
  const config = completed(options);
  const { name: variant, beta1, beta2, epsilon, weightDecay } = config;
  const roles = variant === "amsgrad" ? ["m", "v", "vMax"] : ["m", "v"];
  return {
    config,
    init: (parameters) => zeroState(parameters, roles),
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
        if (variant === "amsgrad") amsgrad(w, m, v, slotOf(state, "vMax", name, w).ptr, step);
        else w.tape.engine.adam(w.size, w.ptr, w.gradientPtr, m, v, step);
      }
    },
  };
}

/**
 * One AMSGrad update by the kernels that there are: a step of length 0 moves only the means, and a step that keeps both
 * means moves only the weight, by whatever stands for v. u + max(v - u, 0) is max(u, v) but for its rounding.
 */
function amsgrad({ tape, size, ptr, gradientPtr }: Tensor, m: Ptr, v: Ptr, u: Ptr, step: AdamStep): void {
  const { engine } = tape;
  engine.adam(size, ptr, gradientPtr, m, v, { ...step, learningRate: 0 });
  tape.step(() => {
    const above = tape.scratch(size);
    engine.binary("sub", size, v, u, above);
    engine.unary("relu", size, above, above);
    engine.axpy(size, 1, above, u);
  });
  engine.adam(size, ptr, gradientPtr, m, u, { ...step, beta1: 1, beta2: 1 });
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
