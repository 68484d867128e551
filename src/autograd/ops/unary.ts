/** Elementwise functions of one tensor: y = f(x), dx += f'(x) dy. */
import type { UnaryOp } from "../../engine/index.ts";
import type { Tensor } from "../tensor.ts";

function unary(op: UnaryOp, x: Tensor): Tensor {
  const { tape } = x;
  const y = tape.output(x.shape, [x]);
  tape.engine.unary(op, x.size, x.ptr, y.ptr);
  tape.record([y], () => tape.engine.unaryBackward(op, x.size, x.ptr, y.ptr, y.gradientPtr, x.gradient()));
  return y;
}

/** y = -x */
export const neg = (x: Tensor): Tensor => unary("neg", x);
/** y = e^x */
export const exp = (x: Tensor): Tensor => unary("exp", x);
/** y = ln x */
export const log = (x: Tensor): Tensor => unary("log", x);
/** y = 1 / (1 + e^-x) */
export const sigmoid = (x: Tensor): Tensor => unary("sigmoid", x);
/** y = tanh x */
export const tanh = (x: Tensor): Tensor => unary("tanh", x);
/** y = max(x, 0) */
export const relu = (x: Tensor): Tensor => unary("relu", x);
/** y = x² */
export const square = (x: Tensor): Tensor => unary("square", x);
/** y = √x */
export const sqrt = (x: Tensor): Tensor => unary("sqrt", x);
/** y = |x| */
export const abs = (x: Tensor): Tensor => unary("abs", x);
/** y = 1/x */
export const reciprocal = (x: Tensor): Tensor => unary("reciprocal", x);
