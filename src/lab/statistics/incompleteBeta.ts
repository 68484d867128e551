/**
 * The regularised incomplete beta function, from which every probability in this folder comes.
 *
 *   I_x(a, b) = 1/B(a, b) * integral from 0 to x of t^(a-1) (1-t)^(b-1) dt
 *
 * Source: Didonato & Morris 1992, "Algorithm 708", the continued fraction BFRAC · differs from it in: the fraction is summed
 * by Lentz's method, and is the only method; the logarithm of B is formed by cancelling the large terms on paper.
 */

/** Below this, Stirling's series is not accurate to 1e-16 and the argument is stepped up first. */
const STIRLING_FROM = 15;
const TINY = 1e-300; // keeps Lentz's method from dividing by zero
const MOST_TERMS = 100_000; // far more than any shape below 1e9 needs

/** An argument in all the forms that are needed to full accuracy: y is 1 - x, lambda is a - (a + b) x. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly lambda: number;
}

/**
 * Computes I_x(a, b).
 *
 * @param x - in [0, 1]
 * @param shape.a, shape.b - both above 0
 * @param y - 1 - x, for callers who know it more exactly than the subtraction gives it
 * @returns a probability, to about 1e-14 of itself for b = 1/2, 1e-12 when both shapes are in the thousands
 * @example regularisedIncompleteBeta(0.5, { a: 2, b: 2 }); // 0.5
 */
export function regularisedIncompleteBeta(
  x: number,
  shape: { a: number; b: number },
  y: number = 1 - x,
): number {
  const { a, b } = shape;
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const lambda = a > b ? (a + b) * y - b : a - (a + b) * x; // the same on paper; y is the exact one when x is near 1
  // The fraction converges on the near side of the peak; on the far side the complement is computed.
  if (lambda < 0) return 1 - integral({ x: y, y: x, a: b, b: a, lambda: -lambda });
  return integral({ x, y, a, b, lambda });
}

/** I_x(a, b) on the near side of the peak. */
function integral(point: Point): number {
  const { x, y, a, b } = point;
  const logX = x > 0.5 ? Math.log1p(-y) : Math.log(x);
  const logY = y > 0.5 ? Math.log1p(-x) : Math.log(y);
  return Math.exp(a * logX + b * logY - logBeta(a, b)) * continuedFraction(point);
}

/** ln B(a, b), a and b above 0. */
function logBeta(a: number, b: number): number {
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  if (large < STIRLING_FROM) return logGamma(a) + logGamma(b) - logGamma(a + b);
  return logGamma(small) + logGammaDrop(large, small);
}

/** ln Gamma(large) - ln Gamma(large + small), with the large terms of Stirling's series cancelled on paper. */
function logGammaDrop(large: number, small: number): number {
  const sum = large + small;
  const leading = small - small * Math.log(large) - (sum - 0.5) * Math.log1p(small / large);
  return leading + stirlingRest(large) - stirlingRest(sum);
}

/** ln Gamma(z), z above 0: Stirling's series, after stepping up by Gamma(z) = Gamma(z + 1) / z. */
function logGamma(z: number): number {
  let product = 1;
  while (z < STIRLING_FROM) product *= z++;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + stirlingRest(z) - Math.log(product);
}

/** What Stirling's formula leaves of ln Gamma(z), z of 15 or more: the series in Bernoulli numbers, to z^-9. */
function stirlingRest(z: number): number {
  const w = 1 / (z * z);
  return (1 / 12 + w * (-1 / 360 + w * (1 / 1260 + w * (-1 / 1680 + w * (1 / 1188))))) / z;
}

/**
 * 1 / (beta0 + alpha1 / (beta1 + alpha2 / (beta2 + …))), for lambda >= 0. The terms needed grow with the root of the
 * larger shape: some 10 for ten degrees of freedom, some 500 for a million.
 */
function continuedFraction({ x, y, a, b, lambda }: Point): number {
  let denominator = (a / (a + 1)) * (lambda + 1); // beta0, above 0
  let c = denominator;
  let d = 0;
  for (let n = 1; n < MOST_TERMS; n++) {
    const w = n * (b - n) * x;
    const s = a + 2 * n - 1;
    const alpha = ((a + n - 1) / s) * ((a + b + n - 1) / s) * w * x;
    const beta = n + w / s + ((a + n) / (s + 2)) * (lambda + 1 + n * (1 + y));
    d = 1 / awayFromZero(beta + alpha * d);
    c = awayFromZero(beta + alpha / c);
    denominator *= c * d;
    if (Math.abs(c * d - 1) < 4e-16) break;
  }
  return 1 / denominator;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
