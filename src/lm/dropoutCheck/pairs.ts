/** Pairs of values that must be the same, or differ as often as independent values do. */
import { type DropoutFinding, shareFinding, short } from "./finding.ts";

/** How many pairs were compared, and how many differed. */
export interface Pairs {
  n: number;
  differing: number;
}

/** No pair yet. */
export const pairs = (): Pairs => ({ n: 0, differing: 0 });

/** Compares values one by one. */
export function compare(into: Pairs, a: ArrayLike<number>, b: ArrayLike<number>): void {
  for (let k = 0; k < a.length; k++) into.differing += Number(a[k] !== b[k]);
  into.n += a.length;
}

/** No pair may differ. */
export function sameFinding(
  check: string,
  what: string,
  { n, differing }: Pairs,
): Omit<DropoutFinding, "site"> {
  const seen = differing === 0 ? "the same" : `${short(differing / n)} of the values change`;
  return { check, expected: what, seen, ok: differing === 0 };
}

/** The share that differs must be this one. */
export function differFinding(
  check: string,
  what: string,
  { n, differing }: Pairs,
  expected: number,
): Omit<DropoutFinding, "site"> {
  if (n === 0) return { check, expected: what, seen: "there is only one", ok: false };
  return shareFinding(check, `${what}: share`, { count: differing, n, expected });
}
