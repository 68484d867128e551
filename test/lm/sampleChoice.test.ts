/** Taking a symbol from probabilities, against the same written with a sort. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, likeliest, Truncation } from "../../src/lm/choose.ts";

/** Few different values, so that ties are met. */
const weights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });

/** What top-k and top-p keep, by sorting all symbols: likeliest first, of equals the smaller id. */
function keptBySorting(p: readonly number[], topK: number, topP: number): number[] {
  const order = [...p.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
  const result = p.map(() => 0);
  let mass = 0;
  for (const [rank, id] of order.entries()) {
    if ((topK > 0 && rank >= topK) || mass >= topP) break;
    result[id] = p[id]!;
    mass += p[id]!;
  }
  return result;
}

test("what is kept by the heap is what a sort keeps, wherever the probabilities lie", () => {
  fc.assert(
    fc.property(
      weights,
      fc.integer({ min: 0, max: 45 }),
      fc.constantFrom(0.01, 0.3, 0.5, 0.9, 1),
      fc.integer({ min: 0, max: 5 }),
      (counts, topK, topP, at) => {
        const total = counts.reduce((sum, n) => sum + n, 1);
        const p = counts.map((n) => n / total);
        const truncation = new Truncation(p.length, topK, topP);
        const f = Float64Array.from([...new Array<number>(at).fill(99), ...p, 99]);
        for (
          let time = 0;
          time < 2;
          time++ // the second time, on arrays that have been used
        )
          expect(Array.from(truncation.keep(f, at))).toEqual(keptBySorting(p, topK, topP));
      },
    ),
  );
});

test("a draw at u gives the symbol whose share of the total holds u, and never one of weight 0", () => {
  fc.assert(
    fc.property(
      weights.filter((w) => w.some((n) => n > 0)),
      fc.integer({ min: 0, max: 999 }),
      (w, thousandth) => {
        const u = thousandth / 1000;
        const total = w.reduce((sum, n) => sum + n, 0);
        const shares = w.map((_, k) => w.slice(0, k + 1).reduce((sum, n) => sum + n, 0) / total);
        const id = draw(Float64Array.from([7, ...w]), 1, w.length, u);
        expect(w[id]).toBeGreaterThan(0);
        const first = shares.findIndex((share, k) => share > u && w[k]! > 0);
        const onBorder = shares.some((share) => Math.abs(share - u) < 1e-12);
        if (!onBorder) expect(id).toBe(first);
      },
    ),
  );
});

test("the likeliest of equals is the first, after an offset too", () => {
  expect(likeliest(Float64Array.of(9, 9, 0.1, 0.4, 0.4, 0.1), 2, 4)).toBe(1);
});

describe("probabilities that are not numbers are an error, not a symbol", () => {
  const message =
    "sample: the model gives no probabilities. Expected probabilities that sum to 1, got NaN. " +
    "A weight is not a finite number; take an earlier checkpoint.";
  const broken = Float64Array.of(Number.NaN, Number.NaN);
  test("by a draw", () => expect(() => draw(broken, 0, 2, 0.5)).toThrow(message));
  test("by the likeliest", () => expect(() => likeliest(broken, 0, 2)).toThrow(message));
  test("after a truncation", () =>
    expect(() => draw(new Truncation(2, 1, 0.5).keep(broken, 0), 0, 2, 0.5)).toThrow(message));
});
