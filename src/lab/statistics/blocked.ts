/** Several configurations run with the same seeds, each compared with one of them: a two-way layout, the seeds as blocks. */
import { ConfigError } from "../../errors.ts";
import { checkLevel, checkPairs } from "./checkSample.ts";
import { differences, type PairedDifference, tTest } from "./comparison.ts";
import { studentTQuantile } from "./studentT.ts";
import { type LevelOptions, meanOf } from "./summary.ts";

/**
 * The differences of several configurations to one, with the spread estimated from all of them together.
 *
 *   y[c][k] = m[c] + b[k] + e[c][k]        c one of C configurations, k one of K seeds
 *   s^2 = sum (y[c][k] - mean_k y[c] - mean_c y[k] + mean y)^2 / ((C - 1)(K - 1))
 *   low, high = mean -+ t(1/2 + level/2; (C - 1)(K - 1)) * s sqrt(2 / K)
 *
 * `pairedDifference` takes each spread from the K differences of one pair alone. With 3 seeds its intervals are 4.30 standard
 * errors wide on each side; here, with 18 configurations, 2.03. The price is an assumption: that seeds scatter all configurations
 * alike. With two configurations both are the same. For many comparisons correct the p values (`holm`).
 *
 * Source: randomised blocks, Fisher 1935, "The design of experiments", ch. IV · differs from it in: nothing
 *
 * @param baseline - one value per seed
 * @param others - one list per configuration; others[c][k] is of the same seed as baseline[k]
 * @returns others[c] minus baseline, in their order; with one seed without interval and test
 * @throws ConfigError when there is nothing to compare, lengths differ, or a value is not finite
 * @example blockedDifferences([1.65, 1.66, 1.66], [[1.60, 1.62, 1.59], [1.64, 1.67, 1.65]])[0].p; // 0.0018
 */
export function blockedDifferences(
  baseline: readonly number[],
  others: readonly (readonly number[])[],
  { level = 0.95 }: LevelOptions = {},
): PairedDifference[] {
  if (others.length === 0) {
    const expected = "at least one configuration beside the baseline";
    throw new ConfigError("others is empty", { where: "blockedDifferences", expected, got: "none" });
  }
  for (const other of others) checkPairs("blockedDifferences", other, baseline);
  checkLevel("blockedDifferences", level);
  const n = baseline.length;
  const means = others.map((other) => meanOf(differences(other, baseline)));
  if (n === 1) {
    return means.map((mean) => ({
      n,
      mean,
      low: undefined,
      high: undefined,
      level,
      ...tTest(mean, undefined, 0),
    }));
  }
  const { variance, df } = residual([baseline, ...others]);
  const standardError = Math.sqrt((2 * variance) / n);
  const half = studentTQuantile(0.5 + level / 2, df) * standardError;
  return means.map((mean) => ({
    ...{ n, mean, low: mean - half, high: mean + half, level },
    ...tTest(mean, standardError, df),
  }));
}

/** What neither the configuration nor the seed explains. */
function residual(rows: readonly (readonly number[])[]): { variance: number; df: number } {
  const seeds = rows[0]!.map((_, k) => meanOf(rows.map((row) => row[k]!)));
  const all = meanOf(seeds);
  const squares = rows.flatMap((row) => {
    const own = meanOf(row);
    return row.map((value, k) => (value - own - (seeds[k]! - all)) ** 2);
  });
  const df = (rows.length - 1) * (seeds.length - 1);
  return { variance: squares.reduce((sum, square) => sum + square, 0) / df, df };
}
