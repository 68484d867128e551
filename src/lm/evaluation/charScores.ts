/** Scores of a text, one number per character, and their means. */
import { bitsPerChar, perplexity } from "../metrics.ts";
import type { EvaluationMode } from "./mode.ts";

/** What a mode says about every character; place k is symbol k + 1 of the text, whose first is never predicted. */
export interface CharScores {
  readonly mode: EvaluationMode["name"];
  /** -ln p of the character, nats */
  readonly nats: Float64Array;
  /** Monte-Carlo only: entropy of the mixture of all passes before the character was seen, nats */
  readonly predictiveEntropy?: Float64Array;
  /** Monte-Carlo only: how much of that entropy is disagreement of the passes, nats */
  readonly mutualInformation?: Float64Array;
}

/** The means of all characters of a text. */
export interface Evaluation {
  readonly mode: EvaluationMode["name"];
  /** scored targets: one less than symbols of the text, whose first is never predicted */
  readonly chars: number;
  /** nats per character */
  readonly nats: number;
  readonly bitsPerChar: number;
  readonly perplexity: number;
  /** Monte-Carlo only: mean predictive entropy, nats per character */
  readonly predictiveEntropy?: number;
  /** Monte-Carlo only: mean mutual information of character and masks, nats per character */
  readonly mutualInformation?: number;
}

/**
 * The means of scores.
 *
 *   L = (1/N) Σ_t -ln p(w_t)          bits = L / ln 2          perplexity = e^L
 *
 * @example const scores = await scoreInDetail(model, ids); summariseScores(scores).perplexity;
 */
export function summariseScores({
  mode,
  nats,
  predictiveEntropy,
  mutualInformation,
}: CharScores): Evaluation {
  const L = mean(nats);
  return {
    mode,
    chars: nats.length,
    nats: L,
    bitsPerChar: bitsPerChar(L),
    perplexity: perplexity(L),
    ...(predictiveEntropy && { predictiveEntropy: mean(predictiveEntropy) }),
    ...(mutualInformation && { mutualInformation: mean(mutualInformation) }),
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
