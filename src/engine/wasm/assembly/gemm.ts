/**
 * The matrix product, in panels.
 *
 *   B is packed into panels of 8 columns, [K][8] each, zero-padded at the edge.
 *   A is read where it lies when its rows are contiguous; when transposed it is packed into tiles of 6 rows, [K][6] each.
 *   A micro-kernel keeps a 6 x 8 tile of C in 12 registers: per k two loads of B, six broadcasts of A, 12 multiply-adds.
 *
 *   for K in blocks of 256              (a panel of B: 8 kB, stays in the first-level cache)
 *     for N in blocks of 512            (packed B: 512 kB, stays in the second)
 *       for M in tiles of 6 (or 4, or 1) and for each panel: micro-kernel
 *
 * 6 x 8 is the largest tile whose sums, two columns of B and one broadcast fit the 16 registers of x86-64.
 * All strides are in bytes here.
 */
import { lanesSum, madd } from "./simd";

export const KC: i32 = 256;
export const NC: i32 = 512;
/** Rows of A packed together when A is transposed: 96 x 256 floats, 96 kB. */
const MC: i32 = 96;

/** Where a tile at the edge of C is put before its valid part is copied out: 6 x 8 floats. */
const edge: usize = memory.data(192, 16);

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

/** 6 x 8, A by rows: row i starts at a + i lda. Unrolled by 4 over k. */
function tile6Rows(K: i32, a0: usize, lda: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let a4 = a3 + lda;
  let a5 = a4 + lda;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  let k = K;
  for (; k >= 4; k -= 4) {
    {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let s = v128.load32_splat(a0); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a4); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a5); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    {
      const b0 = v128.load(b, 32), b1 = v128.load(b, 48);
      let s = v128.load32_splat(a0, 4); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2, 4); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3, 4); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a4, 4); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a5, 4); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    {
      const b0 = v128.load(b, 64), b1 = v128.load(b, 80);
      let s = v128.load32_splat(a0, 8); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1, 8); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3, 8); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a4, 8); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a5, 8); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    {
      const b0 = v128.load(b, 96), b1 = v128.load(b, 112);
      let s = v128.load32_splat(a0, 12); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1, 12); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2, 12); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a4, 12); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a5, 12); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; a5 += 16; b += 128;
  }
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4; b += 32;
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate); c += ldc;
  put(c, c40, c41, accumulate); c += ldc;
  put(c, c50, c51, accumulate);
}

/** 4 x 8, A by rows. */
function tile4Rows(K: i32, a0: usize, lda: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let k = K;
  for (; k >= 2; k -= 2) {
    {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let s = v128.load32_splat(a0); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    }
    {
      const b0 = v128.load(b, 32), b1 = v128.load(b, 48);
      let s = v128.load32_splat(a0, 4); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a1, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a2, 4); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a3, 4); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    }
    a0 += 8; a1 += 8; a2 += 8; a3 += 8; b += 64;
  }
  if (k > 0) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate);
}

/** 1 x 8 */
function tile1Row(K: i32, a: usize, b: usize, c: usize, accumulate: i32): void {
  let c0 = f32x4.splat(0), c1 = c0;
  for (let k = K; k > 0; k--) {
    const s = v128.load32_splat(a);
    c0 = madd(s, v128.load(b), c0);
    c1 = madd(s, v128.load(b, 16), c1);
    a += 4; b += 32;
  }
  put(c, c0, c1, accumulate);
}

/** 6 x 8, A packed by columns: the six values of step k lie at a + 24 k. */
function tile6Packed(K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  let k = K;
  for (; k >= 2; k -= 2) {
    {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a, 16); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a, 20); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    {
      const b0 = v128.load(b, 32), b1 = v128.load(b, 48);
      let s = v128.load32_splat(a, 24); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
      s = v128.load32_splat(a, 28); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
      s = v128.load32_splat(a, 32); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
      s = v128.load32_splat(a, 36); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
      s = v128.load32_splat(a, 40); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
      s = v128.load32_splat(a, 44); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    }
    a += 48; b += 64;
  }
  if (k > 0) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a, 4); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a, 8); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a, 12); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a, 16); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a, 20); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
  }
  put(c, c00, c01, accumulate); c += ldc;
  put(c, c10, c11, accumulate); c += ldc;
  put(c, c20, c21, accumulate); c += ldc;
  put(c, c30, c31, accumulate); c += ldc;
  put(c, c40, c41, accumulate); c += ldc;
  put(c, c50, c51, accumulate);
}

/** Copies the valid rows x columns of the edge tile to C. */
function copyEdge(rows: i32, columns: i32, c: usize, ldc: usize, accumulate: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = load<f32>(edge + <usize>((i << 3) + j) * 4);
      const to = c + <usize>i * ldc + <usize>j * 4;
      store<f32>(to, accumulate ? load<f32>(to) + from : from);
    }
  }
}

/** Packs op(B)[k0.., n0..] of size K x N into panels of 8 columns at `out`; the last panel is padded with zeros. */
export function packB(transB: i32, K: i32, N: i32, b: usize, ldb: usize, out: usize): void {
  for (let n = 0; n < N; n += 8) {
    const columns = min(8, N - n);
    if (transB) {
      const rows = b + <usize>n * ldb;
      if (columns == 8) packColumns8(K, rows, ldb, out);
      else {
        for (let k = 0; k < K; k++) {
          for (let j = 0; j < 8; j++) store<f32>(out + <usize>((k << 3) + j) * 4, j < columns ? load<f32>(rows + <usize>j * ldb + <usize>k * 4) : 0);
        }
      }
    } else {
      let from = b + <usize>n * 4;
      let to = out;
      if (columns == 8) {
        for (let k = 0; k < K; k++, from += ldb, to += 32) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
        }
      } else {
        for (let k = 0; k < K; k++, from += ldb, to += 32) {
          for (let j = 0; j < 8; j++) store<f32>(to + <usize>j * 4, j < columns ? load<f32>(from + <usize>j * 4) : 0);
        }
      }
    }
    out += <usize>K * 32;
  }
}

/** Eight rows of length K, transposed into [K][8], four columns at a time. */
function packColumns8(K: i32, rows: usize, ldb: usize, out: usize): void {
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    const at = rows + <usize>k * 4;
    transpose4(at, ldb, out + <usize>k * 32);
    transpose4(at + 4 * ldb, ldb, out + <usize>k * 32 + 16);
  }
  for (; k < K; k++) {
    for (let j = 0; j < 8; j++) store<f32>(out + <usize>((k << 3) + j) * 4, load<f32>(rows + <usize>j * ldb + <usize>k * 4));
  }
}

/** Four rows of four become four columns, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, ld: usize, to: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from + ld), r2 = v128.load(from + 2 * ld), r3 = v128.load(from + 3 * ld);
  const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), q = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const u = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), v = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(p, q, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(u, v, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(u, v, 2, 3, 6, 7), 96);
}

/** Packs K x M of a transposed A (stored [K, M]) into tiles of 6 rows, zero-padded. */
function packA(K: i32, M: i32, a: usize, lda: usize, out: usize): void {
  for (let k = 0; k < K; k++) {
    const from = a + <usize>k * lda;
    let to = out + <usize>k * 24;
    let i = 0;
    for (; i + 6 <= M; i += 6, to += <usize>K * 24) {
      v128.store(to, v128.load(from + <usize>i * 4));
      store<u64>(to, load<u64>(from + <usize>i * 4, 16), 16);
    }
    if (i < M) {
      for (let j = 0; j < 6; j++) store<f32>(to + <usize>j * 4, i + j < M ? load<f32>(from + <usize>(i + j) * 4) : 0);
    }
  }
}

/**
 * C[M,N] = or += A[M,K] B with B packed; A by rows. `panel` is the distance of the panels of B: 32 K bytes, or more
 * when only some of the packed rows are used. Tiles of 6 and 4 rows are chosen so that few single rows remain.
 */
export function gemmPacked(M: i32, N: i32, K: i32, a: usize, lda: usize, b: usize, panel: usize, c: usize, ldc: usize, accumulate: i32): void {
  let fours = M % 6 == 4 ? 1 : M % 6 == 2 && M >= 8 ? 2 : 0;
  if (M % 6 == 5 && M >= 5) fours = 1;
  if (M % 6 == 3 && M >= 9) fours = 2;
  const sixes = (M - 4 * fours) / 6;
  for (let n = 0; n < N; n += 8, b += panel) {
    const columns = min(8, N - n);
    const whole = columns == 8;
    let ai = a;
    let ci = c + <usize>n * 4;
    for (let s = 0; s < sixes; s++, ai += 6 * lda, ci += 6 * ldc) {
      if (whole) tile6Rows(K, ai, lda, b, ci, ldc, accumulate);
      else {
        tile6Rows(K, ai, lda, b, edge, 32, 0);
        copyEdge(6, columns, ci, ldc, accumulate);
      }
    }
    for (let s = 0; s < fours; s++, ai += 4 * lda, ci += 4 * ldc) {
      if (whole) tile4Rows(K, ai, lda, b, ci, ldc, accumulate);
      else {
        tile4Rows(K, ai, lda, b, edge, 32, 0);
        copyEdge(4, columns, ci, ldc, accumulate);
      }
    }
    for (let s = 6 * sixes + 4 * fours; s < M; s++, ai += lda, ci += ldc) {
      if (whole) tile1Row(K, ai, b, ci, accumulate);
      else {
        tile1Row(K, ai, b, edge, 0);
        copyEdge(1, columns, ci, ldc, accumulate);
      }
    }
  }
}

/** The same with A packed by packA. */
function gemmBothPacked(M: i32, N: i32, K: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: i32): void {
  for (let m = 0; m < M; m += 6, a += <usize>K * 24) {
    const rows = min(6, M - m);
    let bn = b;
    for (let n = 0; n < N; n += 8, bn += <usize>K * 32) {
      const columns = min(8, N - n);
      const at = c + <usize>m * ldc + <usize>n * 4;
      if (rows == 6 && columns == 8) tile6Packed(K, a, bn, at, ldc, accumulate);
      else {
        tile6Packed(K, a, bn, edge, 32, 0);
        copyEdge(rows, columns, at, ldc, accumulate);
      }
    }
  }
}

/** One row times a matrix stored by its columns' rows (B transposed): dot products, nothing packed. */
function rowTimesTransposed(N: i32, K: i32, a: usize, b: usize, ldb: usize, c: usize, accumulate: i32): void {
  for (let n = 0; n < N; n++, b += ldb, c += 4) {
    let s0 = f32x4.splat(0), s1 = s0;
    let k = 0;
    for (; k + 8 <= K; k += 8) {
      const at = <usize>k * 4;
      s0 = madd(v128.load(a + at), v128.load(b + at), s0);
      s1 = madd(v128.load(a + at, 16), v128.load(b + at, 16), s1);
    }
    let dot = lanesSum(f32x4.add(s0, s1));
    for (; k < K; k++) dot += load<f32>(a + <usize>k * 4) * load<f32>(b + <usize>k * 4);
    store<f32>(c, accumulate ? load<f32>(c) + dot : dot);
  }
}

/** C[M,N] = or += op(A) op(B). `scratch` holds KC·NC + KC·MC floats. Strides in elements, as in the interface. */
export function gemm(transA: i32, transB: i32, M: i32, N: i32, K: i32, a: usize, ldaElements: i32, b: usize, ldbElements: i32, c: usize, ldcElements: i32, accumulate: i32, scratch: usize): void {
  const lda = <usize>ldaElements * 4, ldb = <usize>ldbElements * 4, ldc = <usize>ldcElements * 4;
  if (M == 1 && transB && !transA) return rowTimesTransposed(N, K, a, b, ldb, c, accumulate);
  const packedA = scratch + <usize>(KC * NC) * 4;
  for (let k = 0; k < K; k += KC) {
    const kc = min(KC, K - k);
    const add = accumulate | (k > 0 ? 1 : 0);
    for (let n = 0; n < N; n += NC) {
      const nc = min(NC, N - n);
      const bAt = transB ? b + <usize>n * ldb + <usize>k * 4 : b + <usize>k * ldb + <usize>n * 4;
      packB(transB, kc, nc, bAt, ldb, scratch);
      const cAt = c + <usize>n * 4;
      if (transA) {
        for (let m = 0; m < M; m += MC) {
          const mc = min(MC, M - m);
          packA(kc, mc, a + <usize>k * lda + <usize>m * 4, lda, packedA);
          gemmBothPacked(mc, nc, kc, packedA, scratch, cAt + <usize>m * ldc, ldc, add);
        }
      } else {
        // rows in blocks, so that a block of A stays in the second-level cache over all panels
        for (let m = 0; m < M; m += MC) {
          const mc = min(MC, M - m);
          gemmPacked(mc, nc, kc, a + <usize>m * lda + <usize>k * 4, lda, scratch, <usize>kc * 32, cAt + <usize>m * ldc, ldc, add);
        }
      }
    }
  }
}
