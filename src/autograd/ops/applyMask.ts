/** A dropout mask on a sequence. */
import { checkAxes } from "../checkAxes.ts";
import { checkConstant } from "../checkConstant.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Multiplies every step of a sequence by a mask, which may be one for all steps.
 *
 *   y_t = x_t ⊙ m_t  or  x_t ⊙ m        dx_t += dy_t ⊙ m_t
 *
 * @param x - [T, B, D]
 * @param mask - [1, B, D] or [T, B, D], already scaled by 1/(1-p); a constant
 * @returns [T, B, D]
 * @throws ShapeError when the mask does not fit
 * @throws ConfigError when the mask requires a gradient: `mul` gives it one
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
  checkConstant("applyMask", "mask", mask);
  const steps = mask.shape[0]!;
  const y = tape.output(x.shape, [x]);
  engine.maskMul(T, B * D, x.ptr, mask.ptr, steps, y.ptr, false);
  tape.record([y], () => engine.maskMul(T, B * D, y.gradientPtr, mask.ptr, steps, x.gradient(), true));
  return y;
}
