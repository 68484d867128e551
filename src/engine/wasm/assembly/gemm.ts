/**
 * The matrix product, in panels.
 *
 *   B is packed into panels of 8 columns, [K][8] each, zero-padded at the edge.
 *   A is read where it lies when its rows are contiguous; when transposed it is packed into tiles of 6 rows, [K][6] each.
 *
 *   for K in blocks of 256              (a panel of B: 8 kB, stays in the first-level cache)
 *     for N in blocks of 512            (packed B: 512 kB, stays in the second)
 *       for M in blocks of 96, for each panel and each tile of rows: micro-kernel (tiles.ts)
 */
import { packA, packB } from "./packing";
import { lanesSum, madd } from "./simd";
import { tile1Row, tile4Rows, tile6Packed, tile6Rows } from "./tiles";

const KC: i32 = 256;
const NC: i32 = 512;
/** Rows of A packed together when A is transposed: 96 x 256 floats, 96 kB. */
const MC: i32 = 96;

/** Where a tile at the edge of C is put before its valid part is copied out: 6 x 8 floats. */
const edge: usize = memory.data(192, 16);

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
