/**
 * Elementwise functions of two tensors, stretched to a common shape as in NumPy.
 *
 *   y = a ∘ b        da += Σ dy ⊙ ∂y/∂a        db += Σ dy ⊙ ∂y/∂b        Σ over the axes along which a or b was stretched
 *
 * Equal shapes cost one kernel. Otherwise an operand is laid out over the common shape first (up to four axes).
 */
import type { BinaryOp, Ptr } from "../../engine/index.ts";
import { broadcastShape, fourAxes, sameShape, stretchedStrides } from "../broadcast.ts";
import { type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { addScalar, scale } from "./scalar.ts";
import { neg, reciprocal } from "./unary.ts";

/** y = a + b; one of the two may be a number */
export function add(a: Tensor, b: Tensor | number): Tensor;
export function add(a: number, b: Tensor): Tensor;
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return addScalar(b as Tensor, a);
  if (typeof b === "number") return addScalar(a, b);
  const { y } = binary("add", a, b);
  a.tape.record([y], () => {
    if (a.requiresGrad) pass(y.gradientPtr, y.shape, 1, a);
    if (b.requiresGrad) pass(y.gradientPtr, y.shape, 1, b);
  });
  return y;
}

/** y = a - b; one of the two may be a number */
export function sub(a: Tensor, b: Tensor | number): Tensor;
export function sub(a: number, b: Tensor): Tensor;
export function sub(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return addScalar(neg(b as Tensor), a);
  if (typeof b === "number") return addScalar(a, -b);
  const { y } = binary("sub", a, b);
  a.tape.record([y], () => {
    if (a.requiresGrad) pass(y.gradientPtr, y.shape, 1, a);
    if (b.requiresGrad) pass(y.gradientPtr, y.shape, -1, b);
  });
  return y;
}

/** y = a ⊙ b; one of the two may be a number */
export function mul(a: Tensor, b: Tensor | number): Tensor;
export function mul(a: number, b: Tensor): Tensor;
export function mul(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return scale(b as Tensor, a);
  if (typeof b === "number") return scale(a, b);
  const { y, over } = binary("mul", a, b);
  a.tape.record([y], () => {
    if (a.requiresGrad) passProduct(y.gradientPtr, over.b, y.shape, a);
    if (b.requiresGrad) passProduct(y.gradientPtr, over.a, y.shape, b);
  });
  return y;
}

/** y = a / b; one of the two may be a number. Division by a number multiplies by its reciprocal. da = dy/b, db = -y dy/b */
export function div(a: Tensor, b: Tensor | number): Tensor;
export function div(a: number, b: Tensor): Tensor;
export function div(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return scale(reciprocal(b as Tensor), a);
  if (typeof b === "number") return scale(a, 1 / b);
  const { tape } = a;
  const { y, over } = binary("div", a, b);
  tape.record([y], () => {
    const share = tape.scratch(y.size); // dy/b
    tape.engine.binary("div", y.size, y.gradientPtr, over.b, share);
    if (a.requiresGrad) pass(share, y.shape, 1, a);
    if (!b.requiresGrad) return;
    const product = tape.scratch(y.size);
    tape.engine.binary("mul", y.size, share, y.ptr, product);
    pass(product, y.shape, -1, b);
  });
  return y;
}

/** Forward: y, and where the operands lie over its shape. */
function binary(op: BinaryOp, a: Tensor, b: Tensor): { y: Tensor; over: { a: Ptr; b: Ptr } } {
  const shape = broadcastShape(op, a.shape, b.shape);
  const y = a.tape.output(shape, [a, b]);
  const over = { a: layOut(op, a, shape), b: layOut(op, b, shape) };
  a.tape.engine.binary(op, y.size, over.a, over.b, y.ptr);
  return { y, over };
}

/** Where the values of `x` lie over `shape`: its own array when that is its shape, else a stretched copy. */
function layOut(op: string, x: Tensor, shape: Shape): Ptr {
  if (sameShape(x.shape, shape)) return x.ptr;
  const sizes = fourAxes(op, shape);
  const copy = x.tape.scratch(sizeOf(shape));
  x.tape.engine.stridedCopy(sizes, x.ptr, stretchedStrides(x.shape), copy, stretchedStrides(shape), false);
  return copy;
}

/** dx += alpha d, with `d` over `shape`, summed where x was stretched. */
function pass(d: Ptr, shape: Shape, alpha: number, x: Tensor): void {
  const { tape } = x;
  const n = sizeOf(shape);
  const dx = x.gradient();
  if (sameShape(x.shape, shape)) {
    tape.engine.axpy(n, alpha, d, dx);
    return;
  }
  let scaled = d;
  if (alpha !== 1) {
    scaled = tape.scratch(n);
    tape.engine.scale(n, alpha, d, scaled);
  }
  const sizes = fourAxes("broadcast", shape);
  tape.engine.stridedCopy(sizes, scaled, stretchedStrides(shape), dx, stretchedStrides(x.shape), true);
}

/** dx += d ⊙ other, both over `shape`, summed where x was stretched. */
function passProduct(d: Ptr, other: Ptr, shape: Shape, x: Tensor): void {
  const { tape } = x;
  const n = sizeOf(shape);
  if (sameShape(x.shape, shape)) {
    tape.engine.mulAdd(n, d, other, x.gradient());
    return;
  }
  const product = tape.scratch(n);
  tape.engine.binary("mul", n, d, other, product);
  pass(product, shape, 1, x);
}
