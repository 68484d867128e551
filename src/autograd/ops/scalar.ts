/** Elementwise functions of a tensor and a plain number; no gradient flows to the number. */
import type { Tensor } from "../tensor.ts";

/** y = alpha x, dx += alpha dy */
export function scale(x: Tensor, alpha: number): Tensor {
  const { tape } = x;
  const y = tape.output(x.shape, [x]);
  tape.engine.scale(x.size, alpha, x.ptr, y.ptr);
  tape.record([y], () => tape.engine.axpy(x.size, alpha, y.gradientPtr, x.gradient()));
  return y;
}

/** y = x + value, dx += dy */
export function addScalar(x: Tensor, value: number): Tensor {
  const { tape } = x;
  const y = tape.output(x.shape, [x]);
  tape.engine.fill(x.size, y.ptr, value);
  tape.engine.axpy(x.size, 1, x.ptr, y.ptr);
  tape.record([y], () => tape.engine.axpy(x.size, 1, y.gradientPtr, x.gradient()));
  return y;
}
