/** Masks of kind `concrete`: drawn, and what their values are like. */
import { concreteMask, type Tape, type Tensor } from "../../autograd/index.ts";
import { drawLogistic, type FactorDraw } from "./drawFactors.ts";
import { logit } from "./learnedRates.ts";
import { logisticQuantiles } from "./logisticQuantiles.ts";

/** τ of Gal, Hron & Kendall's program. */
const TEMPERATURE = 0.1;

/**
 * A concrete mask [steps, groups, B, columns] of the rate that is learned, or of the one that the rule says.
 *
 *   m = (1 - d)/(1 - p)        d = σ((logit p + logit u)/0.1)
 *
 * @param learned - logit p, which the mask's gradient flows to
 */
export function softMask(tape: Tape, draw: FactorDraw, learned: Tensor | undefined): Tensor {
  return concreteMask(drawLogistic(tape, draw), learned ?? tape.tensor([logit(draw.rate)]), TEMPERATURE);
}

/** Mean and variance of the values of a concrete mask. The mean is 1 where p is 1/2, 0.2 % below it for smaller p, 1.4 % above at 0.95. */
export function concreteMoments(rate: number): { mean: number; variance: number } {
  const quantiles = logisticQuantiles();
  let [sum, squares] = [0, 0];
  for (const quantile of quantiles) {
    for (const noise of [quantile, -quantile]) {
      const kept = 1 / (1 + Math.exp((logit(rate) + noise) / TEMPERATURE)); // 1 - d
      sum += kept;
      squares += kept * kept;
    }
  }
  const n = 2 * quantiles.length;
  const mean = sum / n / (1 - rate);
  return { mean, variance: squares / n / (1 - rate) ** 2 - mean ** 2 };
}
