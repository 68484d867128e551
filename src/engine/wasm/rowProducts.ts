/** One row times a matrix that is kept packed, shared by columns. The panels are those of assembly/row.ts. */
import type { Kernels, Ptr } from "../engine.ts";
import type { Range } from "./ranges.ts";
import type { Sharing } from "./sharing.ts";

/** Parts begin where panels do, so that a sum does not depend on who makes it. */
const PANEL = 24;

export function rowProducts(sharing: Sharing): Pick<Kernels, "packRow" | "rowProduct"> {
  return {
    packRow(N: number, K: number, w: Ptr, packed: Ptr): void {
      const parts = sharing.parts(N, N * K >= sharing.thresholds.elements, PANEL);
      sharing.share("packRow", parts, (from, length) => [
        length,
        K,
        (w + from * K) * 4,
        (packed + from * K) * 4,
      ]);
    },
    rowProduct(N: number, K: number, x: Ptr, packed: Ptr, y: Ptr, accumulate: boolean): void {
      multiply(sharing, columnParts(sharing, N, K), K, x, packed, y, accumulate);
    },
  };
}

/** Makes y += or = W x on all hands and says so, where that is worth it; else nothing is done. */
export function sharedRowProduct(
  sharing: Sharing,
  N: number,
  K: number,
  x: Ptr,
  packed: Ptr,
  y: Ptr,
  accumulate: boolean,
): boolean {
  const parts = columnParts(sharing, N, K);
  if (parts.length > 1) multiply(sharing, parts, K, x, packed, y, accumulate);
  return parts.length > 1;
}

function columnParts(sharing: Sharing, N: number, K: number): Range[] {
  return sharing.parts(N, N * K >= sharing.thresholds.products, PANEL);
}

function multiply(
  sharing: Sharing,
  parts: readonly Range[],
  K: number,
  x: Ptr,
  packed: Ptr,
  y: Ptr,
  accumulate: boolean,
): void {
  sharing.share("rowProduct", parts, (from, length) => [
    length,
    K,
    x * 4,
    (packed + from * K) * 4,
    (y + from) * 4,
    +accumulate,
  ]);
}
