/**
 * From nats per character to perplexity, intervals included.
 *
 *   perplexity = exp(nats per character)
 *
 * All statistics are done on nats, and only their results are mapped. The loss in nats is a mean over characters, so over
 * seeds it is close to normal, which a t interval asks for; a perplexity is skewed to the right. As exp only ever rises, the
 * mapped interval covers the true perplexity exactly as often as the interval in nats covers the true loss, and it can never
 * reach below 0. It is not symmetric about the perplexity, and that is right. The perplexity of a mean loss is the geometric
 * mean of the perplexities. In the same way a difference in nats becomes a ratio of perplexities: 0.02 nats are 2 %.
 */
import type { Interval } from "./summary.ts";

/** A perplexity with its interval. */
export interface PerplexityInterval extends Interval {
  /** Per character, 1 or more for a loss that is not negative. */
  readonly perplexity: number;
}

/** A ratio of two perplexities with its interval: 0.98 says that the first is 2 % lower. */
export interface PerplexityRatio extends Interval {
  readonly ratio: number;
}

/**
 * Maps a mean loss and its interval to perplexity.
 *
 * @param nats - what `summarise` says of losses in nats per character
 * @returns the perplexity per character; ends that were undefined stay so
 * @example perplexityOf(summarise([1.71, 1.68, 1.74])).perplexity; // 5.529
 */
export function perplexityOf(nats: Interval & { readonly mean: number }): PerplexityInterval {
  return { perplexity: Math.exp(nats.mean), ...mapped(nats) };
}

/**
 * Maps a difference of losses and its interval to a ratio of perplexities.
 *
 * @param difference - what `pairedDifference` or `welch` says of losses in nats per character
 * @returns perplexity of a over perplexity of b; ends that were undefined stay so
 */
export function perplexityRatioOf(difference: Interval & { readonly mean: number }): PerplexityRatio {
  return { ratio: Math.exp(difference.mean), ...mapped(difference) };
}

function mapped({ low, high, level }: Interval): Interval {
  const exp = (end: number | undefined) => (end === undefined ? undefined : Math.exp(end));
  return { low: exp(low), high: exp(high), level };
}
