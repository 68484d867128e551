/** The check that a mask of kept units is one of the units that it is laid on. */
import { ShapeError } from "../errors.ts";
import type { KeptUnits } from "./keptUnits.ts";

/**
 * Throws unless `kept` is some of `size` units.
 *
 * @throws ShapeError such as `linear: kept does not fit x. Expected some of D=5 units, got 2 of 6.`
 */
export function checkKept(op: string, problem: string, kept: KeptUnits, letter: string, size: number): void {
  if (kept.size === size) return;
  throw new ShapeError(problem, {
    where: op,
    expected: `some of ${letter}=${size} units`,
    got: `${kept.count} of ${kept.size}`,
  });
}
