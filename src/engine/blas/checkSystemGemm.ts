/** A library is believed after it has made the products that we can make ourselves. */
import type { WasmKernels } from "../wasm/kernels.ts";
import type { SystemGemm } from "../wasm/module.ts";
import { PACKED } from "../wasm/ways.ts";

/** Odd sizes, and rows longer than they need be. */
const SIZES = [
  { M: 5, N: 7, K: 3 },
  { M: 33, N: 19, K: 65 },
  { M: 32, N: 128, K: 129 },
] as const;
const GAP = 3;

/**
 * Compares a system's product with ours, in all four forms, written and added.
 *
 * @returns in words what is wrong, or undefined
 */
export function checkSystemGemm(
  memory: WebAssembly.Memory,
  kernels: WasmKernels,
  sgemm: SystemGemm,
): string | undefined {
  const room = 512 * 1024; // floats for operands, results and our packing
  const start = memory.buffer.byteLength;
  memory.grow((room * 4) / 65536);
  const f = new Float32Array(memory.buffer, start, room);
  const place = (index: number): number => start + (index * 65536 * 4) / 2;
  for (const { M, N, K } of SIZES) {
    for (const [transA, transB, accumulate] of [
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 0],
      [1, 1, 1],
    ] as const) {
      for (let k = 0; k < room; k++) f[k] = ((k * 7919) % 1009) / 1009 - 0.5;
      const [a, b, ours, theirs] = [place(0), place(1), place(2), place(3)];
      const scratch = start + (room / 2) * 4;
      const [lda, ldb, ldc] = [(transA ? M : K) + GAP, (transB ? K : N) + GAP, N + GAP];
      const view = (p: number): Float32Array => new Float32Array(memory.buffer, p, M * ldc);
      view(theirs).set(view(ours));
      kernels.gemm(PACKED, transA, transB, M, N, K, a, lda, b, ldb, ours, ldc, accumulate, scratch);
      sgemm(transA, transB, M, N, K, a, lda, b, ldb, accumulate, theirs, ldc);
      const [mine, other] = [view(ours), view(theirs)];
      for (const [k, value] of mine.entries()) {
        const bound = 1e-6 * (K + 1); // elements are below 0.5, so the sum of their products is below K/4
        if (!(Math.abs(value - other[k]!) <= bound))
          return `its cblas_sgemm gives ${other[k]} where ${value} is right (${M} x ${N} x ${K})`;
      }
    }
  }
  return undefined;
}
