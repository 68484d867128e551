/** One sample in a few numbers: its mean, its spread, and an interval for the mean it was drawn from. */
import { checkLevel, checkSample } from "./checkSample.ts";
import { studentTQuantile } from "./studentT.ts";

/** An interval that covers the true value in a fraction `level` of experiments. Undefined where one value is all there is. */
export interface Interval {
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Coverage, a fraction in (0, 1). */
  readonly level: number;
}

/** What `summarise` says. The unit is that of the values. */
export interface Summary extends Interval {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation, over n - 1; undefined for n = 1. */
  readonly sd: number | undefined;
  /** sd / sqrt(n): the standard deviation of the mean; undefined for n = 1. */
  readonly standardError: number | undefined;
}

/** How much an interval is to cover. */
export interface LevelOptions {
  /** Coverage, a fraction in (0, 1). Default 0.95. */
  readonly level?: number;
}

/**
 * Summarises a sample with a t interval for its mean.
 *
 *   low, high = mean -+ t(1/2 + level/2; n - 1) * sd / sqrt(n)
 *
 * One value says nothing about spread: `sd`, `standardError`, `low` and `high` are then undefined, not 0 and not NaN.
 *
 * @param values - one per seed, in one unit
 * @throws ConfigError when there is no value, one is not finite, or the level is not in (0, 1)
 * @example
 * const { mean, low, high } = summarise([1.71, 1.68, 1.74]);
 */
export function summarise(values: readonly number[], { level = 0.95 }: LevelOptions = {}): Summary {
  checkSample("summarise", "values", values);
  checkLevel("summarise", level);
  const n = values.length;
  const mean = meanOf(values);
  if (n === 1)
    return { n, mean, sd: undefined, standardError: undefined, low: undefined, high: undefined, level };
  const sd = Math.sqrt(varianceOf(values, mean));
  const standardError = sd / Math.sqrt(n);
  const half = studentTQuantile(0.5 + level / 2, n - 1) * standardError;
  return { n, mean, sd, standardError, low: mean - half, high: mean + half, level };
}

/** The mean, taken from the first value, so that equal values have exactly their own mean. */
export function meanOf(values: readonly number[]): number {
  const first = values[0]!;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/** The sample variance, over n - 1, in two passes: the textbook one-pass formula loses its digits when sd << mean. */
export function varianceOf(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
