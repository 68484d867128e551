/** The definition of the matrix product. */
import type { Ptr } from "../engine.ts";
import type { Floats } from "../memory.ts";

/** C[M,N] = or += op(A)[M,K] op(B)[K,N]. Sums are accumulated in float64 and rounded once. */
export function gemm(
  f: Floats,
  transA: boolean,
  transB: boolean,
  M: number,
  N: number,
  K: number,
  a: Ptr,
  lda: number,
  b: Ptr,
  ldb: number,
  c: Ptr,
  ldc: number,
  accumulate: boolean,
): void {
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let dot = accumulate ? f[c + i * ldc + j]! : 0;
      for (let k = 0; k < K; k++) {
        dot +=
          f[transA ? a + k * lda + i : a + i * lda + k]! * f[transB ? b + j * ldb + k : b + k * ldb + j]!;
      }
      f[c + i * ldc + j] = dot;
    }
  }
}
