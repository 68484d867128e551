/**
 * Variants take turns, so that a slow minute of the machine falls on all of them; what is compared is compared within a round.
 */

/** A turn in which a thread had less of its core than this was disturbed by somebody else's work. */
const UNDISTURBED = 0.9;

/**
 * Gives every variant a turn in each round.
 * @returns for each variant its rates per second, one for each round; and how many turns on one thread were disturbed
 */
export async function takeTurns(variants, { rounds, seconds }) {
  const rates = variants.map(() => []);
  let [disturbed, counted] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    for (const [k, variant] of variants.entries()) {
      const turn = await variant.turn(seconds);
      rates[k].push(turn.amount / turn.seconds);
      if (variant.spec.threads > 1) continue; // threads that wait for each other use less than their cores
      counted++;
      if (turn.cpu < UNDISTURBED * turn.seconds) disturbed++;
    }
  }
  return { rates, disturbed, counted };
}

/** The middle of the numbers; of an even count the upper of the two. */
export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** Median over rounds of a's rate by b's in the same round, times a factor; undefined when one is not there. */
export function medianRatio(a, b, factor = 1) {
  return a && b && median(a.map((rate, round) => (rate * factor) / b[round]));
}
