/** Shapes that stretch to a common one as in NumPy: aligned at the last axis, and axes of size 1 repeat. */
import type { Axes } from "../engine/index.ts";
import { ShapeError } from "../errors.ts";
import { type Shape, showShape } from "./tensor.ts";

/** The kernels walk over four axes; a shape of more can be reshaped first. */
const MAX_RANK = 4;

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * The shape that `a` and `b` both stretch to.
 *
 * @throws ShapeError when an axis has two sizes and neither is 1
 */
export function broadcastShape(where: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, k) => {
    const p = a[k - rank + a.length] ?? 1;
    const q = b[k - rank + b.length] ?? 1;
    if (p === q || q === 1) return p;
    if (p === 1) return q;
    throw new ShapeError("the shapes do not fit together", {
      where,
      expected: "axes that are equal or 1, counted from the last",
      got: `${showShape(a)} and ${showShape(b)}`,
    });
  });
}

/**
 * The sizes of a shape for the kernels' walk over four axes: 1 for the leading axes that it does not have.
 *
 * @throws ShapeError when there are more than four axes
 */
export function fourAxes(where: string, shape: Shape): Axes {
  if (shape.length > MAX_RANK) {
    throw new ShapeError("the tensor has too many axes", {
      where,
      expected: `${MAX_RANK} axes at most`,
      got: showShape(shape),
      mend: "Merge some of them with reshape first",
    });
  }
  return padded(shape, 1);
}

/** Element strides of a contiguous array of `shape`, one per axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Four strides that walk an array of `shape` as if it were stretched: 0 on an axis that repeats, or sums on the way back. */
export function stretchedStrides(shape: Shape): Axes {
  return padded(
    stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride)),
    0,
  );
}

/** `values` as the last of four, after as many `filler`s as are missing. */
export function padded(values: readonly number[], filler: number): Axes {
  const missing = Array.from({ length: MAX_RANK - values.length }, () => filler);
  return [...missing, ...values] as unknown as Axes;
}
