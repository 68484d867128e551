/** Rows and columns picked by number, softmax and layer normalisation. */
import type { Kernels, Ptr } from "../engine.ts";
import type { WasmKernels } from "./kernels.ts";
import { aligned, type Sharing } from "./sharing.ts";

/** A row is passed over this many times when it is normalised. */
const SWEEPS = 3;

type Rows = Pick<
  Kernels,
  | "gatherRows"
  | "scatterAddRows"
  | "gatherColumns"
  | "scatterAddColumns"
  | "pickScale"
  | "softmaxCrossEntropy"
  | "softmaxRows"
  | "layerNorm"
  | "layerNormBackward"
  | "sumProducts"
>;

export function rowKernels(sharing: Sharing, kernels: WasmKernels): Rows {
  return {
    gatherRows(N: number, D: number, ids: Ptr, table: Ptr, scale: Ptr, y: Ptr): void {
      sharing.share("gatherRows", sharing.rows(N, D), (from, n) => [
        n,
        D,
        (ids + from) * 4,
        table * 4,
        scale && (scale + from) * 4,
        (y + from * D) * 4,
      ]);
    },
    scatterAddRows(N: number, D: number, ids: Ptr, dy: Ptr, scale: Ptr, dTable: Ptr): void {
      sharing.share("scatterAddRows", sharing.elements(D, N), (from, width) => [
        N,
        D,
        width,
        ids * 4,
        (dy + from) * 4,
        scale * 4,
        (dTable + from) * 4,
      ]);
    },
    gatherColumns(N: number, D: number, K: number, kept: Ptr, scale: number, x: Ptr, y: Ptr): void {
      sharing.share("gatherColumns", sharing.rows(N, K), (from, n) => [
        n,
        D,
        K,
        kept * 4,
        scale,
        (x + from * D) * 4,
        (y + from * K) * 4,
      ]);
    },
    scatterAddColumns(N: number, D: number, K: number, kept: Ptr, scale: number, y: Ptr, x: Ptr): void {
      sharing.share("scatterAddColumns", sharing.rows(N, K), (from, n) => [
        n,
        D,
        K,
        kept * 4,
        scale,
        (y + from * K) * 4,
        (x + from * D) * 4,
      ]);
    },
    pickScale(N: number, rows: number, V: number, ids: Ptr, mask: Ptr, s: Ptr): void {
      kernels.pickScale(N, rows, V, ids * 4, mask * 4, s * 4);
    },
    softmaxCrossEntropy(N: number, V: number, logits: Ptr, targets: Ptr, losses: Ptr, delta: Ptr): void {
      const parts = sharing.rows(N, V);
      const scratch = sharing.scratch(aligned(V) * parts.length);
      sharing.share("softmaxCrossEntropy", parts, (from, n, hand) => [
        n,
        V,
        (logits + from * V) * 4,
        (targets + from) * 4,
        (losses + from) * 4,
        delta && (delta + from * V) * 4,
        scratch + hand * aligned(V) * 4,
      ]);
    },
    softmaxRows(N: number, V: number, temperature: number, x: Ptr, y: Ptr): void {
      sharing.share("softmaxRows", sharing.rows(N, V), (from, n) => [
        n,
        V,
        temperature,
        (x + from * V) * 4,
        (y + from * V) * 4,
      ]);
    },
    layerNorm(
      N: number,
      D: number,
      ld: number,
      x: Ptr,
      gain: Ptr,
      bias: Ptr,
      epsilon: number,
      normalised: Ptr,
      inverse: Ptr,
      y: Ptr,
    ): void {
      sharing.share("layerNorm", sharing.rows(N, D * SWEEPS), (from, n) => [
        n,
        D,
        ld,
        (x + from * ld) * 4,
        gain * 4,
        bias * 4,
        epsilon,
        (normalised + from * ld) * 4,
        (inverse + from) * 4,
        (y + from * ld) * 4,
      ]);
    },
    layerNormBackward(
      N: number,
      D: number,
      ld: number,
      dy: Ptr,
      gain: Ptr,
      normalised: Ptr,
      inverse: Ptr,
      dx: Ptr,
      accumulate: boolean,
    ): void {
      sharing.share("layerNormBackward", sharing.rows(N, D * SWEEPS), (from, n) => [
        n,
        D,
        ld,
        (dy + from * ld) * 4,
        gain * 4,
        (normalised + from * ld) * 4,
        (inverse + from) * 4,
        (dx + from * ld) * 4,
        +accumulate,
      ]);
    },
    sumProducts(N: number, D: number, a: Ptr, b: Ptr, y: Ptr): void {
      sharing.share("sumProducts", sharing.elements(D, N), (from, width) => [
        N,
        D,
        width,
        (a + from) * 4,
        (b + from) * 4,
        (y + from) * 4,
      ]);
    },
  };
}
