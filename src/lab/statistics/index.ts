/**
 * Statistics for comparing models by their losses.
 *
 * - What it is for: means with intervals, paired and unpaired differences with p values, corrections for many comparisons.
 * - What it may import: `../../errors.ts`, nothing else.
 * - Read first: `summary.ts`, then `comparison.ts`; `perplexity.ts` says why everything is computed in nats.
 * - The invariant: a number that the data cannot give is `undefined`, never 0 and never NaN; input that is not finite is an
 *   error. No function draws random numbers of its own.
 */
export { blockedDifferences } from "./blocked.ts";
export { type BootstrapOptions, bootstrapInterval } from "./bootstrap.ts";
export { type Difference, type PairedDifference, pairedDifference, welch } from "./comparison.ts";
export { holm } from "./holm.ts";
export { regularisedIncompleteBeta } from "./incompleteBeta.ts";
export {
  type PerplexityInterval,
  type PerplexityRatio,
  perplexityOf,
  perplexityRatioOf,
} from "./perplexity.ts";
export { signFlipP } from "./signFlip.ts";
export { studentTCdf, studentTQuantile, studentTTwoSided } from "./studentT.ts";
export { type Interval, type LevelOptions, type Summary, summarise } from "./summary.ts";
