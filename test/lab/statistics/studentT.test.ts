/** Reference values: published tables, and mpmath 1.3 with 40 digits for the rest. */
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import {
  regularisedIncompleteBeta,
  studentTCdf,
  studentTQuantile,
  studentTTwoSided,
} from "../../../src/lab/statistics/index.ts";

/** Far below the promised 1e-10; the errors measured are about 4e-15. */
const RELATIVE = 1e-13;

function expectClose(got: number, wanted: number, tolerance: number = RELATIVE): void {
  expect(Math.abs(got / wanted - 1), `got ${got}, wanted ${wanted}`).toBeLessThan(tolerance);
}

describe("the incomplete beta function", () => {
  test.each([
    [0.5, 2, 2, 0.5],
    [0.1, 0.5, 0.5, 0.20483276469913346],
    [0.9, 10, 3, 0.88913002225500006],
    [0.01, 3, 200, 0.32876182896161063],
  ])("I_%d(%d, %d) agrees with 40-digit arithmetic", (x, a, b, wanted) => {
    expectClose(regularisedIncompleteBeta(x, { a, b }), wanted);
  });

  test("stays accurate with shapes in the thousands", () => {
    expectClose(regularisedIncompleteBeta(0.3, { a: 1000, b: 2000 }), 4.0738279160507715e-5, 1e-11);
  });

  test("is 0 at 0 and 1 at 1", () => {
    expect(regularisedIncompleteBeta(0, { a: 3, b: 4 })).toBe(0);
    expect(regularisedIncompleteBeta(1, { a: 3, b: 4 })).toBe(1);
  });
});

describe("Student's t", () => {
  test.each([
    [0.1, 1, 0.46827448256944643],
    [12.5, 1, 0.025410673666115896],
    [3, 2.5, 0.036288047774515922],
    [2, 7, 0.042809664281488038],
    [0.001, 1000, 0.49960115750922637],
    [8, 1000, 1.7133307411957372e-15],
    [1.96, 1e6, 0.024998033792634895],
    [6, 1e6, 9.8692490617721733e-10],
    [40, 12, 1.9256147903860169e-14],
    [1.5, 0.5, 0.25395089532405422],
  ])("the tail beyond %d with %d degrees of freedom agrees with 40-digit arithmetic", (t, df, wanted) => {
    expectClose(studentTCdf(-t, df), wanted);
    expectClose(studentTTwoSided(t, df), 2 * wanted);
  });

  test.each([
    [0.975, 1, 12.706204736174693],
    [0.975, 2, 4.3026527297494618],
    [0.975, 4, 2.7764451051977935],
    [0.975, 10, 2.2281388519862742],
    [0.975, 30, 2.0422724563012379],
    [0.975, 1000, 1.9623390808264081],
    [0.975, 1e6, 1.9599663568141067],
    [0.995, 3, 5.8409093097333554],
    [0.9, 7.5, 1.4052118464159531],
    [0.9999, 1e4, 3.7203958691176681],
  ])("the quantile of %d with %d degrees of freedom agrees with the tables", (probability, df, wanted) => {
    expectClose(studentTQuantile(probability, df), wanted, 1e-12);
    expectClose(studentTQuantile(1 - probability, df), -wanted, 1e-12);
  });

  test("quantile and distribution undo each other from the middle far into the tails", () => {
    for (const df of [1, 1.7, 5, 40, 1e3, 1e6]) {
      for (const probability of [1e-12, 1e-4, 0.2, 0.4999]) {
        expectClose(studentTCdf(studentTQuantile(probability, df), df), probability, 1e-12);
      }
    }
  });

  test("half of the probability lies on either side of 0, and all of it below infinity", () => {
    expect(studentTCdf(0, 3)).toBe(0.5);
    expect(studentTQuantile(0.5, 3)).toBe(0);
    expect(studentTCdf(Number.POSITIVE_INFINITY, 3)).toBe(1);
    expect(studentTTwoSided(0, 3)).toBe(1);
  });

  test("arguments out of range are refused in words", () => {
    expect(() => studentTQuantile(1, 3)).toThrow(
      new ConfigError("probability is out of range", {
        where: "studentTQuantile",
        expected: "a number in (0, 1)",
        got: "1",
      }),
    );
    expect(() => studentTCdf(1, 0)).toThrow("studentTCdf: df must be a positive number.");
    expect(() => studentTCdf(Number.NaN, 1)).toThrow("studentTCdf: t must be a number. Got NaN.");
  });
});
