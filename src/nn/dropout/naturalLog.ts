/** A logarithm of additions, products and quotients alone. */

/**
 * ln x for a finite x > 0, to the last digits, with the same bits in every JavaScript engine: `Math.log` may differ in its last.
 *
 *   x = m 2^e, √½ <= m < √2        ln x = e ln 2 + 2 (s + s³/3 + s⁵/5 + ...), s = (m - 1)/(m + 1), |s| < 0.172
 */
export function naturalLog(x: number): number {
  let m = x;
  let e = 0;
  for (; m >= Math.SQRT2; m *= 0.5) e++; // powers of two: exact
  for (; m < Math.SQRT1_2; m *= 2) e--;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * square + 1 / k;
  return e * Math.LN2 + 2 * s * series;
}
