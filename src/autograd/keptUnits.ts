/**
 * A dropout mask that is the same for every step and every row, as the list of the units that it keeps.
 *
 *   m_j = scale when j is kept, else 0        W (x ⊙ m) = (scale W[:, kept]) x[kept]
 *
 * A unit that is dropped for all rows meets its weights nowhere: its columns are left out, and the products shrink.
 */
import { ShapeError } from "../errors.ts";
import type { Tape } from "./tape.ts";
import { type Ids, type Shape, sizeOf, type Tensor } from "./tensor.ts";

/** The units that a mask keeps, and their factor. Of the step in which it was made; made by `keptUnits`, never with `new`. */
export class KeptUnits {
  readonly tape: Tape;
  /** D or H: how many units there are */
  readonly size: number;
  /** how many are kept, at least 1 */
  readonly count: number;
  /** the factor of those that are kept, 1/(1-p) */
  readonly scale: number;
  readonly #units: Ids;

  /** @internal */
  constructor(tape: Tape, units: Ids, size: number, scale: number) {
    this.tape = tape;
    this.size = size;
    this.count = units.size;
    this.scale = scale;
    this.#units = units;
  }

  /** Where the unit numbers are, int32 [count]; throws a LifetimeError after their step has ended. */
  get ptr(): number {
    return this.#units.ptr;
  }
}

/** A mask on the way into a product: factors, already scaled; or the units that one mask for all steps and rows keeps. */
export type DropoutMask = Tensor | KeptUnits;

/**
 * A mask for all steps and rows of the open step, from the units that it keeps.
 *
 * @param units - unit numbers in [0, size), ascending; at least one
 * @param size - D or H
 * @param scale - factor of the kept units: 1/(1-p) for a fraction p dropped
 * @throws ShapeError when the units are not ascending numbers below `size`, or there is none
 * @example lstmSequence({ x, wIh, wHh, recurrentMask: keptUnits(tape, [0, 2, 3], 6, 2) });
 */
export function keptUnits(tape: Tape, units: ArrayLike<number>, size: number, scale: number): KeptUnits {
  const where = "keptUnits";
  if (units.length === 0) {
    throw new ShapeError("no unit is kept", {
      where,
      expected: `1 to ${size} units`,
      got: "none",
      mend: "A mask of zeros alone is given as a tensor",
    });
  }
  const ids = tape.ids(units);
  for (let k = 0; k < units.length; k++) {
    const unit = units[k]!;
    if (unit < size && unit > (k === 0 ? -1 : units[k - 1]!)) continue;
    throw new ShapeError("the units are not in order", {
      where,
      expected: `unit numbers in [0, ${size}), ascending`,
      got: `${unit} at index ${k}`,
    });
  }
  return new KeptUnits(tape, ids, size, scale);
}

/**
 * The same mask as factors, one after the other in every row: m[..., j] = scale when j is kept, else 0.
 *
 * @param shape - its last axis is the size of the mask, such as [1, 1, B, H]
 * @returns a constant of the open step
 */
export function maskOfKept(kept: KeptUnits, shape: Shape): Tensor {
  const { tape, size, count, scale, ptr } = kept;
  const { engine } = tape;
  const mask = tape.output(shape, []);
  const ones = tape.scratch(count);
  engine.fill(count, ones, 1);
  const row = tape.scratch(size);
  engine.fill(size, row, 0);
  engine.scatterAddColumns(1, size, count, ptr, scale, ones, row);
  engine.stridedCopy([1, 1, sizeOf(shape) / size, size], row, [0, 0, 0, 1], mask.ptr, [0, 0, size, 1], false);
  return mask;
}
