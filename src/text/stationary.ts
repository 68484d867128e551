/**
 * Where a Markov chain spends its time. The generated corpora take their exact entropy from it.
 */

/**
 * The stationary distribution of an irreducible chain: pi with pi P = pi and sum 1.
 *
 * States are removed from the last to the second, each one's probability being sent on to those that remain; then pi is
 * built up again. There are no subtractions, so it is accurate to the last digits and does not care about periodic chains,
 * on which iterating P never settles. Takes S^3 / 3 multiplications.
 *
 * Source: Grassmann, Taksar & Heyman 1985, "Regenerative analysis and steady state distributions for Markov chains" ·
 * differs from it in: nothing
 *
 * @param transition - P, S rows of S probabilities, row-major, [S, S]
 * @returns pi, [S]
 * @example stationaryDistribution([[0.9, 0.1], [0.3, 0.7]]) // [0.75, 0.25]
 */
export function stationaryDistribution(transition: readonly ArrayLike<number>[]): Float64Array {
  const P = transition.map((row) => Float64Array.from(row));
  const S = P.length;
  for (let n = S - 1; n > 0; n--) {
    const leaving = sumOf(P[n]!, n);
    for (let i = 0; i < n; i++) P[i]![n]! /= leaving;
    for (let i = 0; i < n; i++) {
      const through = P[i]![n]!;
      if (through === 0) continue;
      for (let j = 0; j < n; j++) P[i]![j]! += through * P[n]![j]!;
    }
  }
  const pi = new Float64Array(S); // [S]
  pi[0] = 1;
  for (let n = 1; n < S; n++) for (let i = 0; i < n; i++) pi[n]! += pi[i]! * P[i]![n]!;
  const total = sumOf(pi, S);
  return pi.map((p) => p / total);
}

/** The entropy of a distribution in nats; 0 log 0 is 0. */
export function entropyNats(distribution: ArrayLike<number>): number {
  let nats = 0;
  for (let i = 0; i < distribution.length; i++) {
    const p = distribution[i]!;
    if (p > 0) nats -= p * Math.log(p);
  }
  return nats;
}

function sumOf(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  return sum;
}
