/** Rows of a table under masks of their own. */
import type { Kernels, MaskedRows, MaskedRowsGradients, Ptr } from "../engine.ts";
import type { WasmKernels } from "./kernels.ts";
import { aligned, type Sharing } from "./sharing.ts";

/** Gate columns of a panel, rows at a time, and panels side by side; as in assembly/maskedRows.ts. */
const PANEL = 32;
const TOGETHER = 64;
const SIDE = 4;

/** Numbers of masks that are listed at once on the way back: lists of at most 1.5 MB. */
const LISTED = 131072;

/** Rows for which there is room come in such steps: their number changes from window to window, and scratch that follows it grows. */
const ROUNDED = 1024;

export function maskedRowKernels(
  sharing: Sharing,
  kernels: WasmKernels,
): Pick<Kernels, "maskedRowsForward" | "maskedRowsBackward"> {
  const isLarge = ({ N, D, columns }: MaskedRows): boolean =>
    N * D * columns >= sharing.thresholds.products * 4;
  /** What both kernels are told of the rows, for gate columns from `first` on. */
  const told = (given: MaskedRows, first: number): readonly number[] => {
    const { D, ids, maskRows, factors, starts, places, mask, usual, table, weight } = given;
    const arrays = [ids, maskRows, factors, starts, places, mask].map((p) => p * 4);
    return [...arrays, usual, table * 4, (weight + first * D) * 4];
  };
  return {
    maskedRowsForward(given: MaskedRows, base: Ptr, z: Ptr): void {
      const { N, D, columns, ld } = given;
      const parts = sharing.parts(Math.ceil(columns / PANEL), isLarge(given), 1);
      const most = Math.max(...parts.map(([, panels]) => panels));
      const each = aligned(most * D * PANEL + SIDE * TOGETHER * PANEL + TOGETHER + 2 * (TOGETHER * D + 1));
      const scratch = sharing.scratch(each * parts.length);
      sharing.share("maskedRowsForward", parts, (from, panels, hand) => {
        const first = from * PANEL;
        return [
          N,
          D,
          Math.min(columns - first, panels * PANEL),
          ...told(given, first),
          base && (base + first) * 4,
          (z + first) * 4,
          ld,
          scratch + hand * each * 4,
        ];
      });
    },
    maskedRowsBackward(given: MaskedRows, dz: Ptr, gradients: MaskedRowsGradients): void {
      const { N, V, D, columns, ld } = given;
      const { dTable, dWeight, sums, total } = gradients;
      const portion = Math.min(Math.ceil(N / ROUNDED) * ROUNDED, Math.max(1, Math.floor(LISTED / D)));
      const width = SIDE * PANEL;
      const blocks = Math.ceil(columns / width);
      const parts = sharing.parts(blocks, isLarge(given), 1);
      const each = aligned(2 * width * D + width * TOGETHER + portion * D + 2 * (portion * D + 1));
      const tables = blocks * V * D; // what each block of gate columns gives to the table
      const scratch = sharing.scratch(tables + 16 + each * parts.length);
      kernels.fill(tables, scratch, 0);
      sharing.share("maskedRowsBackward", parts, (from, length, hand) => {
        const first = from * width;
        return [
          N,
          V,
          D,
          Math.min(columns - first, length * width),
          ...told(given, first),
          (dz + first) * 4,
          ld,
          scratch + from * V * D * 4,
          (dWeight + first * D) * 4,
          (sums + first) * 4,
          total && (total + first) * 4,
          portion,
          scratch + (aligned(tables) + hand * each) * 4,
        ];
      });
      for (let block = 0; block < blocks; block++)
        kernels.axpy(V * D, 1, scratch + block * V * D * 4, dTable * 4);
    },
  };
}
