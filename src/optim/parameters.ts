/** What an optimiser works on. */
import type { Tensor } from "../autograd/index.ts";

/**
 * Trainable tensors by name, for example `weight_ih_l0`. The order of the map is the order of the gradient norm's sum,
 * so the same model must always list its parameters in the same order.
 */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Sets every gradient to zero; called once per update, since gradients accumulate. */
export function clearGradients(parameters: Parameters): void {
  for (const { size, gradientPtr, tape } of parameters.values()) {
    if (gradientPtr) tape.engine.fill(size, gradientPtr, 0);
  }
}
