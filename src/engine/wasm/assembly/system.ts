/** Products by the system's BLAS. */

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
      for (let k = 0; k < K; k += KB) {
        const aAt = a + <usize>(m * lda + k) * 4, bAt = b + <usize>(k * ldb + n) * 4, cAt = c + <usize>(m * ldc + n) * 4;
        sgemm(0, 0, min(MB, M - m), min(NB, N - n), min(KB, K - k), aAt, lda, bAt, ldb, accumulate | (k > 0 ? 1 : 0), cAt, ldc);
      }
    }
  }
}
