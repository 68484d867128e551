/** Standard normal numbers of 16 random bits: a table that is the same to the bit on every machine. */
import { expNegative } from "./expNegative.ts";

/** Half of the 2^16 numbers; the others are their negatives. */
const HALF = 32768;

/** Width of the strips under the bell. */
const STRIP = 1 / 1024;

let table: Float64Array | undefined;

/**
 * The upper half of 2^16 numbers in the middle of strips of equal probability under the normal density, [32768], ascending.
 *
 *   ∫_0^q_m √(2/π) e^(-x²/2) dx = (m + 1/2) / 32768
 *
 * With their negatives their mean is 0 and their variance 1; the largest is 4.3. Made of additions, products and square
 * roots, which are exact in IEEE 754, so that no library's logarithm or cosine decides a bit. Made once, in about 5 ms.
 */
export function normalQuantiles(): Float64Array {
  table ??= makeTable();
  return table;
}

function makeTable(): Float64Array {
  const quantiles = new Float64Array(HALF);
  const density = (x: number): number => expNegative((x * x) / 2);
  let total = 0;
  for (let x = 0; x < 8; x += STRIP) total += strip(density, x);
  let below = 0; // the share of the half bell that lies below x
  let m = 0;
  for (let x = 0; m < HALF; x += STRIP) {
    const share = strip(density, x) / total;
    for (; m < HALF && (m + 0.5) / HALF <= below + share; m++)
      quantiles[m] = x + (((m + 0.5) / HALF - below) / share) * STRIP;
    below += share;
  }
  const variance = quantiles.reduce((sum, q) => sum + q * q, 0) / HALF;
  return quantiles.map((q) => q / Math.sqrt(variance));
}

/** Simpson's rule on one strip. */
function strip(density: (x: number) => number, x: number): number {
  return ((density(x) + 4 * density(x + STRIP / 2) + density(x + STRIP)) * STRIP) / 6;
}
