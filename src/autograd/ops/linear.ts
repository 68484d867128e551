/** The affine map of the last axis. */

import type { Ptr } from "../../engine/index.ts";
import { ShapeError } from "../../errors.ts";
import { checkAxes } from "../checkAxes.ts";
import { checkKept } from "../checkKept.ts";
import type { KeptUnits } from "../keptUnits.ts";
import { showShape, type Tensor } from "../tensor.ts";
import { addColumnSums } from "./columnSum.ts";
import { keptProduct } from "./keptProduct.ts";

/**
 * An affine map of the last axis, with the bias laid out first and the product added to it.
 *
 *   y = x Wᵀ + b        dx += dy W        dW += dyᵀ x        db += Σ dy over the rows
 *   y = (x ⊙ m) Wᵀ + b under a mask of kept units: see keptProduct.ts
 *
 * @param x - [..., D]
 * @param weight - [N, D], as PyTorch
 * @param bias - [N]
 * @param options.kept - the units of x that a mask for all rows keeps: the products shrink to their columns. Default all, as they are
 * @returns [..., N]
 * @throws ShapeError when D or N do not fit, or `kept` is of another number of units
 * @example const logits = linear(hidden, weight, bias); // [T, B, H] -> [T, B, V]
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { kept }: { readonly kept?: KeptUnits | undefined } = {},
): Tensor {
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
  if (kept) checkKept("linear", "kept does not fit x", kept, "D", D);
  const M = x.size / D;
  const y = tape.output([...x.shape.slice(0, -1), N], [x, weight, bias]);
  if (bias) engine.stridedCopy([1, 1, M, N], bias.ptr, [0, 0, 0, 1], y.ptr, [0, 0, N, 1], false);
  const back = kept
    ? keptProduct(x, weight, kept, y.ptr, bias !== undefined)
    : wholeProduct(x, weight, y.ptr, bias !== undefined);
  tape.record([y], () => {
    const dy = y.gradientPtr; // [M, N]
    back(dy);
    addColumnSums(tape, M, N, dy, [bias]);
  });
  return y;
}

/** y [M, N] = or += x Wᵀ, and the way back. */
function wholeProduct(x: Tensor, weight: Tensor, y: Ptr, accumulate: boolean): (dy: Ptr) => void {
  const { engine } = x.tape;
  const [N, D] = weight.shape as readonly [number, number];
  const M = x.size / D;
  engine.gemm(false, true, M, N, D, x.ptr, D, weight.ptr, D, y, N, accumulate);
  return (dy) => {
    if (x.requiresGrad) engine.gemm(false, false, M, D, N, dy, N, weight.ptr, D, x.gradient(), D, true);
    if (weight.requiresGrad) engine.gemm(true, false, N, D, M, dy, N, x.ptr, D, weight.gradient(), D, true);
  };
}
