/** Student's t distribution: what the mean of a few normal values, over its own standard error, is distributed like. */
import { ConfigError, describe, positiveNumber } from "../../errors.ts";
import { regularisedIncompleteBeta } from "./incompleteBeta.ts";

/**
 * The probability that a t-distributed value is at most `t`.
 *
 * @param t - any number, infinities included
 * @param df - degrees of freedom, above 0; need not be an integer
 * @throws ConfigError when `t` is NaN or `df` is not a positive number
 * @example studentTCdf(2.2281388519649385, 10); // 0.975
 */
export function studentTCdf(t: number, df: number): number {
  if (Number.isNaN(t)) throw new ConfigError("t must be a number", { where: "studentTCdf", got: "NaN" });
  const outside = upperTail(Math.abs(t), positiveNumber("studentTCdf", "df", df));
  return t > 0 ? 1 - outside : outside;
}

/**
 * The two-sided p value of a t statistic: the probability of one as far from 0, when there is no difference.
 *
 * @param t - the statistic, either sign
 * @param df - degrees of freedom, above 0
 * @returns a probability in [0, 1]; keeps its relative accuracy far into the tail
 * @throws ConfigError when `t` is NaN or `df` is not a positive number
 */
export function studentTTwoSided(t: number, df: number): number {
  return Math.min(1, 2 * studentTCdf(-Math.abs(t), df));
}

/**
 * The value that a t-distributed one stays below with probability `probability`: the inverse of studentTCdf.
 *
 * @param probability - in (0, 1)
 * @param df - degrees of freedom, above 0
 * @throws ConfigError when an argument is out of range
 * @example studentTQuantile(0.975, 4); // 2.7764451051977987
 */
export function studentTQuantile(probability: number, df: number): number {
  const where = "studentTQuantile";
  positiveNumber(where, "df", df);
  if (!(probability > 0 && probability < 1)) {
    const detail = { where, expected: "a number in (0, 1)", got: describe(probability) };
    throw new ConfigError("probability is out of range", detail);
  }
  if (probability === 0.5) return 0;
  const t = tailQuantile(Math.min(probability, 1 - probability), df);
  return probability < 0.5 ? -t : t;
}

/** P(T > t) for t >= 0. */
function upperTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return 0;
  const ratio = (t / df) * t; // x = 1 / (1 + ratio), and 1 - x without the subtraction
  return 0.5 * regularisedIncompleteBeta(1 / (1 + ratio), { a: df / 2, b: 0.5 }, ratio / (1 + ratio));
}

/** The t >= 0 whose upper tail is `tail`, by bisection to the last bit: slow and certain, and it is called rarely. */
function tailQuantile(tail: number, df: number): number {
  let high = 1;
  while (upperTail(high, df) > tail && high < Number.MAX_VALUE) high *= 2;
  let low = high === 1 ? 0 : high / 2;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return high;
    if (upperTail(middle, df) > tail) low = middle;
    else high = middle;
  }
}
