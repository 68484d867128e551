/**
 * The micro-kernels of the matrix product: a tile of C in registers, one pass over K.
 *
 * A tile of R rows of A lies packed as [K][R], a panel of B as [K][8]. Per k: two loads of B, R broadcasts of A, 2 R
 * multiply-adds. x86-64 has 16 registers of which V8 keeps one: with fused multiply-add 6 rows fit (12 sums, 2 of B, 1 of
 * A), without it 5, because each product needs a register of its own on its way to the sum.
 *
 * Not unrolled over k, on purpose: on the processor of bench/LOG.md (2026-11-21) one k per turn ran at 44.9 GFLOP/s relaxed
 * and 37.7 strict, two at 31.9 and 29.7. All strides are in bytes.
 */
import { madd } from "./simd";

/** Rows of the large tile. */
export const MR: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

// @ts-ignore: decorator
@inline
function put(c: usize, x: v128, y: v128, accumulate: i32): void {
  if (accumulate) {
    v128.store(c, f32x4.add(v128.load(c), x));
    v128.store(c, f32x4.add(v128.load(c, 16), y), 16);
  } else {
    v128.store(c, x);
    v128.store(c, y, 16);
  }
}

/** 6 x 8: the large tile of the relaxed build */
export function tile6(K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let k = K; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a, 16); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a, 20); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += 24; b += 32;
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate); c += ldc;
  put(c, c40, c41, accumulate); c += ldc;
  put(c, c50, c51, accumulate);
}

/** 5 x 8: the large tile of the strict build */
export function tile5(K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00;
  for (let k = K; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a, 16); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    a += 20; b += 32;
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate); c += ldc;
  put(c, c40, c41, accumulate);
}

/** 4 x 8 */
export function tile4(K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = K; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += 16; b += 32;
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate);
}

/** 1 x 8 */
export function tile1(K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00;
  for (let k = K; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    a += 4; b += 32;
  }
  put(c, c00, c01, accumulate);
}

/** The tile of R rows, R being MR, 4 or 1. */
// @ts-ignore: decorator
@inline
export function tile(R: i32, K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  if (R == 4) tile4(K, a, b, c, ldc, accumulate);
  else if (R == 1) tile1(K, a, b, c, ldc, accumulate);
  else if (ASC_FEATURE_RELAXED_SIMD) tile6(K, a, b, c, ldc, accumulate);
  else tile5(K, a, b, c, ldc, accumulate);
}
