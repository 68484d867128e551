/** The definition of masks and noise that are drawn. */
import type { MaskDraw, NoiseDraw, Ptr } from "../engine.ts";
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

/**
 * y[t, r, c] = mean ± scale q. Sixteen bits of word (c div 2 mod 4) of Philox(key; t·2^16 + c div 8, r, counter, lane) are those
 * of column c: one bit the sign, fifteen the place in the table of quantiles. Computed in float64, rounded when it is stored.
 */
export function drawNoise(f: Floats, draw: NoiseDraw): void {
  const { y, steps, stepSize, rows, columns, quantiles, mean, scale, key, counter, lane } = draw;
  const words = new Uint32Array(4);
  for (let t = 0; t < steps; t++) {
    for (let r = 0; r < rows; r++) {
      const row = y + t * stepSize + r * columns;
      for (let c = 0; c < columns; c++) {
        if (c % 8 === 0) philox(key[0], key[1], (t << 16) | (c >> 3), r, counter, lane, words);
        const bits = words[(c >> 1) & 3]! >>> ((c & 1) << 4);
        const size = scale * quantiles[bits & 0x7fff]!;
        f[row + c] = bits & 0x8000 ? mean - size : mean + size;
      }
    }
  }
}

export function holdSteps(f: Floats, steps: number, size: number, fresh: Ptr, y: Ptr): void {
  for (let k = size; k < steps * size; k++) if (f[fresh + k] === 0) f[y + k] = f[y + k - size]!;
}
