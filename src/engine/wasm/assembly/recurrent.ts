/**
 * What the LSTM and the GRU share: masking the state, and the products with the recurrent weights.
 *
 * A kernel works on `rows` neighbouring rows of a batch of B: rows never meet inside a sequence, so that each thread takes
 * some of them through all steps. Pointers come already moved to the first of those rows; only the distance from one step
 * to the next still knows B.
 *
 * U is [G H, K]: K = H, or, with a mask tied over the batch, only the columns of the units that were kept.
 */
import { axpy, maskMul, mulAdd } from "./elementwise";
import { gatherColumns, scatterAddColumns } from "./columns";
import { ONE, the } from "./functions";
import { DIRECT, gemmPacked, MADE, ROW, rowTimesTransposed, SYSTEM } from "./gemm";
import { packA } from "./packing";
import { rowProduct } from "./row";
import { systemProduct, systemProductLaidOut } from "./system";
import { load, madd, splat, store } from "./simd";

/** Floats of one packed [K, N] matrix: N rounded up to whole panels of 8, or as it is for BLAS. */
// @ts-ignore: decorator
@inline
function packedSize(way: i32, K: i32, N: i32): i32 {
  return way == SYSTEM ? K * N : K * ((N + 7) & ~7);
}

/**
 * y[rows, N] = or += h[rows, K] Uᵀ for U [N, K]. `packed` is U in panels for the tiles or for single rows, Uᵀ [K, N] for
 * BLAS; `operand` holds rows K floats.
 */
export function forwardProduct(way: i32, rows: i32, N: i32, K: i32, h: usize, u: usize, packed: usize, y: usize, ldy: i32, accumulate: i32, operand: usize): void {
  if (way == SYSTEM) {
    systemProductLaidOut(rows, N, K, h, K, packed, accumulate, y, ldy);
  } else if (way == DIRECT) {
    for (let b = 0; b < rows; b++) {
      rowTimesTransposed(N, K, h + <usize>(b * K) * 4, u, <usize>K * 4, y + <usize>(b * ldy) * 4, accumulate);
    }
  } else if (way == ROW) {
    for (let b = 0; b < rows; b++) rowProduct(N, K, h + <usize>(b * K) * 4, packed, y + <usize>(b * ldy) * 4, accumulate);
  } else if (way != MADE) {
    packA(0, rows, K, h, <usize>K * 4, operand);
    gemmPacked(rows, N, K, operand, packed, <usize>K * 32, y, <usize>ldy * 4, accumulate);
  }
}

/** y[rows, gates first..last-1] = or += (h ⊙ m_k) U_kᵀ, each gate from its own packed matrix; `h` of gate k lies at h + k groupStride. */
export function forwardGates(way: i32, first: i32, last: i32, G: i32, rows: i32, H: i32, K: i32, h: usize, groupStride: usize, u: usize, packed: usize, y: usize, accumulate: i32, operand: usize): void {
  for (let k = first; k < last; k++) {
    forwardProduct(way, rows, H, K, h + <usize>k * groupStride, u + <usize>(k * H * K) * 4, packed + <usize>(k * packedSize(way, K, H)) * 4, y + <usize>(k * H) * 4, G * H, accumulate, operand);
  }
}

/** hMasked[g, t] = hPrev ⊙ m[t, g] for every group of masks [steps, groups, B, H]; or the kept units of hPrev, side by side. */
export function saveMasked(T: i32, B: i32, rows: i32, H: i32, K: i32, t: i32, groups: i32, maskSteps: i32, mask: usize, kept: usize, hPrev: usize, hMasked: usize): void {
  if (kept) {
    gatherColumns(rows, H, K, kept, 1, hPrev, hMasked + <usize>(t * B * K) * 4);
    return;
  }
  const BH = B * H;
  const step = maskSteps == 1 ? 0 : t;
  for (let g = 0; g < groups; g++) {
    maskMul(1, rows * H, hPrev, mask + <usize>((step * groups + g) * BH) * 4, 1, hMasked + <usize>((g * T + t) * BH) * 4, 0);
  }
}

/** Step t of an array [steps, B, H] whose steps are BH bytes apart: its only step when there is one, 0 when it is absent. */
// @ts-ignore: decorator
@inline
export function atStep(array: usize, steps: i32, t: i32, BH: usize): usize {
  return array && steps != 1 ? array + <usize>t * BH : array;
}

/** A row of an array that may be absent. */
// @ts-ignore: decorator
@inline
export function atRow(array: usize, row: usize): usize {
  return array ? array + row : 0;
}

/** k a + (1 - k) b */
// @ts-ignore: decorator
@inline
export function between(k: v128, a: v128, b: v128): v128 {
  return madd(k, a, f32x4.mul(f32x4.sub(the(ONE), k), b));
}

/**
 * dh[rows, H] = (or +=, when it carries something) Σ_k m_k ⊙ (dz_k U_k), k in first..last-1, from U packed whole: [G H, K] as G H rows per panel.
 * A shared mask takes one product over all its gates; a mask per gate takes one product each; of a mask over the batch the
 * product has the kept columns only. `product` is [rows, K] scratch, `operand` holds rows G H floats.
 * dMask, laid out as the mask, or 0: += hPrev ⊙ (dz_k U_k).
 */
export function backwardGates(way: i32, first: i32, last: i32, G: i32, B: i32, rows: i32, H: i32, K: i32, t: i32, dz: usize, u: usize, packed: usize, groups: i32, maskSteps: i32, mask: usize, kept: usize, hPrev: usize, dMask: usize, product: usize, dh: usize, carries: bool, operand: usize): void {
  const n = rows * H;
  const maskStep = <usize>(maskSteps == 1 ? 0 : t * groups * B * H) * 4;
  const m = mask + maskStep;
  if (kept || !mask || groups == 1) {
    if (!kept && !mask && !carries) {
      backwardProduct(way, first, last - first, G, rows, H, K, dz, u, packed, dh, operand);
      return;
    }
    if (!carries) memory.fill(dh, 0, <usize>n * 4);
    backwardProduct(way, first, last - first, G, rows, H, K, dz, u, packed, product, operand);
    if (dMask) mulAdd(n, hPrev, product, dMask + maskStep);
    if (kept) scatterAddColumns(rows, H, K, kept, 1, product, dh);
    else if (mask) mulAdd(n, product, m, dh);
    else axpy(n, 1, product, dh);
    return;
  }
  if (!carries) memory.fill(dh, 0, <usize>n * 4);
  for (let k = first; k < last; k++) {
    backwardProduct(way, k, 1, G, rows, H, K, dz, u, packed, product, operand);
    if (dMask) mulAdd(n, hPrev, product, dMask + maskStep + <usize>(k * B * H) * 4);
    mulAdd(n, product, m + <usize>(k * B * H) * 4, dh);
  }
}

/** product[rows, K] = dz of `count` gates from `first` on, times their U */
export function backwardProduct(way: i32, first: i32, count: i32, G: i32, rows: i32, H: i32, K: i32, dz: usize, u: usize, packed: usize, product: usize, operand: usize): void {
  const depth = count * H;
  const from = dz + <usize>(first * H) * 4;
  if (way == SYSTEM) {
    systemProduct(rows, K, depth, from, G * H, u + <usize>(first * H * K) * 4, K, 0, product, K);
    return;
  }
  packA(0, rows, depth, from, <usize>(G * H) * 4, operand);
  gemmPacked(rows, K, depth, operand, packed + <usize>(first * H) * 32, <usize>(G * H) * 32, product, <usize>K * 4, 0);
}

/** sums[n] = a[n] + b[n], either of which may be absent: two biases, or a product and its bias. */
export function sumOf(n: i32, a: usize, b: usize, sums: usize): void {
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4;
    let sum = splat(0);
    if (a) sum = load(a + at, n - k);
    if (b) sum = f32x4.add(sum, load(b + at, n - k));
    store(sums + at, sum, n - k);
  }
}

export function copyOrZero(n: i32, x: usize, y: usize): void {
  if (x) memory.copy(y, x, <usize>n * 4);
  else memory.fill(y, 0, <usize>n * 4);
}
