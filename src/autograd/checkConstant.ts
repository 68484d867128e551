/** The check that a mask is a constant: no op computes a gradient for one, and a silent zero would mislead. */
import { ConfigError } from "../errors.ts";
import type { Tensor } from "./tensor.ts";

/** Throws a ConfigError when `tensor` requires a gradient. */
export function checkConstant(where: string, name: string, tensor: Tensor): void {
  if (!tensor.requiresGrad) return;
  throw new ConfigError(`${name} requires a gradient, and none is computed for it here`, {
    where,
    expected: "a constant: tape.tensor, tape.constant, or a result under noGrad",
    mend: "To train a mask, multiply with mul instead",
  });
}
