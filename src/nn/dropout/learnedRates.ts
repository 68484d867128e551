/**
 * Rates that are learned: one logit λ for each site and layer of kind `concrete`, trained with the weights.
 *
 *   p = 1/(1 + e^-λ), held in [0.001, 0.95]
 *
 * Source: Gal, Hron & Kendall 2017, "Concrete dropout" · differs in: p is bounded, so that it can come back.
 */
import type { Tape } from "../../autograd/index.ts";
import type { Parameters } from "../parameters.ts";
import { expNegative } from "./expNegative.ts";
import { naturalLog } from "./naturalLog.ts";
import { absence, type NetworkShape } from "./networkFit.ts";
import type { RecurrentDropout } from "./recurrentDropout.ts";
import { rateAt } from "./siteRule.ts";
import { abilities, LEARNED_RATES, type Site, sites } from "./sites.ts";

/** One rate that is learned. */
export interface LearnedRate {
  readonly site: Site;
  /** that it is in or, between layers, leads into; 0 where a network has the site once */
  readonly layer: number;
  /** where it starts */
  readonly rate: number;
  readonly name: string;
}

/** Logits by the names of `learnedName`: tensors of one element. Values of a network, passed to `drawMasks`. */
export type LearnedRates = Parameters;

/** "recurrent_l0"; of sites that a network has once, the site itself. */
export function learnedName(site: Site, layer: number): string {
  return abilities[site].perLayer ? `${site}_l${layer}` : site;
}

/** The rates that a network learns; a rate that starts at 0 masks nothing and learns nothing. */
export function ratesToLearn(dropout: RecurrentDropout, network: NetworkShape): LearnedRate[] {
  return sites.flatMap((site) => {
    const rule = dropout.sites[site];
    if (rule?.kind !== "concrete" || absence(site, network)) return [];
    const first = site === "layers" ? 1 : 0;
    const count = abilities[site].perLayer ? network.layers - first : 1;
    return Array.from({ length: count }, (_, k) => ({
      site,
      layer: first + k,
      rate: rateAt(rule, k, 0),
      name: learnedName(site, first + k),
    })).filter(({ rate }) => rate > 0);
  });
}

/**
 * The logits of a network before training, to be trained with its weights; none without a site of kind `concrete`.
 * @example createLearnedRates(tape, recurrentDropout("concrete2017"), { layers: 1, hasEmbedding: true }).get("recurrent_l0")
 */
export function createLearnedRates(
  tape: Tape,
  dropout: RecurrentDropout,
  network: NetworkShape,
): LearnedRates {
  return new Map(
    ratesToLearn(dropout, network).map(({ name, rate }) => [name, tape.parameter([1], [logit(rate)])]),
  );
}

/** ln p/(1 - p), with the same bits everywhere: it is where a weight begins. */
export function logit(rate: number): number {
  return naturalLog(rate / (1 - rate));
}

/** p = 1/(1 + e^-λ) */
export function rateOfLogit(value: number): number {
  const small = expNegative(Math.abs(value));
  return value < 0 ? small / (1 + small) : 1 / (1 + small);
}

/**
 * Holds every rate in [0.001, 0.95], to be called after each update: a mask of p = 0 would have no gradient to come back by,
 * and one of p = 1 would divide by zero.
 */
export function boundRates(rates: LearnedRates): void {
  const [least, most] = [logit(LEARNED_RATES.least), logit(LEARNED_RATES.most)];
  for (const { tape, ptr } of rates.values()) {
    const { f } = tape.engine.memory;
    f[ptr] = Math.min(most, Math.max(least, f[ptr]!));
  }
}

/**
 * Learned rates by site, as a configuration has them: a number, or one for each layer (0 where none is learned).
 * @param logitOf - λ by its name
 */
export function presentRates(
  logitOf: (name: string) => number,
  dropout: RecurrentDropout,
  network: NetworkShape,
): Partial<Record<Site, number | readonly number[]>> {
  const found: Partial<Record<Site, number | number[]>> = {};
  for (const { site, layer, name } of ratesToLearn(dropout, network)) {
    const rate = rateOfLogit(logitOf(name));
    if (!abilities[site].perLayer) {
      found[site] = rate;
      continue;
    }
    const first = site === "layers" ? 1 : 0;
    found[site] ??= new Array<number>(network.layers - first).fill(0);
    (found[site] as number[])[layer - first] = rate;
  }
  return found;
}
