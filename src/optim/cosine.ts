/**
 * A linear rise over the first `warmUp` updates, then half a cosine down to a fraction of the peak.
 *
 *   n = update + 1
 *   n <= warmUp:  rate = base · n / warmUp
 *   after:        p = (n - warmUp) / (total - warmUp), at most 1
 *                 rate = base · (final + (1 - final) cos²(πp/2))        where cos²(πp/2) = (1 + cos πp) / 2
 *
 * Source: Loshchilov & Hutter 2017, eq. 5, without restarts · differs from it in: the warm-up. The last of `total`
 * updates has exactly the final rate.
 */
import { ConfigError, knownKeys, nonNegativeInteger, positiveInteger } from "../errors.ts";
import { finalFraction } from "./configChecks.ts";
import { type CosineConfig, type Schedule, unseen } from "./schedule.ts";

const WHERE = "schedule cosine";

/** Creates the schedule. @throws ConfigError for an unknown key, a value out of range, or total not above warmUp */
export function cosine(options: CosineConfig): Schedule<CosineConfig> {
  const config = completed(options);
  const { warmUp, total, final } = config;
  return {
    config,
    init: () => unseen,
    rate: (base, _, { update }) => {
      const n = update + 1;
      if (n <= warmUp) return Math.fround((base * n) / warmUp);
      const p = Math.min(1, (n - warmUp) / (total - warmUp));
      const half = cosineSeries((Math.PI / 2) * p);
      return Math.fround(base * (final + (1 - final) * half * half));
    },
    validated: (state) => state,
  };
}

function completed(options: CosineConfig): Required<CosineConfig> {
  knownKeys(WHERE, options, ["name", "warmUp", "total", "final"]);
  const { warmUp = 0, total, final = 0.1 }: CosineConfig = options;
  nonNegativeInteger(WHERE, "warmUp", warmUp);
  positiveInteger(WHERE, "total", total, 5000);
  finalFraction(WHERE, "final", final);
  if (total <= warmUp) {
    throw new ConfigError("the warm-up must end before the schedule does", {
      where: WHERE,
      expected: `total above warmUp = ${warmUp}`,
      got: `${total}`,
      mend: "Set total to the number of updates of the whole run",
    });
  }
  return { name: "cosine", warmUp, total, final };
}

/**
 * cos x for x in [0, π/2] by its power series, whose twelfth term is below the rounding of a double. Math.cos may differ in
 * its last bit between JavaScript engines; sums and products may not, and a seed must give the same weights everywhere.
 */
function cosineSeries(x: number): number {
  let cosine = 1;
  let term = 1;
  for (let k = 2; k <= 24; k += 2) {
    term *= (-x * x) / (k * (k - 1));
    cosine += term;
  }
  return cosine;
}
