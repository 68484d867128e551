/** Layer normalisation inside the cells: rows of products with U, rows of new cells, and the ways back through them. */
import type { CellNorm, Ptr, RecurrentNorm } from "../engine.ts";
import type { Floats } from "../memory.ts";
import type { GateRow } from "../sequences.ts";
import { normalise, normaliseBackward } from "./layerNorm.ts";
import type { RecurrentSizes } from "./recurrent.ts";

/** x̂ of the gates of `row` at step t for batch row b, from their products with U. */
export function normaliseProducts(
  f: Floats,
  norm: RecurrentNorm,
  { first, last, inverse }: GateRow,
  G: number,
  sizes: RecurrentSizes,
  t: number,
  b: number,
  product: (k: number, j: number) => number,
): void {
  const { H } = sizes;
  const row = new Float64Array((last - first) * H);
  for (let k = first; k < last; k++) for (let j = 0; j < H; j++) row[(k - first) * H + j] = product(k, j);
  const normalised = gatesAt(norm, first, G, sizes, t, b);
  f[inverseAt(norm, inverse, sizes, t, b)] = normalise(f, row, norm.epsilon, normalised);
}

/** From the gradient `da` [GH] of α ⊙ x̂ to that of the products, `dProduct` [GH], for the gates of `row`. */
export function normaliseProductsBackward(
  f: Floats,
  norm: RecurrentNorm,
  { first, last, inverse }: GateRow,
  G: number,
  sizes: RecurrentSizes,
  t: number,
  b: number,
  da: Ptr,
  dProduct: Ptr,
): void {
  const { H } = sizes;
  const g = new Float64Array((last - first) * H);
  for (let k = 0; k < g.length; k++) g[k] = f[norm.gain + first * H + k]! * f[da + first * H + k]!;
  const normalised = gatesAt(norm, first, G, sizes, t, b);
  const d = normaliseBackward(f, g, normalised, f[inverseAt(norm, inverse, sizes, t, b)]!);
  for (let k = 0; k < g.length; k++) f[dProduct + first * H + k] = d[k]!;
}

/** α_c ⊙ LN(ĉ) + β_c of one row. */
export function normaliseCell(
  f: Floats,
  norm: CellNorm,
  sizes: RecurrentSizes,
  t: number,
  b: number,
  cell: Float64Array,
): Float64Array {
  const normalised = cellAt(norm, sizes, t, b);
  f[inverseAt(norm, 1, sizes, t, b)] = normalise(f, cell, norm.epsilon, normalised);
  return cell.map((_, j) => readCell(f, norm, normalised, j));
}

/** α_c ⊙ x̂ + β_c of unit j, from the row of x̂. */
export function readCell(f: Floats, norm: CellNorm, normalised: Ptr, j: number): number {
  return f[norm.cellGain + j]! * f[normalised + j]! + f[norm.cellBias + j]!;
}

/** From the gradient of α_c ⊙ LN(ĉ) + β_c of one row to that of ĉ. */
export function normaliseCellBackward(
  f: Floats,
  norm: CellNorm,
  sizes: RecurrentSizes,
  t: number,
  b: number,
  dRead: Float64Array,
): Float64Array {
  const g = dRead.map((d, j) => f[norm.cellGain + j]! * d);
  return normaliseBackward(f, g, cellAt(norm, sizes, t, b), f[inverseAt(norm, 1, sizes, t, b)]!);
}

/** Where the row of x̂ of the gates from `first` on begins. */
function gatesAt(
  { normalised }: RecurrentNorm,
  first: number,
  G: number,
  { B, H }: RecurrentSizes,
  t: number,
  b: number,
): Ptr {
  return normalised + ((t * B + b) * G + first) * H;
}

/** Where the row of x̂ of the cell begins. */
function cellAt({ cellNormalised }: CellNorm, { B, H }: RecurrentSizes, t: number, b: number): Ptr {
  return cellNormalised + (t * B + b) * H;
}

function inverseAt(
  { inverse }: RecurrentNorm,
  which: 0 | 1,
  { T, B }: RecurrentSizes,
  t: number,
  b: number,
): Ptr {
  return inverse + (which * T + t) * B + b;
}
