/** What the LSTM and the GRU share: the recurrent operand under its mask, and the way back through it. */
import type { Ptr, RecurrentMask } from "../engine.ts";
import type { Floats } from "../memory.ts";

/** Sizes of one sequence and the gate count G of its cell. */
export interface RecurrentSizes {
  readonly T: number;
  readonly B: number;
  readonly H: number;
}

/** The mask value on unit j of row b, for gate k at step t; 1 when there is no mask. */
export function maskAt(
  f: Floats,
  mask: RecurrentMask,
  { B, H }: RecurrentSizes,
  t: number,
  k: number,
  b: number,
  j: number,
): number {
  if (!mask.ptr) return 1;
  const step = mask.steps === 1 ? 0 : t;
  const group = mask.groups === 1 ? 0 : k;
  return f[mask.ptr + ((step * mask.groups + group) * B + b) * H + j]!;
}

/** hMasked[g, t] = h_{t-1} ⊙ m_g for every group: kept because the weight gradient needs it. */
export function saveMasked(
  f: Floats,
  hPrev: Ptr,
  hMasked: Ptr,
  mask: RecurrentMask,
  sizes: RecurrentSizes,
  t: number,
): void {
  if (!mask.ptr) return;
  const { T, B, H } = sizes;
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
  sizes: RecurrentSizes,
  t: number,
  b: number,
): number {
  const { H } = sizes;
  let dot = 0;
  for (let j = 0; j < H; j++) {
    dot += f[wHh + (k * H + row) * H + j]! * (f[hPrev + b * H + j]! * maskAt(f, mask, sizes, t, k, b, j));
  }
  return dot;
}
