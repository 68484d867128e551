/** Logarithms of probabilities over a vocabulary, in float64 on the host. */

/**
 * ln softmax of one row.
 *
 *   y_v = z_v - max z - ln Σ_u e^(z_u - max z)
 *
 * @param logits - holds the row from `from` on
 * @param y - [V], written
 */
export function logSoftmax(logits: ArrayLike<number>, from: number, y: Float64Array): void {
  const V = y.length;
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < V; v++) max = Math.max(max, logits[from + v]!);
  let sum = 0;
  for (let v = 0; v < V; v++) sum += Math.exp(logits[from + v]! - max);
  const shift = max + Math.log(sum);
  for (let v = 0; v < V; v++) y[v] = logits[from + v]! - shift;
}

/** ln Σ_k e^(values(k)) for k below n, without overflow; -Infinity when n is 0. */
export function logSumExp(n: number, values: (k: number) => number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < n; k++) max = Math.max(max, values(k));
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += Math.exp(values(k) - max);
  return max + Math.log(sum);
}

/** ln(e^a + e^b); exactly a when b is -Infinity */
export function logAddExp(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
