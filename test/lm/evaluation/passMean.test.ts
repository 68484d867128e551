/** Means over passes against their formulas, written out on probabilities. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PassMean, runningMean } from "../../../src/lm/evaluation/passMean.ts";
import { expectClose } from "../../autograd/expectClose.ts";
import { mean } from "./naive.ts";

const probability = fc.double({ min: 1e-6, max: 1, noNaN: true });
const passes = fc.array(fc.array(probability, { minLength: 3, maxLength: 3 }), {
  minLength: 1,
  maxLength: 9,
});

/** The logarithms of the means of three numbers over passes [S][3]. */
function means(rule: PassMean, p: readonly (readonly number[])[]): number[] {
  const running = runningMean(rule, 3, p.length);
  for (const pass of p) for (const [k, x] of pass.entries()) running.add(k, Math.log(x));
  return [0, 1, 2].map((k) => running.value(k));
}

const column = (p: readonly (readonly number[])[], k: number): number[] => p.map((pass) => pass[k]!);

describe("the mean over passes", () => {
  test("arithmetic is the logarithm of the mean of p", () => {
    fc.assert(
      fc.property(passes, (p) => {
        const direct = [0, 1, 2].map((k) => Math.log(mean(column(p, k))));
        expectClose(means("arithmetic", p), direct, 1e-13);
      }),
    );
  });

  test("geometric is the mean of ln p", () => {
    fc.assert(
      fc.property(passes, (p) => {
        expectClose(
          means("geometric", p),
          [0, 1, 2].map((k) => mean(column(p, k).map(Math.log))),
          1e-13,
        );
      }),
    );
  });

  test.each([-2, -0.3, 0.25, 0.5, 1, 2, 7])("of power %d is (mean p^q)^(1/q)", (q) => {
    fc.assert(
      fc.property(passes, (p) => {
        const direct = [0, 1, 2].map((k) => Math.log(mean(column(p, k).map((x) => x ** q)) ** (1 / q)));
        expectClose(means({ power: q }, p), direct, 1e-12);
      }),
    );
  });

  test("of power 1 is the arithmetic one to the bit, and of power 0 the geometric", () => {
    fc.assert(
      fc.property(passes, (p) => {
        expect(means({ power: 1 }, p)).toEqual(means("arithmetic", p));
        expect(means({ power: 0 }, p)).toEqual(means("geometric", p));
      }),
    );
  });

  // ln p = mean ln p + q Var(ln p)/2 + O(q²), and ln p reaches -14: a power of 1e-9 is 1e-7 away at most
  test.each([1e-9, -1e-9, 1e-15])("of power %d is nearly the geometric one, without loss of digits", (q) => {
    fc.assert(
      fc.property(passes, (p) => {
        expectClose(means({ power: q }, p), means("geometric", p), 1e-6);
        if (q === 1e-15) expectClose(means({ power: q }, p), means("geometric", p), 1e-12);
      }),
    );
  });

  test("grows with the power", () => {
    fc.assert(
      fc.property(passes, (p) => {
        const grid = [-3, -1, -0.1, 0, 0.1, 0.5, 1, 2, 5].map((power) => means({ power }, p));
        for (let g = 1; g < grid.length; g++)
          for (let k = 0; k < 3; k++) expect(grid[g]![k]).toBeGreaterThanOrEqual(grid[g - 1]![k]! - 1e-12);
      }),
    );
  });

  test("arithmetic of equal passes is their own value to the bit", () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 0, noNaN: true }), fc.integer({ min: 1, max: 9 }), (x, S) => {
        const running = runningMean("arithmetic", 1, S);
        for (let s = 0; s < S; s++) running.add(0, x);
        expect(running.value(0)).toBe(x + 0);
      }),
    );
  });

  test("of probabilities that a float64 cannot hold is still finite", () => {
    const running = runningMean("arithmetic", 1, 2);
    running.add(0, -2000);
    running.add(0, -1000);
    expect(running.value(0)).toBeCloseTo(-1000 - Math.LN2, 12);
  });
});
