/** One axis of a shape, by number: which it is, and the three-axis view [outer, size, inner] of an array around it. */
import { ShapeError } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "./tensor.ts";

/** The sizes before, at and after an axis. */
export interface Around {
  readonly axis: number;
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/**
 * An array of `shape` seen as [outer, size, inner] around `axis`.
 *
 * @param axis - from 0; negative axes count from the end
 * @throws ShapeError when `shape` has no such axis
 */
export function around(where: string, shape: Shape, axis: number): Around {
  const rank = shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new ShapeError("there is no such axis", {
      where,
      expected: `an axis of ${showShape(shape)}, from ${-rank} to ${rank - 1}`,
      got: `${axis}`,
    });
  }
  return {
    axis: at,
    outer: sizeOf(shape.slice(0, at)),
    size: shape[at]!,
    inner: sizeOf(shape.slice(at + 1)),
  };
}
