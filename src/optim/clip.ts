/**
 * Clipping by the global norm: when the gradient of all parameters together is longer than `maxNorm`, it is shortened to
 * that length and keeps its direction. It is what keeps recurrent training from blowing up.
 *
 *   norm = √ Σ g²        g *= maxNorm / (norm + 1e-6)   when that factor is below 1
 *
 * Source: Pascanu, Mikolov & Bengio 2013, algorithm 1; the 1e-6 is that of PyTorch's clip_grad_norm_.
 */
import { positiveNumber } from "../errors.ts";
import type { Parameters } from "./parameters.ts";

/** PyTorch's guard, kept so that both give the same weights. */
const GUARD = 1e-6;

/** The length of the gradient of all parameters together; one that no gradient has reached counts as zero. */
export function globalNorm(parameters: Parameters): number {
  let total = 0;
  for (const { size, gradientPtr, tape } of parameters.values()) {
    if (gradientPtr) total += tape.engine.sumOfSquares(size, gradientPtr);
  }
  return Math.sqrt(total);
}

/**
 * Shortens the gradients in place when their global norm is above `maxNorm`.
 *
 * A norm that is not finite leaves the gradients alone: scaling would turn one bad number into many, and the caller
 * stops or skips the update on seeing the result.
 *
 * @param maxNorm - a finite number above 0
 * @returns the norm before clipping
 * @throws ConfigError when maxNorm is not a finite number above 0
 * @example const norm = clipByGlobalNorm(parameters, 5); if (!Number.isFinite(norm)) stop();
 */
export function clipByGlobalNorm(parameters: Parameters, maxNorm: number): number {
  positiveNumber("clipByGlobalNorm", "maxNorm", maxNorm);
  const norm = globalNorm(parameters);
  const factor = maxNorm / (norm + GUARD);
  if (!Number.isFinite(norm) || factor >= 1) return norm;
  for (const { size, gradientPtr, tape } of parameters.values()) {
    if (gradientPtr) tape.engine.scale(size, factor, gradientPtr, gradientPtr);
  }
  return norm;
}
