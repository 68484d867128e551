/** Every weight's gradient against central differences in float64. */
import { expect } from "vitest";
import type { Tensor } from "../../src/autograd/index.ts";
import type { LanguageModel } from "../../src/lm/index.ts";
import { gradientOf, valuesOf } from "../gradients/numbers.ts";

const DELTA = 1e-5;
/** What the rounding of the loss, divided by DELTA, leaves. */
export const TOLERANCE = 1e-7;

/**
 * Largest error of any gradient, relative to the largest gradient of its tensor; expects each below `tolerance`.
 * @param lossOf - computes the loss in an open step, under masks that are held fixed
 */
export function worstGradientError(
  { tape, parameters }: LanguageModel,
  lossOf: () => Tensor,
  tolerance: number = TOLERANCE,
): number {
  tape.step(() => tape.backward(lossOf()));
  let worst = 0;
  for (const [name, parameter] of parameters) {
    const analytic = gradientOf(parameter);
    const largest = Math.max(...analytic.map(Math.abs));
    expect(largest, `${name} has a gradient`).toBeGreaterThan(0);
    const scale = Math.max(1e-3, largest); // rounding of the loss alone makes differences of 1e-16 / DELTA = 1e-11
    const original = valuesOf(parameter);
    const lossAt = (k: number, w: number): number => {
      tape.engine.memory.f[parameter.ptr + k] = w;
      return tape.noGrad(() => tape.step(() => valuesOf(lossOf())[0]!));
    };
    for (const [k, w] of original.entries()) {
      const numeric = (lossAt(k, w + DELTA) - lossAt(k, w - DELTA)) / (2 * DELTA);
      tape.engine.memory.f[parameter.ptr + k] = w;
      const error = Math.abs(numeric - analytic[k]!) / scale;
      worst = Math.max(worst, error);
      expect(error, `${name}[${k}]: tape ${analytic[k]}, central difference ${numeric}`).toBeLessThan(
        tolerance,
      );
    }
  }
  return worst;
}
