/**
 * A soft dropout mask whose rate is differentiated: Gal, Hron & Kendall 2017, "Concrete dropout".
 *
 *   p = σ(λ)        d = σ((λ + n)/τ)        m = (1 - d)/(1 - p)
 *   dλ += Σ dm ⊙ m (p - d/τ) = (p - 1/τ) Σ dm m + (1 - p)/τ Σ dm m²          since d = 1 - (1 - p) m
 *
 * Stored for backward: the mask itself. The sums are accumulated in float64.
 */
import { ShapeError } from "../../errors.ts";
import { checkConstant } from "../checkConstant.ts";
import { showShape, type Tensor } from "../tensor.ts";
import { backwardStep } from "./recurrent/backwardStep.ts";

/**
 * The mask for given noise.
 *
 * @param noise - n, logistic numbers ln u/(1 - u) of any shape; a constant
 * @param logit - λ = ln p/(1 - p), one element
 * @param temperature - τ > 0; near 0 the mask is bernoulli's, with d 0 or 1
 * @returns m, of the noise's shape
 * @throws ShapeError when `logit` is not one number, ConfigError when the noise requires a gradient
 */
export function concreteMask(noise: Tensor, logit: Tensor, temperature: number): Tensor {
  const { tape, size: n } = noise;
  const { engine } = tape;
  checkConstant("concreteMask", "noise", noise);
  if (logit.size !== 1) {
    throw new ShapeError("logit is not one number", {
      where: "concreteMask",
      expected: "a tensor with one element",
      got: `shape ${showShape(logit.shape)}`,
    });
  }
  const mask = tape.output(noise.shape, [noise, logit]);
  const odds = tape.scratch(1);
  engine.unary("exp", 1, logit.ptr, odds);
  const reading = 1 + engine.memory.f[odds]!; // 1/(1 - p)
  engine.fill(n, mask.ptr, -engine.memory.f[logit.ptr]! / temperature);
  engine.axpy(n, -1 / temperature, noise.ptr, mask.ptr);
  engine.unary("sigmoid", n, mask.ptr, mask.ptr); // 1 - d
  engine.scale(n, reading, mask.ptr, mask.ptr);
  tape.record([mask], () => backwardStep(tape, [logit], () => backward(mask, logit, reading, temperature)));
  return mask;
}

function backward(mask: Tensor, logit: Tensor, reading: number, temperature: number): void {
  const { tape, size: n } = mask;
  const { engine } = tape;
  const product = tape.scratch(n);
  engine.binary("mul", n, mask.gradientPtr, mask.ptr, product);
  const first = engine.sum(n, product); // Σ dm m
  engine.binary("mul", n, product, mask.ptr, product);
  const second = engine.sum(n, product); // Σ dm m²
  const slope = (1 - 1 / reading - 1 / temperature) * first + second / (temperature * reading);
  const total = tape.scratch(1);
  engine.fill(1, total, slope);
  engine.axpy(1, 1, total, logit.gradient());
}
