/**
 * Rates of dropout that follow the validation: raised while a network learns its text by heart, lowered while it does not.
 *
 *   raise   v_t >= best so far, for `patience` validations, while training improved: u_t < u_{t-1}        f <- f raise
 *   lower   else, where asked for, v_t - u_t < gap                                                         f <- f lower
 *
 * v is the validation loss, u the mean training loss since the validation before, under its masks, both in nats per character;
 * every rate is f times what the configuration says, between `least` and `most` (scaleRates.ts). A raise makes u larger for a
 * while, so that the next one waits until training improves under the new rates.
 */
import { type RecurrentDropout, ratesOf, scaleRates, sitesInUse } from "../nn/index.ts";
import type { Rates } from "./concreteTerms.ts";
import type { DropoutAdjustment, ValidationGap } from "./dropoutAdjustmentConfig.ts";
import { type ModelConfig, networkShape } from "./modelConfig.ts";

/** What an adjustment remembers: plain JSON, never changed in place. */
export interface AdjustmentState {
  /** f, by which every rate is multiplied */
  readonly factor: number;
  /** f when the best weights were validated; null before there are some */
  readonly bestFactor: number | null;
  /** u of the validation before; null before the first */
  readonly train: number | null;
  /** the lowest v so far; null before the first */
  readonly best: number | null;
  /** validations since the lowest, or since the last raise */
  readonly waited: number;
  readonly raised: number;
  readonly lowered: number;
}

/** The state before the first validation. */
export const unadjusted: AdjustmentState = Object.freeze({
  ...{ factor: 1, bestFactor: null, train: null, best: null, waited: 0, raised: 0, lowered: 0 },
});

/** How rates changed. */
export type AdjustmentDirection = "raised" | "lowered";

/**
 * The state after a validation.
 *
 * @param losses.train - u, in nats per character
 * @param losses.valid - v
 * @param dropout - at the rates of the configuration, by which f is bounded: beyond there no rate would move
 * @example adjusted(unadjusted, { train: 2, valid: 2.1 }, config, dropout).factor // 1: there is nothing to compare with yet
 */
export function adjusted(
  state: AdjustmentState,
  { train, valid }: { readonly train: number; readonly valid: number },
  config: DropoutAdjustment,
  dropout: RecurrentDropout,
): AdjustmentState {
  if (config.name === "none") return state;
  const isBest = state.best === null || valid < state.best;
  const waited = isBest ? 0 : state.waited + 1;
  const next = {
    ...state,
    train,
    best: isBest ? valid : state.best,
    waited,
    bestFactor: isBest ? state.factor : state.bestFactor,
  };
  const { lowest, highest } = factorsOf(config, dropout);
  const trains = state.train !== null && train < state.train;
  if (waited >= config.patience && trains) {
    const factor = Math.min(highest, state.factor * config.raise);
    return factor > state.factor ? { ...next, factor, waited: 0, raised: state.raised + 1 } : next;
  }
  if (config.lower === null || !(valid - train < config.gap)) return next;
  const factor = Math.max(lowest, state.factor * config.lower);
  return factor < state.factor ? { ...next, factor, lowered: state.lowered + 1 } : next;
}

/** How the rates changed from one state to the next; undefined when they did not. */
export function directionOf(
  before: AdjustmentState,
  after: AdjustmentState,
): AdjustmentDirection | undefined {
  if (after.factor === before.factor) return undefined;
  return after.factor > before.factor ? "raised" : "lowered";
}

/** The dropout of a configuration at its adjusted rates. */
export function adjustedDropout(
  { dropout, dropoutAdjustment }: { dropout: RecurrentDropout; dropoutAdjustment: DropoutAdjustment },
  factor: number,
): RecurrentDropout {
  return dropoutAdjustment.name === "none" ? dropout : scaleRates(dropout, factor, dropoutAdjustment);
}

/** What of a dropout a network has: no rate but these is adjusted, or bounds the factor. */
export function dropoutInUse(config: ModelConfig): RecurrentDropout {
  const { name, sites } = config.dropout;
  const used = sitesInUse(config.dropout, networkShape(config)).filter(({ absent }) => !absent);
  return { name, sites: Object.fromEntries(used.map(({ site }) => [site, sites[site]!])) };
}

/** Adjusted rates by site; undefined where nothing is adjusted. */
export function adjustedRates(
  config: ModelConfig & { readonly dropoutAdjustment: DropoutAdjustment },
  factor: number,
): Rates | undefined {
  const { dropoutAdjustment } = config;
  if (dropoutAdjustment.name === "none") return undefined;
  const { sites } = adjustedDropout({ dropout: dropoutInUse(config), dropoutAdjustment }, factor);
  return Object.fromEntries(Object.entries(sites).map(([site, { rate }]) => [site, rate]));
}

/** The factors at which every rate is at its bound. */
function factorsOf(
  { least, most }: ValidationGap,
  dropout: RecurrentDropout,
): { lowest: number; highest: number } {
  const rates = ratesOf(dropout);
  return {
    lowest: Math.min(1, least / Math.max(...rates)),
    highest: Math.max(1, most / Math.min(...rates)),
  };
}
