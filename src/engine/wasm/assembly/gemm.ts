/**
 * The matrix product, in panels.
 *
 *   for K in blocks of 256              (a panel of B: 8 kB, stays in the first-level cache)
 *     for N in blocks of 512            (packed B: 512 kB, stays in the second)
 *       for M in blocks of 120          (packed A: 120 kB)
 *         for each panel of B and each tile of A: micro-kernel (tiles.ts)
 *
 * Both operands are packed (packing.ts), so that the micro-kernels read straight on whatever the strides are: rows whose
 * length is a power of two would otherwise fall on the same few lines of the first-level cache.
 */
import { countFours, packA, packB, tileRows } from "./packing";
import { lanesSum, madd } from "./simd";
import { sgemm, systemProduct } from "./system";
import { tile } from "./tiles";

/** Operands packed for the tiles. */
export const PACKED: i32 = 0;
/** B transposed as it lies, and one row of A: packing would cost more than the product. */
export const DIRECT: i32 = 1;
/** The system's BLAS. */
export const SYSTEM: i32 = 2;
/** One row of A at a time, and B kept packed for it (row.ts). */
export const ROW: i32 = 3;
/** The system's BLAS for a narrow B, neither operand transposed. */
export const NARROW: i32 = 4;
/** The product stands there already. */
export const MADE: i32 = 5;

const KC: i32 = 256;
const NC: i32 = 512;
const MC: i32 = 120;

/** Where a tile at the right edge of C is put before its valid columns are copied out: 6 x 8 floats for each of 32 threads. */
const edges: usize = memory.data(6144, 16);
let edge: usize = edges;

/** Says which of the threads on this memory runs this instance, before anything else is called. */
export function beHand(index: i32): void {
  edge = edges + <usize>index * 192;
}

function copyEdge(rows: i32, columns: i32, c: usize, ldc: usize, accumulate: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = load<f32>(edge + <usize>((i << 3) + j) * 4);
      const to = c + <usize>i * ldc + <usize>j * 4;
      store<f32>(to, accumulate ? load<f32>(to) + from : from);
    }
  }
}

/**
 * C[M,N] = or += A B with both operands packed. `panel` is the distance of the panels of B: 32 K bytes, or more when only
 * some of the packed rows are used.
 */
export function gemmPacked(M: i32, N: i32, K: i32, a: usize, b: usize, panel: usize, c: usize, ldc: usize, accumulate: i32): void {
  const fours = countFours(M);
  for (let n = 0; n < N; n += 8, b += panel) {
    const columns = min(8, N - n);
    let at = a;
    let to = c + <usize>n * 4;
    for (let m = 0; m < M; ) {
      const R = tileRows(M, m, fours);
      if (columns == 8) tile(R, K, at, b, to, ldc, accumulate);
      else {
        tile(R, K, at, b, edge, 32, 0);
        copyEdge(R, columns, to, ldc, accumulate);
      }
      at += <usize>(R * K) * 4;
      to += <usize>R * ldc;
      m += R;
    }
  }
}

/** One row times a matrix stored by its columns (B transposed): dot products, four at a time, nothing packed. */
export function rowTimesTransposed(N: i32, K: i32, a: usize, b: usize, ldb: usize, c: usize, accumulate: i32): void {
  let n = 0;
  for (; n + 4 <= N; n += 4, b += 4 * ldb, c += 16) {
    const b1 = b + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let at: usize = 0;
    for (let k = K; k >= 4; k -= 4, at += 16) {
      const x = v128.load(a + at);
      s0 = madd(x, v128.load(b + at), s0);
      s1 = madd(x, v128.load(b1 + at), s1);
      s2 = madd(x, v128.load(b2 + at), s2);
      s3 = madd(x, v128.load(b3 + at), s3);
    }
    finishDot(K, a, b, lanesSum(s0), c, accumulate);
    finishDot(K, a, b1, lanesSum(s1), c + 4, accumulate);
    finishDot(K, a, b2, lanesSum(s2), c + 8, accumulate);
    finishDot(K, a, b3, lanesSum(s3), c + 12, accumulate);
  }
  for (; n < N; n++, b += ldb, c += 4) {
    let s = f32x4.splat(0);
    for (let k = 0; k + 4 <= K; k += 4) s = madd(v128.load(a + <usize>k * 4), v128.load(b + <usize>k * 4), s);
    finishDot(K, a, b, lanesSum(s), c, accumulate);
  }
}

/** The last K mod 4 products of a dot product, and its place in C. */
// @ts-ignore: decorator
@inline
function finishDot(K: i32, a: usize, b: usize, dot: f32, c: usize, accumulate: i32): void {
  for (let k = K & ~3; k < K; k++) dot += load<f32>(a + <usize>k * 4) * load<f32>(b + <usize>k * 4);
  store<f32>(c, accumulate ? load<f32>(c) + dot : dot);
}

/**
 * C[M,N] = or += op(A) op(B). `scratch` holds KC·NC + KC·MC floats. Strides in elements, as in the interface.
 * `way` is chosen for the whole product, also where a thread makes a part of it: bits must not depend on the parts.
 */
export function gemm(way: i32, transA: i32, transB: i32, M: i32, N: i32, K: i32, a: usize, ldaElements: i32, b: usize, ldbElements: i32, c: usize, ldcElements: i32, accumulate: i32, scratch: usize): void {
  if (way == NARROW) return systemProduct(M, N, K, a, ldaElements, b, ldbElements, accumulate, c, ldcElements);
  if (way == SYSTEM) return sgemm(transA, transB, M, N, K, a, ldaElements, b, ldbElements, accumulate, c, ldcElements);
  const lda = <usize>ldaElements * 4, ldb = <usize>ldbElements * 4, ldc = <usize>ldcElements * 4;
  if (way == DIRECT) return rowTimesTransposed(N, K, a, b, ldb, c, accumulate);
  const packedA = scratch + <usize>(KC * NC) * 4;
  for (let k = 0; k < K; k += KC) {
    const kc = min(KC, K - k);
    const add = accumulate | (k > 0 ? 1 : 0);
    for (let n = 0; n < N; n += NC) {
      const nc = min(NC, N - n);
      const bAt = transB ? b + <usize>n * ldb + <usize>k * 4 : b + <usize>k * ldb + <usize>n * 4;
      packB(transB, kc, nc, bAt, ldb, scratch);
      for (let m = 0; m < M; m += MC) {
        const mc = min(MC, M - m);
        const aAt = transA ? a + <usize>k * lda + <usize>m * 4 : a + <usize>m * lda + <usize>k * 4;
        packA(transA, mc, kc, aAt, lda, packedA);
        gemmPacked(mc, nc, kc, packedA, scratch, <usize>kc * 32, c + <usize>m * ldc + <usize>n * 4, ldc, add);
      }
    }
  }
}
