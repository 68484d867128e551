/** What the LSTM and the GRU share: packing the recurrent weights, masking the state, and products with a group's share. */
import { axpy, maskMul, mulAdd } from "./elementwise";
import { gemmPacked, rowTimesTransposed } from "./gemm";
import { packA, packB } from "./packing";
import { load, splat, store } from "./simd";

/** Floats of one packed [K, N] matrix: N rounded up to whole panels of 8. */
// @ts-ignore: decorator
@inline
export function packedSize(K: i32, N: i32): i32 {
  return K * ((N + 7) & ~7);
}

/** Packs U_kᵀ of every gate on its own: gate k at out + k packedSize(H, H) floats. wHh is [G H, H]. */
export function packForward(G: i32, H: i32, wHh: usize, out: usize): void {
  for (let k = 0; k < G; k++) {
    packB(1, H, H, wHh + <usize>(k * H * H) * 4, <usize>H * 4, out + <usize>(k * packedSize(H, H)) * 4);
  }
}

/** y[B, N] = or += h[B, H] Uᵀ, with U packed; `operand` holds B H floats for the packed h. */
export function forwardProduct(B: i32, N: i32, H: i32, h: usize, packed: usize, y: usize, accumulate: i32, operand: usize): void {
  packA(0, B, H, h, <usize>H * 4, operand);
  gemmPacked(B, N, H, operand, packed, <usize>H * 32, y, <usize>N * 4, accumulate);
}

/** y[B, gates first..last-1] = or += (h ⊙ m_k) U_kᵀ, each gate from its own packed matrix; `h` of gate k lies at h + k groupStride. */
export function forwardGates(first: i32, last: i32, G: i32, B: i32, H: i32, h: usize, groupStride: usize, packed: usize, y: usize, accumulate: i32, operand: usize): void {
  for (let k = first; k < last; k++) {
    if (k == first || groupStride) packA(0, B, H, h + <usize>k * groupStride, <usize>H * 4, operand);
    gemmPacked(B, H, H, operand, packed + <usize>(k * packedSize(H, H)) * 4, <usize>H * 32, y + <usize>(k * H) * 4, <usize>(G * H) * 4, accumulate);
  }
}

/** Fewer products than this do not win back the packing of U: sampling reads one row at a time. */
const FEW: i32 = 8;

/** Whether a sequence is multiplied with U as it lies, row by row. */
// @ts-ignore: decorator
@inline
export function isShort(T: i32, B: i32, mask: usize): bool {
  return T * B < FEW && !mask;
}

/** y[B, gates first..last-1] = or += h U_kᵀ with U as it lies: [G H, H]. */
export function directGates(first: i32, last: i32, G: i32, B: i32, H: i32, h: usize, wHh: usize, y: usize, accumulate: i32): void {
  const skipped = <usize>(first * H) * 4;
  for (let b = 0; b < B; b++) {
    const at = y + <usize>(b * G * H) * 4 + skipped;
    rowTimesTransposed((last - first) * H, H, h + <usize>(b * H) * 4, wHh + skipped * <usize>H, <usize>H * 4, at, accumulate);
  }
}

/** hMasked[g, t] = hPrev ⊙ m[t, g] for every group. */
export function saveMasked(T: i32, BH: i32, t: i32, groups: i32, maskSteps: i32, mask: usize, hPrev: usize, hMasked: usize): void {
  const step = maskSteps == 1 ? 0 : t;
  for (let g = 0; g < groups; g++) {
    maskMul(1, BH, hPrev, mask + <usize>((step * groups + g) * BH) * 4, 1, hMasked + <usize>((g * T + t) * BH) * 4, 0);
  }
}

/**
 * dh[B, H] += Σ_k m_k ⊙ (dz_k U_k), k in first..last-1, from U packed whole: [G H, H] as K = G H rows per panel.
 * A shared mask takes one product over all its gates; a mask per gate takes one product each. `product` is [B, H] scratch,
 * `operand` holds B G H floats.
 */
export function backwardGates(first: i32, last: i32, G: i32, B: i32, H: i32, t: i32, dz: usize, packed: usize, groups: i32, maskSteps: i32, mask: usize, product: usize, dh: usize, operand: usize): void {
  const BH = B * H;
  const m = mask + <usize>(maskSteps == 1 ? 0 : t * groups * BH) * 4;
  if (!mask || groups == 1) {
    backwardProduct(first, last - first, G, B, H, dz, packed, product, operand);
    if (mask) mulAdd(BH, product, m, dh);
    else axpy(BH, 1, product, dh);
    return;
  }
  for (let k = first; k < last; k++) {
    backwardProduct(k, 1, G, B, H, dz, packed, product, operand);
    mulAdd(BH, product, m + <usize>(k * BH) * 4, dh);
  }
}

/** product[B, H] = dz of `count` gates from `first` on, times their U */
export function backwardProduct(first: i32, count: i32, G: i32, B: i32, H: i32, dz: usize, packed: usize, product: usize, operand: usize): void {
  const K = count * H;
  packA(0, B, K, dz + <usize>(first * H) * 4, <usize>(G * H) * 4, operand);
  gemmPacked(B, H, K, operand, packed + <usize>(first * H) * 32, <usize>(G * H) * 32, product, <usize>H * 4, 0);
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
