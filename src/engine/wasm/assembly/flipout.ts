/**
 * The second product of Flipout, r ⊙ ((h ⊙ m') Δᵀ) for a run of gates, and the gradients that enter its way back.
 *
 * Arrays [rows, G H]: products and gradients as the gates lie, and the signs r, from the first of the rows on.
 */
import { maskMul, mulAdd } from "./elementwise";
import { backwardGates, forwardGates, forwardProduct } from "./recurrent";

/**
 * y[rows, gates first..last-1] += r ⊙ ((h ⊙ m'_k) Δ_kᵀ). `whole`: Δ is packed for one product of all G gates, else of each
 * gate on its own; `h` of gate k lies at h + k groupStride. scratch: operand [rows, H], then products [rows, G H].
 */
export function addFlipped(way: i32, whole: bool, first: i32, last: i32, G: i32, rows: i32, H: i32, h: usize, groupStride: usize, delta: usize, packed: usize, signs: usize, y: usize, scratch: usize): void {
  const products = scratch + <usize>((rows * H + 15) & ~15) * 4;
  if (whole) forwardProduct(way, rows, G * H, H, h, delta, packed, products, G * H, 0, scratch);
  else forwardGates(way, first, last, G, rows, H, H, h, groupStride, delta, packed, products, 0, scratch);
  const n = (last - first) * H;
  for (let b = 0; b < rows; b++) {
    const at = <usize>((b * G + first) * H) * 4;
    mulAdd(n, products + at, signs + at, y + at);
  }
}

/** flipped[rows, gates first..last-1] = r ⊙ dz */
export function flip(first: i32, last: i32, G: i32, rows: i32, H: i32, dz: usize, signs: usize, flipped: usize): void {
  for (let b = 0; b < rows; b++) {
    const at = <usize>((b * G + first) * H) * 4;
    maskMul(1, (last - first) * H, dz + at, signs + at, 1, flipped + at, 0);
  }
}

/** dh[rows, H] += Σ_k m'_k ⊙ ((r_k ⊙ dz_k) Δ_k), k in 0..last-1; `dMask` and scratch as for backwardGates, `flipped` is [rows, G H]. */
export function flippedBackward(way: i32, last: i32, G: i32, B: i32, rows: i32, H: i32, t: i32, dz: usize, delta: usize, packed: usize, signs: usize, groups: i32, maskSteps: i32, mask: usize, hPrev: usize, dMask: usize, product: usize, dh: usize, operand: usize, flipped: usize): void {
  flip(0, last, G, rows, H, dz, signs, flipped);
  backwardGates(way, 0, last, G, B, rows, H, H, t, flipped, delta, packed, groups, maskSteps, mask, 0, hPrev, dMask, product, dh, true, operand);
}
