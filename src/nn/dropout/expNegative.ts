/** An exponential of additions and products alone. */

/**
 * e^-x for x >= 0, to about nine digits, with the same bits in every JavaScript engine: `Math.exp` may differ in its last.
 *
 *   e^-x = (e^-(x/1024))^1024, the inner one by five terms of its series
 */
export function expNegative(x: number): number {
  if (x > 64) return 0; // below 2e-28
  const y = x / 1024;
  let power = 1 - y * (1 - (y / 2) * (1 - (y / 3) * (1 - y / 4)));
  for (let k = 0; k < 10; k++) power *= power;
  return power;
}
