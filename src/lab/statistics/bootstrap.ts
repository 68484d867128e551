/** Intervals without a formula: the sample itself stands in for the population it came from. */
import { ConfigError, describe, positiveInteger } from "../../errors.ts";
import { checkLevel, checkSample } from "./checkSample.ts";
import { type Interval, type LevelOptions, meanOf } from "./summary.ts";

/** Settings of `bootstrapInterval`. */
export interface BootstrapOptions extends LevelOptions {
  /** Gives numbers in [0, 1), from a seed of the caller's. */
  readonly random: () => number;
  /** How many samples are drawn. Default 10,000: the ends then move by about 1 % of the width from seed to seed. */
  readonly resamples?: number;
  /** What the interval is for. Default the mean. */
  readonly statistic?: (values: readonly number[]) => number;
}

/**
 * The percentile bootstrap interval of a statistic: draws samples of the same size with replacement and takes the middle
 * `level` of what the statistic says about them. With fewer than about ten values it is too narrow; prefer `summarise`.
 *
 * Source: Efron 1979, the percentile method · differs from it in: nothing
 *
 * @param values - the sample; for pairs, their differences
 * @returns the interval; its ends are undefined for one value
 * @throws ConfigError when a value is not finite, or `random` leaves [0, 1)
 * @example bootstrapInterval([1.71, 1.68, 1.74, 1.70], { random: seedrandom("1") });
 */
export function bootstrapInterval(
  values: readonly number[],
  { random, resamples = 10_000, level = 0.95, statistic = meanOf }: BootstrapOptions,
): Interval {
  checkSample("bootstrapInterval", "values", values);
  checkLevel("bootstrapInterval", level);
  positiveInteger("bootstrapInterval", "resamples", resamples, 10_000);
  const n = values.length;
  if (n === 1) return { low: undefined, high: undefined, level };
  const drawn = new Array<number>(n);
  const statistics = Float64Array.from({ length: resamples }, () => {
    for (let k = 0; k < n; k++) drawn[k] = values[randomIndex(n, random)]!;
    return statistic(drawn);
  }).sort();
  return { low: quantile(statistics, (1 - level) / 2), high: quantile(statistics, (1 + level) / 2), level };
}

function randomIndex(n: number, random: () => number): number {
  const u = random();
  if (u >= 0 && u < 1) return Math.floor(u * n);
  throw new ConfigError("random left its range", {
    where: "bootstrapInterval",
    expected: "numbers in [0, 1)",
    got: describe(u),
  });
}

/** The value that a fraction `at` of the sorted numbers lies below, on the line between its neighbours. */
function quantile(sorted: Float64Array, at: number): number {
  const position = at * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}
