/** What a tape checks of the values and shapes that it is given. */
import { describe, ShapeError } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "./tensor.ts";

/** @throws ShapeError when an axis is empty or not a whole number */
export function checkShape(where: string, shape: Shape): void {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 1)) return;
  throw new ShapeError("every axis needs a size of 1 or more", {
    where,
    expected: "positive integers",
    got: showShape(shape),
  });
}

/** @throws ShapeError when the number of values is not that of the shape */
export function checkLength(where: string, shape: Shape, length: number): void {
  if (sizeOf(shape) === length) return;
  throw new ShapeError("the number of values does not fit the shape", {
    where,
    expected: `${sizeOf(shape)} values for shape ${showShape(shape)}`,
    got: `${length}`,
  });
}

/** Plain arrays may hold anything; typed arrays hold numbers. @throws ShapeError naming the first that is wrong */
export function checkNumbers(
  where: string,
  values: ArrayLike<number>,
  isRight: (value: unknown) => boolean,
  kind: string,
): void {
  const isSafe = values instanceof Int32Array || (kind === "numbers" && ArrayBuffer.isView(values));
  if (isSafe) return;
  const wrong = Array.prototype.findIndex.call(values, (value) => !isRight(value));
  if (wrong < 0) return;
  throw new ShapeError(`the values must be ${kind} in one flat list`, {
    where,
    expected: `${kind}, with the shape beside them`,
    got: `${describe(values[wrong])} at index ${wrong}`,
    mend: "For example ([1, 2, 3, 4], [2, 2])",
  });
}
