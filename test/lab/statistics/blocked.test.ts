/** Against ordinary least squares on the design matrix of configurations and seeds (numpy 2, scipy 1: lstsq, t.sf, t.ppf). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { blockedDifferences, pairedDifference } from "../../../src/lab/statistics/index.ts";

const NONE = [2.31, 2.29, 2.35, 2.3];
const OTHERS = [
  [2.28, 2.27, 2.3, 2.29],
  [2.4, 2.37, 2.41, 2.42],
  [2.33, 2.28, 2.36, 2.34],
];

describe("blockedDifferences", () => {
  test("gives what least squares gives, with (C - 1)(K - 1) degrees of freedom", () => {
    const found = blockedDifferences(NONE, OTHERS);
    const wanted = [
      [-0.0275, -2.809146551503933, 0.020405476943379987, -0.0496452746719993, -0.005354725328002116],
      [0.0875, 8.938193572966775, 9.032873983660323e-6, 0.06535472532800085, 0.10964527467199803],
      [0.015, 1.5322617553656728, 0.15982109073822082, -0.0071452746719992705, 0.03714527467199791],
    ];
    for (const [c, { n, df, mean, t, p, low, high }] of found.entries()) {
      expect([n, df]).toEqual([4, 9]);
      for (const [k, value] of [mean, t, p, low, high].entries()) {
        expect(value! / wanted[c]![k]!).toBeCloseTo(1, 10);
      }
    }
  });

  test("with one configuration beside the baseline it is the paired t test", () => {
    const [a, b] = [OTHERS[0]!, NONE];
    const [blocked, paired] = [blockedDifferences(b, [a])[0]!, pairedDifference(a, b)];
    for (const key of ["mean", "low", "high", "t", "df", "p"] as const) {
      expect(blocked[key], key).toBeCloseTo(paired[key]!, 12);
    }
  });

  test("what a seed adds to every configuration changes nothing but rounding", () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), (seeds) => {
        const moved = (row: readonly number[]): number[] => row.map((one, k) => one + seeds[k]!);
        const there = blockedDifferences(moved(NONE), OTHERS.map(moved));
        for (const [c, { mean, low }] of blockedDifferences(NONE, OTHERS).entries()) {
          expect(there[c]!.mean).toBeCloseTo(mean, 12);
          expect(there[c]!.low).toBeCloseTo(low!, 12);
        }
      }),
    );
  });

  test("one seed gives differences without interval or test", () => {
    expect(blockedDifferences([2], [[1], [4]])).toMatchObject([
      { n: 1, mean: -1, low: undefined, high: undefined, t: undefined, df: undefined, p: undefined },
      { n: 1, mean: 2, low: undefined, high: undefined, t: undefined, df: undefined, p: undefined },
    ]);
  });

  test("a configuration against itself differs by 0 with p = 1", () => {
    expect(blockedDifferences(NONE, [NONE])[0]).toMatchObject({ mean: 0, low: 0, high: 0, t: 0, p: 1 });
  });

  test.each([
    [[], /others is empty\. Expected at least one configuration beside the baseline, got none/],
    [[[1, 2]], /a and b do not pair up\. Expected .* got 2 and 4/],
    [[[1, 2, Number.NaN, 3]], /a\[2\] is not a finite number/],
  ])("refuses %j", (others: number[][], message) => {
    expect(() => blockedDifferences(NONE, others)).toThrow(ConfigError);
    expect(() => blockedDifferences(NONE, others)).toThrow(message);
  });
});
