/** A dropout whose rates are all raised or lowered by one factor. */
import { type RecurrentDropout, readDropout } from "./recurrentDropout.ts";
import type { SiteRule } from "./siteRule.ts";
import { type Site, sites } from "./sites.ts";

/** What rates are held between when they are scaled; a rate that is beyond a bound already stays as it is. */
export interface RateBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * The same dropout at other rates.
 *
 *   p' = min(f p, max(p, most)) for f >= 1, max(f p, min(p, least)) for f < 1        0 stays 0
 *
 * A schedule goes on between rates that are scaled: `end` is a rate too.
 * @example scaleRates(recurrentDropout("gal:0.25"), 1.25, { least: 0.01, most: 0.8 }).sites.output!.rate // 0.3125
 */
export function scaleRates(
  dropout: RecurrentDropout,
  factor: number,
  { least, most }: RateBounds,
): RecurrentDropout {
  if (factor === 1) return dropout;
  const one = (p: number): number =>
    factor > 1 ? Math.min(factor * p, Math.max(p, most)) : Math.max(factor * p, Math.min(p, least));
  const rules: Partial<Record<Site, SiteRule>> = {};
  for (const site of sites) {
    const rule = dropout.sites[site];
    if (!rule) continue;
    const { rate, schedule } = rule;
    rules[site] = {
      ...rule,
      rate: typeof rate === "number" ? one(rate) : rate.map(one),
      ...(schedule?.name === "linear" ? { schedule: { ...schedule, end: one(schedule.end) } } : {}),
    };
  }
  return readDropout({ name: dropout.name, sites: rules });
}

/** Every rate above 0 of a dropout, the ends of schedules among them. */
export function ratesOf({ sites: rules }: RecurrentDropout): number[] {
  return Object.values(rules)
    .flatMap(({ rate, schedule }) => [
      ...[rate].flat(),
      ...(schedule?.name === "linear" ? [schedule.end] : []),
    ])
    .filter((rate) => rate > 0);
}
