/** The second product of Flipout, r_k ⊙ (Δ_k (h_{t-1} ⊙ m')) with m' = m ⊙ s, and the way back through it; 0 without Flipout. */
import type { FlipoutSide, Ptr, RecurrentMask } from "../engine.ts";
import type { Floats } from "../memory.ts";
import { maskAt, type RecurrentSizes, recurrentProduct, saveMasked } from "./recurrent.ts";

/** The sizes of a sequence, its mask, and its Flipout, if it has any. */
export interface FlipoutSequence extends RecurrentSizes {
  readonly mask: RecurrentMask;
  readonly flipout?: FlipoutSide | undefined;
}

/** m' as a mask: steps and groups are those of m. */
function flipoutMask({ mask, flipout }: FlipoutSequence): RecurrentMask {
  return { ...mask, ptr: flipout?.mask ?? 0, kept: 0, count: 0 };
}

/** hMasked[g, t] = h_{t-1} ⊙ m'_g for every group. */
export function saveFlipped(f: Floats, hPrev: Ptr, sequence: FlipoutSequence, t: number): void {
  const { flipout } = sequence;
  if (flipout) saveMasked(f, hPrev, flipout.hMasked, flipoutMask(sequence), undefined, sequence, t);
}

/** Unit `row` of gate k: r Δ_k (h_{t-1} ⊙ m'_k), for batch row b of G gates. */
export function flippedProduct(
  f: Floats,
  k: number,
  row: number,
  hPrev: Ptr,
  sequence: FlipoutSequence,
  G: number,
  t: number,
  b: number,
): number {
  const { flipout, H } = sequence;
  if (!flipout) return 0;
  const sign = f[flipout.outputSigns + (b * G + k) * H + row]!;
  return (
    sign * recurrentProduct(f, flipout.delta, k, row, hPrev, flipoutMask(sequence), undefined, sequence, t, b)
  );
}

/** Unit `row` of the n of a GRU reset-before: r_n Δ_n (r ⊙ h_{t-1} ⊙ m'_n), from the operand that was saved. */
export function flippedCandidate(
  f: Floats,
  row: number,
  { flipout, B, H }: FlipoutSequence,
  t: number,
  b: number,
): number {
  if (!flipout) return 0;
  let dot = 0;
  for (let l = 0; l < H; l++)
    dot += f[flipout.delta + (2 * H + row) * H + l]! * f[flipout.candidate + (t * B + b) * H + l]!;
  return f[flipout.outputSigns + (b * 3 + 2) * H + row]! * dot;
}

/** Unit j of Δ_kᵀ (r_k ⊙ dz_k) for the row of gradients `dz` [GH] of batch row b. */
export function flippedTransposed(
  f: Floats,
  k: number,
  j: number,
  dz: Ptr,
  { flipout, H }: FlipoutSequence,
  G: number,
  b: number,
): number {
  if (!flipout) return 0;
  let dot = 0;
  for (let row = 0; row < H; row++) {
    const sign = f[flipout.outputSigns + (b * G + k) * H + row]!;
    dot += f[flipout.delta + (k * H + row) * H + j]! * (sign * f[dz + k * H + row]!);
  }
  return dot;
}

/** m' of unit j for gate k; 0 without Flipout. */
export function flipoutMaskAt(
  f: Floats,
  sequence: FlipoutSequence,
  t: number,
  k: number,
  b: number,
  j: number,
): number {
  return sequence.flipout ? maskAt(f, flipoutMask(sequence), sequence, t, k, b, j) : 0;
}
