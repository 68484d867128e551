/** The check of a shape against letters, so that the wording of shape errors cannot drift. */
import { ShapeError } from "../errors.ts";
import { type Shape, showAxes, showShape } from "./tensor.ts";

/** A letter and what its axis may measure: nothing said is any size, a list is one of several. */
export type AxisRule = readonly [letter: string, size?: number | readonly number[]];

/**
 * Throws unless `shape` follows `rules`, axis by axis.
 *
 * @param problem - what is wrong when it does not, such as "x does not fit wIh"
 * @throws ShapeError such as `lstmSequence: x does not fit wIh. Expected [T, B, D=5], got [T=3, B=4, D=6].`
 */
export function checkAxes(where: string, problem: string, shape: Shape, rules: readonly AxisRule[]): void {
  if (shape.length === rules.length && rules.every(([, size], axis) => allows(size, shape[axis]!))) return;
  const letters = rules.map(([letter]) => letter);
  throw new ShapeError(problem, {
    where,
    expected: `[${rules.map(showRule).join(", ")}]`,
    got: shape.length === rules.length ? showAxes(letters, shape) : showShape(shape),
  });
}

function allows(size: AxisRule[1], got: number): boolean {
  if (size === undefined) return true;
  return typeof size === "number" ? size === got : size.includes(got);
}

function showRule([letter, size]: AxisRule): string {
  if (size === undefined) return letter;
  return `${letter}=${typeof size === "number" ? size : [...new Set(size)].join("|")}`;
}
