/** The matrix product, cut along the longer side of the result. */
import type { Kernels, Ptr } from "../engine.ts";
import type { Sharing } from "./sharing.ts";
import { NARROW, NARROW_ROWS, PACKED, SYSTEM, wayOfProduct } from "./ways.ts";

/** Blocking of gemm.ts: packed B and packed A, in floats. */
const GEMM_SCRATCH = 256 * 512 + 256 * 120;

export function productKernels(sharing: Sharing): Pick<Kernels, "gemm"> {
  return {
    gemm(
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
      const way = wayOfProduct(sharing, transA, transB, M, N, K);
      const byRows = M >= N;
      const length = byRows ? M : N;
      const size = M * N * K;
      const parts =
        way === SYSTEM
          ? sharing.largeParts(length, size / length)
          : sharing.parts(length, size >= sharing.thresholds.products, way === NARROW ? NARROW_ROWS : 16);
      const scratch = sharing.scratch(way === PACKED ? GEMM_SCRATCH * parts.length : 0);
      sharing.share("gemm", parts, (from, length, hand) => {
        const aFrom = byRows ? from * (transA ? 1 : lda) : 0;
        const bFrom = byRows ? 0 : from * (transB ? ldb : 1);
        return [
          way,
          +transA,
          +transB,
          byRows ? length : M,
          byRows ? N : length,
          K,
          (a + aFrom) * 4,
          lda,
          (b + bFrom) * 4,
          ldb,
          (c + (byRows ? from * ldc : from)) * 4,
          ldc,
          +accumulate,
          scratch + hand * GEMM_SCRATCH * 4,
        ];
      });
    },
  };
}
