/** Agreement of two arrays, element by element, with the worst element in the message. */
import { expect } from "vitest";

/** Expects |actual - expected| <= tolerance · max(1, |expected|) everywhere. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "values",
): void {
  expect(actual.length, `${what}: number of elements`).toBe(expected.length);
  let worst = 0;
  let at = 0;
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(actual[k]! - expected[k]!) / Math.max(1, Math.abs(expected[k]!));
    if (error > worst || Number.isNaN(error)) [worst, at] = [error, k];
  }
  expect(worst, `${what}[${at}]: got ${actual[at]}, expected ${expected[at]}`).toBeLessThanOrEqual(tolerance);
}
