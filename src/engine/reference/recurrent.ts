/** What the LSTM and the GRU share: the recurrent operand under its mask, and the way back through it. */
import type { Ptr, RecurrentMask } from "../engine.ts";
import type { Floats, Memory } from "../memory.ts";

/** Sizes of one sequence and the gate count G of its cell. */
export interface RecurrentSizes {
  readonly T: number;
  readonly B: number;
  readonly H: number;
}

/** The units that a mask over the batch has kept, in the order of U's columns; undefined without such a mask. */
export function keptUnits(memory: Memory, mask: RecurrentMask): Int32Array | undefined {
  return mask.kept ? memory.ints(mask.kept, mask.count) : undefined;
}

/** The mask value on unit j of row b, for gate k at step t; 1 when there is no mask. */
export function maskAt(
  f: Floats,
  mask: RecurrentMask,
  sizes: RecurrentSizes,
  t: number,
  k: number,
  b: number,
  j: number,
): number {
  return mask.ptr ? f[mask.ptr + maskIndex(mask, sizes, t, k, b, j)]! : 1;
}

/** Where that value stands in [steps, groups, B, H]. */
export function maskIndex(
  { steps, groups }: RecurrentMask,
  { B, H }: RecurrentSizes,
  t: number,
  k: number,
  b: number,
  j: number,
): number {
  const step = steps === 1 ? 0 : t;
  const group = groups === 1 ? 0 : k;
  return ((step * groups + group) * B + b) * H + j;
}

/** hMasked[g, t] = h_{t-1} ⊙ m_g for every group, or the kept units of h_{t-1}: the weight gradient needs it. */
export function saveMasked(
  f: Floats,
  hPrev: Ptr,
  hMasked: Ptr,
  mask: RecurrentMask,
  kept: Int32Array | undefined,
  sizes: RecurrentSizes,
  t: number,
): void {
  const { T, B, H } = sizes;
  if (kept) {
    for (let b = 0; b < B; b++)
      for (const [k, j] of kept.entries()) f[hMasked + (t * B + b) * kept.length + k] = f[hPrev + b * H + j]!;
  }
  if (!mask.ptr) return;
  for (let g = 0; g < mask.groups; g++) {
    for (let b = 0; b < B; b++) {
      for (let j = 0; j < H; j++) {
        f[hMasked + ((g * T + t) * B + b) * H + j] =
          f[hPrev + b * H + j]! * maskAt(f, mask, sizes, t, g, b, j);
      }
    }
  }
}

/** Row `row` of U_k (h_{t-1} ⊙ m_k), for batch row b. */
export function recurrentProduct(
  f: Floats,
  wHh: Ptr,
  k: number,
  row: number,
  hPrev: Ptr,
  mask: RecurrentMask,
  kept: Int32Array | undefined,
  sizes: RecurrentSizes,
  t: number,
  b: number,
): number {
  const { H } = sizes;
  let dot = 0;
  if (kept) {
    for (const [n, j] of kept.entries())
      dot += f[wHh + (k * H + row) * kept.length + n]! * f[hPrev + b * H + j]!;
    return dot;
  }
  for (let j = 0; j < H; j++) {
    dot += f[wHh + (k * H + row) * H + j]! * (f[hPrev + b * H + j]! * maskAt(f, mask, sizes, t, k, b, j));
  }
  return dot;
}

/** Unit j of U_kᵀ dz_k for the row of gradients `dz` [GH]; 0 for a unit that was not kept. */
export function transposedProduct(
  f: Floats,
  wHh: Ptr,
  k: number,
  j: number,
  dz: Ptr,
  kept: Int32Array | undefined,
  { H }: RecurrentSizes,
): number {
  const columns = kept?.length ?? H;
  const column = kept ? kept.indexOf(j) : j;
  if (column < 0) return 0;
  let dot = 0;
  for (let row = 0; row < H; row++) dot += f[wHh + (k * H + row) * columns + column]! * f[dz + k * H + row]!;
  return dot;
}
