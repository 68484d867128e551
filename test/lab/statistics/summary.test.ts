import fc from "fast-check";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { perplexityOf, perplexityRatioOf, summarise } from "../../../src/lab/statistics/index.ts";
import { normalFrom } from "./normalFrom.ts";

const someLosses = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 12 });

describe("summarise", () => {
  test("gives the t interval that scipy 1.17 gives", () => {
    const { mean, sd, low, high, n } = summarise([1.71, 1.68, 1.74]);
    expect(n).toBe(3);
    expect(mean).toBeCloseTo(1.71, 14);
    expect(sd).toBeCloseTo(0.03, 14);
    expect(low).toBeCloseTo(1.63547586864749, 13);
    expect(high).toBeCloseTo(1.78452413135251, 13);
  });

  test.each([2, 3, 5, 20])(
    "a 95 % interval from %d values covers the true mean 93 to 97 times in 100",
    (n) => {
      const normal = normalFrom(seedrandom(`coverage of ${n}`));
      let covered = 0;
      for (let draw = 0; draw < 4000; draw++) {
        const { low, high } = summarise(Array.from({ length: n }, () => 1.5 + 0.02 * normal()));
        if (low! <= 1.5 && 1.5 <= high!) covered++;
      }
      expect(covered / 4000).toBeGreaterThan(0.93); // the standard error of this fraction is 0.0034
      expect(covered / 4000).toBeLessThan(0.97);
    },
  );

  test("the interval is symmetric about the mean and moves with the values", () => {
    fc.assert(
      fc.property(someLosses, fc.double({ min: -100, max: 100, noNaN: true }), (values, shift) => {
        const here = summarise(values);
        const there = summarise(values.map((value) => value + shift));
        expect(here.high! - here.mean).toBeCloseTo(here.mean - here.low!, 10);
        expect(there.low! - here.low!).toBeCloseTo(shift, 9);
        expect(there.sd!).toBeCloseTo(here.sd!, 9);
      }),
    );
  });

  test("a higher level gives a wider interval", () => {
    const values = [1.2, 1.3, 1.5];
    expect(summarise(values, { level: 0.99 }).high).toBeGreaterThan(summarise(values, { level: 0.9 }).high!);
  });

  test("one value has a mean, and nothing is claimed about its spread", () => {
    expect(summarise([1.5])).toEqual({
      n: 1,
      mean: 1.5,
      sd: undefined,
      standardError: undefined,
      low: undefined,
      high: undefined,
      level: 0.95,
    });
  });

  test("equal values have exactly their own mean and no spread", () => {
    expect(summarise([0.1, 0.1, 0.1])).toMatchObject({ mean: 0.1, sd: 0, low: 0.1, high: 0.1 });
  });

  test("a small spread on a large number is not lost", () => {
    expect(summarise([1e9 + 1, 1e9 + 2, 1e9 + 3]).sd).toBe(1);
  });

  test("empty samples, numbers that are not finite and impossible levels are refused", () => {
    expect(() => summarise([])).toThrow(ConfigError);
    expect(() => summarise([])).toThrow(
      "summarise: values is empty. Expected at least one number, got none.",
    );
    expect(() => summarise([1, Number.NaN])).toThrow("summarise: values[1] is not a finite number.");
    expect(() => summarise([1, 2], { level: 95 })).toThrow("level is out of range");
    expect(() => summarise([1, 2], { level: Number.NaN })).toThrow(ConfigError);
  });
});

describe("perplexity", () => {
  test("is the exponential of the interval in nats, end by end", () => {
    const nats = summarise([1.71, 1.68, 1.74]);
    const { perplexity, low, high } = perplexityOf(nats);
    expect(perplexity).toBeCloseTo(5.528961477624, 10);
    expect([low, high]).toEqual([Math.exp(nats.low!), Math.exp(nats.high!)]);
  });

  test("a difference of 0.02 nats is a ratio of 2 %", () => {
    const { ratio } = perplexityRatioOf({ mean: -0.02, low: -0.03, high: -0.01, level: 0.95 });
    expect(ratio).toBeCloseTo(0.9802, 4);
  });

  test("an interval that is undefined stays undefined", () => {
    expect(perplexityOf(summarise([0]))).toEqual({
      perplexity: 1,
      low: undefined,
      high: undefined,
      level: 0.95,
    });
  });
});
