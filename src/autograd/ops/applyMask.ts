/** A dropout mask on a sequence. */
import { checkAxes } from "../checkAxes.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Multiplies every step of a sequence by a mask, which may be one for all steps.
 *
 *   y_t = x_t ⊙ m_t  or  x_t ⊙ m        dx_t += dy_t ⊙ m_t        dm += Σ_t dy_t ⊙ x_t over the steps that share it
 *
 * @param x - [T, B, D]
 * @param mask - [1, B, D] or [T, B, D], already scaled by 1/(1-p); it may require a gradient
 * @returns [T, B, D]
 * @throws ShapeError when the mask does not fit
 */
export function applyMask(x: Tensor, mask: Tensor): Tensor {
  const { tape } = x;
  const { engine } = tape;
  checkAxes("applyMask", "x is not a sequence", x.shape, [["T"], ["B"], ["D"]]);
  const [T, B, D] = x.shape as readonly [number, number, number];
  checkAxes("applyMask", "mask does not fit x", mask.shape, [
    ["T", [1, T]],
    ["B", B],
    ["D", D],
  ]);
  const steps = mask.shape[0]!;
  const y = tape.output(x.shape, [x, mask]);
  engine.maskMul(T, B * D, x.ptr, mask.ptr, steps, y.ptr, false);
  tape.record([y], () => {
    if (x.requiresGrad) engine.maskMul(T, B * D, y.gradientPtr, mask.ptr, steps, x.gradient(), true);
    if (mask.requiresGrad) addMaskGradient(x, mask, y);
  });
  return y;
}

function addMaskGradient(x: Tensor, mask: Tensor, y: Tensor): void {
  const row = mask.size / mask.shape[0]!;
  const dMask = mask.gradient();
  for (let k = 0; k < x.size; k += row)
    x.tape.engine.mulAdd(row, x.ptr + k, y.gradientPtr + k, dMask + (k % mask.size));
}
