/** The exact test of paired values that assumes no distribution at all. */
import { ConfigError } from "../../errors.ts";
import { checkPairs } from "./checkSample.ts";
import { differences } from "./comparison.ts";

/** 2^19 sums, some ten milliseconds; every further pair doubles it, and there the t test is as good. */
const MOST_PAIRS = 20;

/**
 * The two-sided p value of paired values by flipping signs: if a and b were interchangeable, each difference could as well
 * have had the other sign. Counts, of all 2^n ways to choose the signs, those whose sum is at least as far from 0.
 *
 * The smallest p that n pairs can give is 2 / 2^n: 0.0625 for 5 seeds, so 6 are needed to get below 0.05.
 *
 * @param a, b - a[k] and b[k] from the same seed, at most 20 pairs
 * @returns p in (0, 1]
 * @throws ConfigError when the lengths differ, a value is not finite, or there are more than 20 pairs
 * @example signFlipP([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]); // 2 / 64
 */
export function signFlipP(a: readonly number[], b: readonly number[]): number {
  checkPairs("signFlipP", a, b);
  if (a.length > MOST_PAIRS) {
    throw new ConfigError("too many pairs to try every sign", {
      where: "signFlipP",
      expected: `at most ${MOST_PAIRS}`,
      got: `${a.length}`,
      mend: "Use pairedDifference: with so many pairs its p is as good",
    });
  }
  const sizes = differences(a, b).map(Math.abs);
  const observed = Math.abs(differences(a, b).reduce((sum, value) => sum + value, 0));
  // Sums that are equal on paper differ in their last bits when added in another order.
  const slack = 1e-12 * sizes.reduce((sum, size) => sum + size, 0);
  const count = (k: number, sum: number): number => {
    if (k === sizes.length) return Math.abs(sum) >= observed - slack ? 1 : 0;
    return count(k + 1, sum + sizes[k]!) + count(k + 1, sum - sizes[k]!);
  };
  return count(1, sizes[0]!) / 2 ** (sizes.length - 1); // the other sign of the first mirrors every sum
}
