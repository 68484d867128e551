/**
 * Operations that move values and compute nothing: reshape, transpose, slice, concat, expand.
 * Each backward is the same walk with source and target swapped, adding.
 */
import { ShapeError } from "../../errors.ts";
import { around } from "../axis.ts";
import { broadcastShape, fourAxes, padded, sameShape, stretchedStrides, stridesOf } from "../broadcast.ts";
import { type Shape, showShape, sizeOf, type Tensor } from "../tensor.ts";

/**
 * The same values under another shape; nothing is copied.
 *
 * @throws ShapeError when the number of elements differs
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) {
    throw new ShapeError("the number of elements differs", {
      where: "reshape",
      expected: `a shape with the ${x.size} elements of ${showShape(x.shape)}`,
      got: `${showShape(shape)} with ${sizeOf(shape)}`,
    });
  }
  const { tape } = x;
  const y = tape.view(x.ptr, shape, [x]);
  tape.record([y], () => tape.engine.axpy(x.size, 1, y.gradientPtr, x.gradient()));
  return y;
}

/**
 * Reorders the axes: axis k of the result is axis `axes[k]` of `x`. Up to four axes.
 *
 * @param axes - a permutation. Default: the axes in reverse
 * @throws ShapeError when `axes` is not a permutation of the axes of `x`
 * @example transpose(batchMajor, [1, 0, 2]); // [B, T, D] -> [T, B, D]
 */
export function transpose(x: Tensor, axes: readonly number[] = x.shape.map((_, k) => k).reverse()): Tensor {
  const { tape } = x;
  const { engine } = tape;
  if (axes.length !== x.shape.length || x.shape.some((_, axis) => !axes.includes(axis))) {
    throw new ShapeError("axes is not a permutation", {
      where: "transpose",
      expected: `each axis of ${showShape(x.shape)} once`,
      got: showShape(axes),
    });
  }
  const shape = axes.map((axis) => x.shape[axis]!);
  const sizes = fourAxes("transpose", shape);
  const stored = stridesOf(x.shape);
  const from = padded(
    axes.map((axis) => stored[axis]!),
    0,
  );
  const to = stretchedStrides(shape);
  const y = tape.output(shape, [x]);
  engine.stridedCopy(sizes, x.ptr, from, y.ptr, to, false);
  tape.record([y], () => engine.stridedCopy(sizes, y.gradientPtr, to, x.gradient(), from, true));
  return y;
}

/**
 * The part [start, end) of one axis. Along the first axis nothing is copied.
 *
 * @param axis - negative axes count from the end
 * @param end - Default: the size of the axis
 * @throws ShapeError when the part is empty or leaves the axis
 * @example slice(xs, 0, t, t + 1); // one step of [T, B, D], as [1, B, D]
 */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const { axis: at, outer, size, inner } = around("slice", x.shape, axis);
  const stop = end ?? size;
  if (!Number.isInteger(start) || !Number.isInteger(stop) || start < 0 || stop > size || start >= stop) {
    throw new ShapeError("the part is empty or leaves the axis", {
      where: "slice",
      expected: `0 <= start < end <= ${size} on axis ${at} of ${showShape(x.shape)}`,
      got: `start ${start}, end ${stop}`,
    });
  }
  const { tape } = x;
  const { engine } = tape;
  const shape = x.shape.map((n, k) => (k === at ? stop - start : n));
  const width = (stop - start) * inner;
  const offset = start * inner;
  if (outer === 1) {
    const y = tape.view(x.ptr + offset, shape, [x]);
    tape.record([y], () => engine.axpy(width, 1, y.gradientPtr, x.gradient() + offset));
    return y;
  }
  const y = tape.output(shape, [x]);
  copyColumns(x, outer, width, x.ptr + offset, size * inner, y.ptr, width, false);
  tape.record([y], () =>
    copyColumns(x, outer, width, y.gradientPtr, width, x.gradient() + offset, size * inner, true),
  );
  return y;
}

/**
 * Joins tensors along one axis; the other axes must agree.
 *
 * @param axis - negative axes count from the end
 * @throws ShapeError when there is nothing to join, or shapes differ elsewhere
 * @example concat([x, h], -1); // [B, D] and [B, H] -> [B, D + H]
 */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const first = xs[0];
  if (!first)
    throw new ShapeError("there is nothing to join", {
      where: "concat",
      expected: "one tensor or more",
      got: "none",
    });
  const { tape } = first;
  const { axis: at, outer } = around("concat", first.shape, axis);
  for (const x of xs) checkJoins(first, x, at);
  const shape = first.shape.map((n, k) => (k === at ? xs.reduce((sum, x) => sum + x.shape[at]!, 0) : n));
  const y = tape.output(shape, xs);
  const row = y.size / outer;
  const parts: { x: Tensor; width: number; offset: number }[] = [];
  let offset = 0;
  for (const x of xs) {
    const width = x.size / outer;
    copyColumns(x, outer, width, x.ptr, width, y.ptr + offset, row, false);
    parts.push({ x, width, offset });
    offset += width;
  }
  tape.record([y], () => {
    for (const { x, width, offset } of parts) {
      if (x.requiresGrad)
        copyColumns(x, outer, width, y.gradientPtr + offset, row, x.gradient(), width, true);
    }
  });
  return y;
}

/**
 * Repeats axes of size 1, as NumPy's broadcast_to. Up to four axes.
 *
 * @throws ShapeError when `x` does not stretch to `shape`
 * @example expand(bias, [T, B, N]); // [N] -> [T, B, N]
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const { tape } = x;
  const { engine } = tape;
  if (!sameShape(broadcastShape("expand", x.shape, shape), shape)) {
    throw new ShapeError("x does not stretch to the shape", {
      where: "expand",
      expected: `axes of ${showShape(shape)} or 1, counted from the last`,
      got: showShape(x.shape),
    });
  }
  const sizes = fourAxes("expand", shape);
  const from = stretchedStrides(x.shape);
  const to = stretchedStrides(shape);
  const y = tape.output(shape, [x]);
  engine.stridedCopy(sizes, x.ptr, from, y.ptr, to, false);
  tape.record([y], () => engine.stridedCopy(sizes, y.gradientPtr, to, x.gradient(), from, true));
  return y;
}

/** to[r, :width] = or += from[r, :width] for every row r; rows lie `…Row` elements apart. */
function copyColumns(
  { tape }: Tensor,
  rows: number,
  width: number,
  from: number,
  fromRow: number,
  to: number,
  toRow: number,
  accumulate: boolean,
): void {
  tape.engine.stridedCopy([1, 1, rows, width], from, [0, 0, fromRow, 1], to, [0, 0, toRow, 1], accumulate);
}

function checkJoins(first: Tensor, x: Tensor, axis: number): void {
  const fits =
    x.shape.length === first.shape.length && x.shape.every((n, k) => k === axis || n === first.shape[k]);
  if (fits) return;
  throw new ShapeError("the shapes differ beside the joined axis", {
    where: "concat",
    expected: `${showShape(first.shape)} but for axis ${axis}`,
    got: showShape(x.shape),
  });
}
