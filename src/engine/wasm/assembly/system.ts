/** Products by the system's BLAS. */
import { transpose } from "./transpose";

/** Where there is one: C[M,N] = or += op(A) op(B), rows of lda, ldb, ldc floats. */
// @ts-ignore: decorator
@external("env", "sgemm")
export declare function sgemm(transA: i32, transB: i32, M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, accumulate: i32, c: usize, ldc: i32): void;

/**
 * Products of at most 100^3 multiply-adds are made without packing by libraries that have kernels for them. A block of
 * 32 x 64 x 256 is half of that.
 */
const MB: i32 = 32;
const NB: i32 = 64;
const KB: i32 = 256;
let hasSmallKernels: i32 = 0;

/** Says whether the library has kernels for small products; see blas/findSystemBlas.ts. */
export function useSmallKernels(on: i32): void {
  hasSmallKernels = on;
}

/**
 * C[M,N] = or += A[M,K] B[K,N] for the few rows of one time step, or for a narrow B.
 *
 * A library packs B at every call, and in a recurrence B is the same at every step: with small kernels the product is cut
 * into pieces that are not packed. On the processor of bench/LOG.md (2026-11-21) 32 rows take 112 to 114 GFLOP/s in
 * pieces and 80 to 92 whole, at H 128, 256 and 512; 16 rows, half a batch on each of two threads, 112 and 75 to 83.
 */
export function systemProduct(M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, accumulate: i32, c: usize, ldc: i32): void {
  if (!hasSmallKernels) {
    sgemm(0, 0, M, N, K, a, lda, b, ldb, accumulate, c, ldc);
    return;
  }
  for (let m = 0; m < M; m += MB) {
    for (let n = 0; n < N; n += NB) {
      pieces(min(MB, M - m), min(NB, N - n), K, a + <usize>(m * lda) * 4, lda, b + <usize>n * 4, ldb, accumulate, c + <usize>(m * ldc + n) * 4, ldc);
    }
  }
}

/** The same with B laid out by `layOutTransposed`: the columns of a piece lie together, which reads 5 % faster from H 256 on. */
export function systemProductLaidOut(M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, accumulate: i32, c: usize, ldc: i32): void {
  if (!hasSmallKernels) {
    sgemm(0, 0, M, N, K, a, lda, b, N, accumulate, c, ldc);
    return;
  }
  for (let m = 0; m < M; m += MB) {
    for (let n = 0; n < N; n += NB) {
      const columns = min(NB, N - n);
      pieces(min(MB, M - m), columns, K, a + <usize>(m * lda) * 4, lda, b + <usize>(n * K) * 4, columns, accumulate, c + <usize>(m * ldc + n) * 4, ldc);
    }
  }
}

function pieces(M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, accumulate: i32, c: usize, ldc: i32): void {
  for (let k = 0; k < K; k += KB) {
    sgemm(0, 0, M, N, min(KB, K - k), a + <usize>k * 4, lda, b + <usize>(k * ldb) * 4, ldb, accumulate | (k > 0 ? 1 : 0), c, ldc);
  }
}

/** Rows first .. last - 1 of U [N, K] into Uᵀ [K, N], or into pieces of 64 of its columns; `first` is a multiple of 64. */
export function layOutTransposed(N: i32, K: i32, first: i32, last: i32, u: usize, out: usize): void {
  if (!hasSmallKernels) {
    transpose(last - first, K, u + <usize>(first * K) * 4, K, out + <usize>first * 4, N);
    return;
  }
  for (let n = first; n < last; n += NB) {
    const columns = min(NB, last - n);
    transpose(columns, K, u + <usize>(n * K) * 4, K, out + <usize>(n * K) * 4, columns);
  }
}
