/**
 * Means of probabilities over passes, computed from their logarithms one pass at a time.
 *
 *   arithmetic   p = (1/S) Σ_s p_s
 *   power q      p ∝ ((1/S) Σ_s p_s^q)^(1/q)        q = 1 is the arithmetic mean, q -> 0 the geometric
 *   geometric    p ∝ exp((1/S) Σ_s ln p_s)
 *
 * All but the arithmetic have to be divided by their sum over the vocabulary. Arithmetic and power mean keep a largest
 * term m and E = Σ_s (e^(q ln p_s - m) - 1), so that neither a small p nor a small q loses digits, and passes that are
 * equal give exactly their own value:
 *
 *   ln p = (m + ln(1 + E/S)) / q
 *
 * Sources: arithmetic and geometric, Gal & Ghahramani 2016 and Warde-Farley et al. 2014; power, Melis et al. 2018 (lamb).
 */
import { ConfigError, describe, knownKeys, oneOf } from "../../errors.ts";

/** How S passes become one prediction. */
export type PassMean = "arithmetic" | "geometric" | { readonly power: number };

/** A running mean of n numbers, of which every pass adds one each. */
export interface RunningMean {
  /** Takes a pass's ln p for number k. */
  add(k: number, logarithm: number): void;
  /** ln of the mean for number k, before any division by a sum. */
  value(k: number): number;
}

/** @throws ConfigError for anything but "arithmetic", "geometric" and { power: q } */
export function checkPassMean(mean: PassMean): PassMean {
  const where = "evaluate";
  if (typeof mean === "string") return oneOf(where, "mean", mean, ["arithmetic", "geometric"]);
  knownKeys(`${where}: mean`, mean, ["power"]);
  const { power } = mean;
  if (typeof power === "number" && Number.isFinite(power)) return mean;
  throw new ConfigError("the power of the mean must be a number", {
    where,
    expected: "a finite number: 1 is the arithmetic mean, 0 the geometric",
    got: describe(power),
    mend: "For example { mean: { power: 0.5 } }",
  });
}

/** An empty mean of n numbers over `passes` passes. @param n - how many numbers @param passes - S */
export function runningMean(mean: PassMean, n: number, passes: number): RunningMean {
  const power = mean === "arithmetic" ? 1 : mean === "geometric" ? 0 : mean.power;
  return power === 0 ? meanOfLogarithms(n, passes) : powerMean(power, n, passes);
}

function meanOfLogarithms(n: number, passes: number): RunningMean {
  const sums = new Float64Array(n);
  return {
    add(k, logarithm) {
      sums[k]! += logarithm;
    },
    value: (k) => sums[k]! / passes,
  };
}

function powerMean(q: number, n: number, passes: number): RunningMean {
  const largest = new Float64Array(n).fill(Number.NEGATIVE_INFINITY); // m
  const excess = new Float64Array(n); // E, over the passes seen
  const seen = new Float64Array(n);
  return {
    add(k, logarithm) {
      const term = q * logarithm;
      const m = largest[k]!;
      if (seen[k] === 0) largest[k] = term;
      else if (term <= m) excess[k]! += Math.expm1(term - m);
      else {
        // Σ e^(x - m') - 1 = e^(m - m') E + count (e^(m - m') - 1), and the new term adds 0
        excess[k] = Math.exp(m - term) * excess[k]! + seen[k]! * Math.expm1(m - term);
        largest[k] = term;
      }
      seen[k]!++;
    },
    value: (k) => (largest[k]! + Math.log1p(excess[k]! / passes)) / q,
  };
}
