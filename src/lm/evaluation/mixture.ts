/**
 * What the passes of Monte-Carlo dropout say about their own uncertainty.
 *
 * The masks z are a latent variable, p(y) = ∫ p(y | z) p(z) dz, of which S passes are samples:
 *
 *   p̄ = (1/S) Σ_s p_s
 *   predictive entropy    H[p̄]                              how uncertain the next character is
 *   mutual information    H[p̄] - (1/S) Σ_s H[p_s]  >= 0     how much of that the passes disagree about: what more training text
 *                                                           would remove; the rest is the text's own
 *
 * Source: Houlsby et al. 2011 (BALD); with dropout, Gal 2016 §3.3. In nats.
 */

/** Entropies of n positions over V symbols, gathered pass by pass. */
export interface Mixture {
  /** Takes a pass's ln p over the vocabulary for position k, [V]. */
  add(k: number, logarithms: Float64Array): void;
  /** H[p̄] */
  entropy(k: number): number;
  /** H[p̄] - mean H[p_s], given H[p̄] */
  information(k: number, entropy: number): number;
}

/** An empty mixture. @param passes - S */
export function createMixture(n: number, V: number, passes: number): Mixture {
  const sums = new Float64Array(n * V); // Σ_s p_s
  const entropies = new Float64Array(n); // Σ_s H[p_s]
  return {
    add(k, logarithms) {
      let entropy = 0;
      for (let v = 0; v < V; v++) {
        const p = Math.exp(logarithms[v]!);
        sums[k * V + v]! += p;
        if (p > 0) entropy -= p * logarithms[v]!;
      }
      entropies[k]! += entropy;
    },
    entropy(k) {
      let entropy = 0;
      for (let v = 0; v < V; v++) {
        const p = sums[k * V + v]! / passes;
        if (p > 0) entropy -= p * Math.log(p);
      }
      return Math.max(0, entropy); // rounding may leave a certain prediction a hair below 0
    },
    // equal passes leave rounding of either sign, and Jensen's inequality nothing below 0
    information: (k, entropy) => Math.max(0, entropy - entropies[k]! / passes),
  };
}
