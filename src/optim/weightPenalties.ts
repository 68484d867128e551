/**
 * L1 and L2 penalties on the weights, as their gradients: added before clipping, so that what is clipped is the gradient
 * of the whole objective.
 *
 *   objective = L + l1 Σ |w| + l2/2 Σ w²        g += l1 sign(w) + l2 w,  sign(0) = 0
 *
 * An optimiser's weightDecay adds the same l2 w, but after clipping; adamw's takes it off the weight and past the moments
 * (Loshchilov & Hutter 2019).
 */
import { nonNegativeNumber } from "../errors.ts";
import type { Parameters } from "./parameters.ts";

/** How strongly weights are pulled toward zero; 0 is off. */
export interface WeightPenalties {
  readonly l1: number;
  readonly l2: number;
}

/**
 * Adds the penalties' gradients to those of all parameters, biases too. The penalties themselves are no part of a loss that
 * is reported.
 *
 * @throws ConfigError when l1 or l2 is not a finite number of at least 0
 * @example tape.backward(loss); addPenaltyGradients(parameters, { l1: 0, l2: 1e-6 });
 */
export function addPenaltyGradients(parameters: Parameters, { l1, l2 }: WeightPenalties): void {
  nonNegativeNumber("addPenaltyGradients", "l1", l1);
  nonNegativeNumber("addPenaltyGradients", "l2", l2);
  for (const { tape, size, ptr, gradientPtr } of parameters.values()) {
    if (!gradientPtr) continue;
    const { engine } = tape;
    if (l2 > 0) engine.axpy(size, l2, ptr, gradientPtr);
    if (l1 === 0) continue;
    tape.step(() => {
      const pull = tape.scratch(size);
      engine.fill(size, pull, l1);
      engine.unaryBackward("abs", size, ptr, ptr, pull, gradientPtr); // += sign(w) l1
    });
  }
}
