/**
 * One row times a matrix that is kept packed: what sampling does, where every weight is read once for each character.
 *
 * Wᵀ [K, N] lies in panels of 24 columns, [K][24] each, and what is left of N in panels of 8 (packing.ts). Six sums are on
 * their way at a time, and memory is read straight on: on the processor of bench/LOG.md (2026-11-21) 61 GB/s strict on Node
 * 20, 68 on Node 26 and 72 relaxed over 12.6 MB, where rows as they lie give about 47 strict and 50 relaxed and the machine
 * itself reads 67 to 86. Panels of 32 are no faster relaxed, and run at 34 on Node 20. Each sum runs over k in order, as in
 * the tiles.
 */
import { gemmPacked } from "./gemm";
import { packB } from "./packing";
import { madd } from "./simd";
import { transpose4 } from "./transpose";

const WIDTH: i32 = 24;

/** Packs W [N, K] for rowProduct. Takes K times N, rounded up to a multiple of 8, floats at `out`. */
export function packRow(N: i32, K: i32, w: usize, out: usize): void {
  const ld = <usize>K * 4;
  let n = 0;
  for (; n + WIDTH <= N; n += WIDTH, w += <usize>WIDTH * ld, out += <usize>(K * WIDTH) * 4) {
    for (let j = 0; j < WIDTH; j += 4) {
      const rows = w + <usize>j * ld, to = out + <usize>j * 4;
      let k = 0;
      for (; k + 4 <= K; k += 4) transpose4(rows + <usize>k * 4, ld, to + <usize>(k * WIDTH) * 4, WIDTH * 4);
      for (; k < K; k++) {
        for (let r = 0; r < 4; r++) store<f32>(to + <usize>(k * WIDTH + r) * 4, load<f32>(rows + <usize>r * ld + <usize>k * 4));
      }
    }
  }
  packB(1, K, N - n, w, ld, out);
}

// @ts-ignore: decorator
@inline
function put(y: usize, sum: v128, accumulate: i32): void {
  v128.store(y, accumulate ? f32x4.add(v128.load(y), sum) : sum);
}

/** y[N] = or += W x[K] */
export function rowProduct(N: i32, K: i32, x: usize, packed: usize, y: usize, accumulate: i32): void {
  let n = 0, w = packed;
  for (; n + WIDTH <= N; n += WIDTH, y += WIDTH * 4) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
    let at = x;
    for (let k = K; k > 0; k--) {
      const a = v128.load32_splat(at);
      s0 = madd(a, v128.load(w), s0);
      s1 = madd(a, v128.load(w, 16), s1);
      s2 = madd(a, v128.load(w, 32), s2);
      s3 = madd(a, v128.load(w, 48), s3);
      s4 = madd(a, v128.load(w, 64), s4);
      s5 = madd(a, v128.load(w, 80), s5);
      at += 4; w += 96;
    }
    put(y, s0, accumulate);
    put(y + 16, s1, accumulate);
    put(y + 32, s2, accumulate);
    put(y + 48, s3, accumulate);
    put(y + 64, s4, accumulate);
    put(y + 80, s5, accumulate);
  }
  gemmPacked(1, N - n, K, x, w, <usize>K * 32, y, 0, accumulate);
}
