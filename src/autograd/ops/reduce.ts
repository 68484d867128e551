/** Sums and means, over everything or over one axis. */
import { around } from "../axis.ts";
import type { Tensor } from "../tensor.ts";
import { scale } from "./scalar.ts";

/**
 * The sum of all elements (accumulated in float64), or of those along one axis, which is removed.
 *
 *   y = Σ x        dx += dy
 *
 * @param axis - negative axes count from the end. Default: all of them, giving a scalar []
 * @throws ShapeError when there is no such axis
 */
export function sum(x: Tensor, axis?: number): Tensor {
  return axis === undefined ? sumAll(x) : sumAxis("sum", x, axis);
}

/**
 * The mean of all elements, or of those along one axis, which is removed.
 *
 *   y = Σ x / n        dx += dy / n
 *
 * @param axis - negative axes count from the end. Default: all of them, giving a scalar []
 * @throws ShapeError when there is no such axis
 */
export function mean(x: Tensor, axis?: number): Tensor {
  if (axis === undefined) return scale(sumAll(x), 1 / x.size);
  return scale(sumAxis("mean", x, axis), 1 / around("mean", x.shape, axis).size);
}

function sumAll(x: Tensor): Tensor {
  const { tape } = x;
  const { engine } = tape;
  const y = tape.output([], [x]);
  engine.fill(1, y.ptr, engine.sum(x.size, x.ptr));
  tape.record([y], () => {
    const all = [1, 1, 1, x.size] as const;
    engine.stridedCopy(all, y.gradientPtr, [0, 0, 0, 0], x.gradient(), [0, 0, 0, 1], true);
  });
  return y;
}

function sumAxis(where: string, x: Tensor, axis: number): Tensor {
  const { tape } = x;
  const { engine } = tape;
  const { axis: at, outer, size, inner } = around(where, x.shape, axis);
  const sizes = [1, outer, size, inner] as const;
  const whole = [0, size * inner, inner, 1] as const;
  const reduced = [0, inner, 0, 1] as const;
  const y = tape.output(
    x.shape.filter((_, k) => k !== at),
    [x],
  );
  engine.fill(y.size, y.ptr, 0);
  engine.stridedCopy(sizes, x.ptr, whole, y.ptr, reduced, true);
  tape.record([y], () => engine.stridedCopy(sizes, y.gradientPtr, reduced, x.gradient(), whole, true));
  return y;
}
