/** The definition of a drawn mask. */
import type { MaskDraw } from "../engine.ts";
import type { Floats } from "../memory.ts";
import { philox } from "../random/philox.ts";

/**
 * y[t, r, c] = 0 when u < rate, else kept (1/(1-rate) when nothing is said), where u is word (c mod 4) of Philox(key; t·2^16 + c div 4, r, counter, lane).
 * A mask depends on nothing else: not on the batch around it, the number of threads, or what was drawn before.
 */
export function drawMask(f: Floats, draw: MaskDraw): void {
  const { y, steps, rows, columns, rate, key, counter, lane } = draw;
  const words = new Uint32Array(4);
  const threshold = dropThreshold(rate);
  const { kept = 1 / (1 - rate) } = draw;
  for (let t = 0; t < steps; t++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        if (c % 4 === 0) philox(key[0], key[1], (t << 16) | (c >> 2), r, counter, lane, words);
        f[y + (t * rows + r) * columns + c] = words[c % 4]! < threshold ? 0 : kept;
      }
    }
  }
}

/** The 32-bit number below which a random word means "dropped". */
export function dropThreshold(rate: number): number {
  return Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1);
}
