/** Two samples compared by Student's t: paired, which is what equal seeds are for, or not. */
import { checkLevel, checkPairs, checkSample } from "./checkSample.ts";
import { studentTQuantile, studentTTwoSided } from "./studentT.ts";
import { type Interval, type LevelOptions, meanOf, summarise, varianceOf } from "./summary.ts";

/** A difference of two means, with its interval and test. The unit is that of the values. */
export interface Difference extends Interval {
  /** Mean of a minus mean of b: below 0 when a is the lower. */
  readonly mean: number;
  /** The difference over its standard error; undefined where there is no spread to measure it against. */
  readonly t: number | undefined;
  /** Degrees of freedom; undefined with `t`. */
  readonly df: number | undefined;
  /** Two-sided p value; undefined with `t`. */
  readonly p: number | undefined;
}

/** A difference of pairs. */
export interface PairedDifference extends Difference {
  /** Number of pairs. */
  readonly n: number;
}

/**
 * Compares paired values, such as two configurations run with the same seeds: a t test of the differences a[k] - b[k].
 *
 * Pairing removes what the seeds have in common. With one pair there is neither interval nor test (undefined). Differences
 * that are all the same number other than 0 have an interval without width, but no test: t would be infinite.
 *
 * @throws ConfigError when the lengths differ, there is no value, or one is not finite
 * @example pairedDifference([1.60, 1.62, 1.59], [1.65, 1.66, 1.66]).p; // 0.0263
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  { level = 0.95 }: LevelOptions = {},
): PairedDifference {
  checkPairs("pairedDifference", a, b);
  checkLevel("pairedDifference", level);
  const { n, mean, standardError, low, high } = summarise(differences(a, b), { level });
  return { n, mean, low, high, level, ...tTest(mean, standardError, n - 1) };
}

/**
 * Compares two samples that are not paired and need not vary alike.
 *
 *   t = (mean a - mean b) / sqrt(va + vb),  v = sd^2 / n,  df = (va + vb)^2 / (va^2 / (na - 1) + vb^2 / (nb - 1))
 *
 * With one value on either side there is neither interval nor test (undefined).
 *
 * Source: Welch 1947 with Satterthwaite's degrees of freedom · differs from it in: nothing
 *
 * @throws ConfigError when a sample is empty or a value is not finite
 */
export function welch(
  a: readonly number[],
  b: readonly number[],
  { level = 0.95 }: LevelOptions = {},
): Difference {
  checkSample("welch", "a", a);
  checkSample("welch", "b", b);
  checkLevel("welch", level);
  const mean = meanOf(a) - meanOf(b);
  if (a.length < 2 || b.length < 2)
    return { mean, low: undefined, high: undefined, level, ...tTest(mean, undefined, 0) };
  const va = varianceOf(a, meanOf(a)) / a.length;
  const vb = varianceOf(b, meanOf(b)) / b.length;
  const standardError = Math.sqrt(va + vb);
  if (standardError === 0)
    return { mean, low: mean, high: mean, level, ...tTest(mean, 0, a.length + b.length - 2) };
  const share = va / (va + vb); // the formula for df divided through, so that tiny variances do not underflow
  const df = 1 / (share ** 2 / (a.length - 1) + (1 - share) ** 2 / (b.length - 1));
  const half = studentTQuantile(0.5 + level / 2, df) * standardError;
  return { mean, low: mean - half, high: mean + half, level, ...tTest(mean, standardError, df) };
}

/** a[k] - b[k], for arrays of one length. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, k) => value - b[k]!);
}

/** The test that belongs to a mean and its standard error. */
export function tTest(
  mean: number,
  standardError: number | undefined,
  df: number,
): Pick<Difference, "t" | "df" | "p"> {
  if (standardError === undefined) return { t: undefined, df: undefined, p: undefined };
  if (mean === 0) return { t: 0, df, p: 1 };
  if (standardError === 0) return { t: undefined, df: undefined, p: undefined };
  const t = mean / standardError;
  return { t, df, p: studentTTwoSided(t, df) };
}
