/** The sleep data of Student 1908, with results from scipy 1.17. */
import fc from "fast-check";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { holm, pairedDifference, signFlipP, welch } from "../../../src/lab/statistics/index.ts";
import { normalFrom } from "./normalFrom.ts";

const DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]; // hours of sleep gained
const DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe("pairedDifference", () => {
  test("gives what is known of Student's sleep data", () => {
    const { n, mean, low, high, t, df, p } = pairedDifference(DRUG_1, DRUG_2);
    expect([n, df]).toEqual([10, 9]);
    expect(mean).toBeCloseTo(-1.58, 12);
    expect(t).toBeCloseTo(-4.062127683382037, 11);
    expect(p).toBeCloseTo(0.002832890197384273, 13);
    expect(low).toBeCloseTo(-2.459885763276983, 11);
    expect(high).toBeCloseTo(-0.7001142367230175, 11);
  });

  test("changing sides changes the sign and nothing else", () => {
    const there = pairedDifference(DRUG_1, DRUG_2);
    const back = pairedDifference(DRUG_2, DRUG_1);
    expect(back.mean).toBeCloseTo(-there.mean, 13);
    expect(back.low).toBeCloseTo(-there.high!, 12);
    expect(back.p).toBeCloseTo(there.p!, 13);
  });

  test("the interval excludes 0 exactly when p is below 0.05", () => {
    const value = fc.double({ min: -3, max: 3, noNaN: true });
    const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(pairs, (drawn) => {
        const [a, b] = [drawn.map((pair) => pair[0]), drawn.map((pair) => pair[1])];
        const { low, high, p } = pairedDifference(a, b);
        fc.pre(p !== undefined && Math.abs(p - 0.05) > 1e-9);
        expect(low! > 0 || high! < 0).toBe(p! < 0.05);
      }),
    );
  });

  test("one pair gives a difference without interval or test", () => {
    expect(pairedDifference([2], [1])).toEqual({
      n: 1,
      mean: 1,
      low: undefined,
      high: undefined,
      level: 0.95,
      t: undefined,
      df: undefined,
      p: undefined,
    });
  });

  test("a configuration against itself differs by 0 with p = 1", () => {
    expect(pairedDifference([1, 2, 4], [1, 2, 4])).toMatchObject({ mean: 0, low: 0, high: 0, t: 0, p: 1 });
  });

  test("a difference that is always the same has no test", () => {
    expect(pairedDifference([2, 3], [1, 2])).toMatchObject({
      mean: 1,
      low: 1,
      high: 1,
      t: undefined,
      p: undefined,
    });
  });

  test("samples that do not pair up are refused", () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow(ConfigError);
    expect(() => pairedDifference([1, 2], [1])).toThrow(
      "pairedDifference: a and b do not pair up. Expected as many values in a as in b, a[k] and b[k] from the same " +
        "seed, got 2 and 1. Use welch for samples that are not paired.",
    );
    expect(() => pairedDifference([], [])).toThrow("a is empty");
    expect(() => pairedDifference([1], [Number.POSITIVE_INFINITY])).toThrow("b[0] is not a finite number");
  });
});

describe("welch", () => {
  test("gives what is known of Student's sleep data without the pairing", () => {
    const { t, df, p, low, high } = welch(DRUG_1, DRUG_2);
    expect(t).toBeCloseTo(-1.8608134674868526, 12);
    expect(df).toBeCloseTo(17.776473516178488, 11);
    expect(p).toBeCloseTo(0.0793941401873583, 13);
    expect(low).toBeCloseTo(-3.3654832307117104, 11);
    expect(high).toBeCloseTo(0.20548323071171137, 11);
  });

  test("samples of equal size and spread have the degrees of freedom of the pooled test", () => {
    expect(welch([1, 2, 3], [11, 12, 13]).df).toBeCloseTo(4, 12);
  });

  test("one value on a side gives a difference without interval or test", () => {
    expect(welch([3], [1, 2])).toMatchObject({ mean: 1.5, low: undefined, high: undefined, p: undefined });
  });

  test("two constant samples have no test", () => {
    expect(welch([2, 2], [1, 1])).toMatchObject({ mean: 1, low: 1, high: 1, p: undefined });
    expect(welch([2, 2], [2, 2])).toMatchObject({ mean: 0, p: 1 });
  });
});

describe("signFlipP", () => {
  test("gives what scipy's exact permutation test gives", () => {
    expect(signFlipP(DRUG_1, DRUG_2)).toBe(0.00390625);
  });

  test("its smallest p is 2 / 2^n, and with nothing between the samples it is 1", () => {
    expect(signFlipP([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7])).toBe(2 / 64);
    expect(signFlipP([1, 2], [1, 2])).toBe(1);
    expect(signFlipP([5], [1])).toBe(1);
  });

  test("equal sums count as equal, however they are rounded", () => {
    expect(signFlipP([0.1, 0.2, 0.3], [0, 0, 0])).toBe(2 / 8);
    expect(signFlipP([0.1, 0.2, -0.3], [0, 0, 0])).toBe(1);
  });

  test("is wrong at 5 % at most 5 times in 100 when nothing differs", () => {
    const normal = normalFrom(seedrandom("nothing differs"));
    const draw = () => Array.from({ length: 7 }, normal);
    const falseAlarms = Array.from({ length: 4000 }, () => signFlipP(draw(), draw())).filter(
      (p) => p <= 0.05,
    );
    expect(falseAlarms.length / 4000).toBeLessThan(0.06);
    expect(falseAlarms.length / 4000).toBeGreaterThan(0.03); // 6 of 128 sign choices: 0.047
  });

  test("twenty pairs are tried in full and twenty-one are refused", () => {
    const a = Array.from({ length: 20 }, (_, k) => k + 1);
    expect(signFlipP(a, new Array(20).fill(0))).toBe(2 ** -19);
    expect(() => signFlipP([...a, 21], new Array(21).fill(0))).toThrow(
      "at most 20, got 21. Use pairedDifference",
    );
  });
});

describe("holm", () => {
  test("corrects the worked example and keeps the order", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((wanted, k) => {
      expect(adjusted[k]).toBeCloseTo(wanted, 14);
    });
  });

  test("leaves a single comparison alone and never passes 1", () => {
    expect(holm([0.04])).toEqual([0.04]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
  });

  test("never lowers a p value and never exceeds Bonferroni", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (pValues) => {
        holm(pValues).forEach((adjusted, k) => {
          expect(adjusted).toBeGreaterThanOrEqual(pValues[k]!);
          expect(adjusted).toBeLessThanOrEqual(Math.min(1, pValues.length * pValues[k]!));
        });
      }),
    );
  });

  test("numbers that are no probabilities are refused", () => {
    expect(() => holm([])).toThrow("holm: pValues is empty");
    expect(() => holm([0.5, 1.5])).toThrow(
      "holm: a p value is out of range. Expected numbers in [0, 1], got 1.5.",
    );
  });
});
