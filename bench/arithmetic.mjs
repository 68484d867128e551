/** How much work a training step is, by its formulas. */

/**
 * Floating-point operations for a character. Multiply-adds count as two; forward one product per weight, backward two.
 * What a mask tied over the batch drops is not counted: nobody has to compute it.
 *
 * @param config - a training configuration
 * @param V - symbols of the vocabulary
 */
export function flopPerChar({ cell, hiddenSize: H, embeddingSize: D, layers, dropout }, V) {
  const gates = cell === "lstm" ? 4 : 3;
  const kept = (site) => keptFraction(dropout.sites[site]);
  const bottom = gates * H * (D * kept("input") + H * kept("recurrent"));
  const above = gates * H * H * (kept("layers") + kept("recurrent"));
  return 6 * (bottom + (layers - 1) * above + V * H * kept("output"));
}

/** Of the units of a site, those that a product has to read: all, unless one mask holds for the whole window. */
function keptFraction(rule) {
  return rule?.tie === "batch" ? 1 - rule.rate : 1;
}

/** How steeply y grows between two points: the k of y ~ x^k. Undefined where a logarithm is. */
export function exponent([x1, y1], [x2, y2]) {
  const k = Math.log(y2 / y1) / Math.log(x2 / x1);
  return Number.isFinite(k) ? k : undefined;
}
