/** The affine map of the last axis. */

import { ShapeError } from "../../errors.ts";
import { checkAxes } from "../checkAxes.ts";
import { showShape, type Tensor } from "../tensor.ts";
import { addColumnSums } from "./columnSum.ts";

/**
 * An affine map of the last axis, with the bias laid out first and the product added to it.
 *
 *   y = x Wᵀ + b        dx += dy W        dW += dyᵀ x        db += Σ dy over the rows
 *
 * @param x - [..., D]
 * @param weight - [N, D], as PyTorch
 * @param bias - [N]
 * @returns [..., N]
 * @throws ShapeError when D or N do not fit
 * @example const logits = linear(hidden, weight, bias); // [T, B, H] -> [T, B, V]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const { tape } = x;
  const { engine } = tape;
  checkAxes("linear", "weight is not a matrix", weight.shape, [["N"], ["D"]]);
  const [N, D] = weight.shape as readonly [number, number];
  if (x.shape.at(-1) !== D) {
    throw new ShapeError("x does not fit weight", {
      where: "linear",
      expected: `[..., D=${D}]`,
      got: showShape(x.shape),
    });
  }
  if (bias) checkAxes("linear", "bias does not fit weight", bias.shape, [["N", N]]);
  const M = x.size / D;
  const y = tape.output([...x.shape.slice(0, -1), N], [x, weight, bias]);
  if (bias) engine.stridedCopy([1, 1, M, N], bias.ptr, [0, 0, 0, 1], y.ptr, [0, 0, N, 1], false);
  engine.gemm(false, true, M, N, D, x.ptr, D, weight.ptr, D, y.ptr, N, bias !== undefined);
  tape.record([y], () => {
    const dy = y.gradientPtr; // [M, N]
    if (x.requiresGrad) engine.gemm(false, false, M, D, N, dy, N, weight.ptr, D, x.gradient(), D, true);
    if (weight.requiresGrad) engine.gemm(true, false, N, D, M, dy, N, x.ptr, D, weight.gradient(), D, true);
    addColumnSums(tape, M, N, dy, [bias]);
  });
  return y;
}
