/** What a check found, and how far a measured share may lie from the one that is stated. */

/** One row of the table of `tidegate dropout check`. */
export interface DropoutFinding {
  /** a site of the specification, or "network" for what holds of all sites together */
  readonly site: string;
  readonly check: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** Standard deviations that a measured mean may lie from its expectation: a right mask fails once in 1.7 million checks. */
export const SIGMAS = 5;

/**
 * A mean of n independent values against its expectation.
 *
 *   |mean - expected| <= 5 sqrt(variance / n) + 1/n          1/n: a share of few values moves in steps
 */
export function meanFinding(
  check: string,
  what: string,
  { mean, expected, variance, n }: { mean: number; expected: number; variance: number; n: number },
): Omit<DropoutFinding, "site"> {
  const bound = SIGMAS * Math.sqrt(variance / n) + 1 / n;
  return {
    check,
    expected: `${what} ${short(expected)} ± ${short(bound)} (${SIGMAS} sigma of ${n})`,
    seen: short(mean),
    ok: Math.abs(mean - expected) <= bound,
  };
}

/** A share of n independent decisions: variance p (1 - p). */
export function shareFinding(
  check: string,
  what: string,
  { count, n, expected }: { count: number; n: number; expected: number },
): Omit<DropoutFinding, "site"> {
  return meanFinding(check, what, { mean: count / n, expected, variance: expected * (1 - expected), n });
}

/** Four digits. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
