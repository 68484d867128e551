/** Masks and noise, drawn by a counter. */
import type { Kernels, MaskDraw, NoiseDraw, Ptr } from "../engine.ts";
import type { Memory } from "../memory.ts";
import { dropThreshold } from "../reference/masks.ts";
import type { Sharing } from "./sharing.ts";

/** Drawing a number costs as much as passing over this many; a number of a table twice as much. */
const DRAWN = 8;
const LOOKED_UP = 16;

export function maskKernels(
  sharing: Sharing,
  memory: Memory,
): Pick<Kernels, "drawMask" | "drawNoise" | "holdSteps"> {
  const copies = new Map<Float64Array, Ptr>();
  /** A table of float64 in the engine's memory, which holds it from then on; a few tables of 256 kB. */
  const copyOf = (table: Float64Array): Ptr => {
    const known = copies.get(table);
    if (known) return known;
    const copy = memory.persistent(2 * table.length);
    new Float64Array(memory.f.buffer, copy * 4, table.length).set(table);
    copies.set(table, copy);
    return copy;
  };
  return {
    drawMask({ y, steps, rows, columns, rate, kept = 1 / (1 - rate), key, counter, lane }: MaskDraw): void {
      sharing.share("drawMask", sharing.rows(rows, steps * columns * DRAWN), (from, length) => [
        (y + from * columns) * 4,
        steps,
        rows,
        from,
        length,
        columns,
        dropThreshold(rate),
        kept,
        key[0],
        key[1],
        counter,
        lane,
      ]);
    },
    drawNoise(draw: NoiseDraw): void {
      const { y, steps, stepSize, rows, columns, quantiles, mean, scale, key, counter, lane } = draw;
      const table = copyOf(quantiles);
      sharing.share("drawNoise", sharing.rows(rows, steps * columns * LOOKED_UP), (from, length) => [
        (y + from * columns) * 4,
        steps,
        stepSize,
        from,
        length,
        columns,
        table * 4,
        mean,
        scale,
        key[0],
        key[1],
        counter,
        lane,
      ]);
    },
    holdSteps(steps: number, size: number, fresh: Ptr, y: Ptr): void {
      sharing.share("holdSteps", sharing.elements(size, steps), (from, n) => [
        steps,
        size,
        n,
        (fresh + from) * 4,
        (y + from) * 4,
      ]);
    },
  };
}
