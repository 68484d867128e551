import seedrandom from "seedrandom";
import { expect, test } from "vitest";
import { bootstrapInterval, summarise } from "../../../src/lab/statistics/index.ts";
import { normalFrom } from "./normalFrom.ts";

const normal = normalFrom(seedrandom("a sample"));
const SAMPLE = Array.from({ length: 40 }, () => 1.5 + 0.1 * normal());

test("the same seed gives the same interval, another seed nearly the same", () => {
  const once = bootstrapInterval(SAMPLE, { random: seedrandom("1") });
  const width = once.high! - once.low!;
  expect(bootstrapInterval(SAMPLE, { random: seedrandom("1") })).toEqual(once);
  const other = bootstrapInterval(SAMPLE, { random: seedrandom("2") });
  expect(other.low).not.toBe(once.low);
  expect(Math.abs(other.low! - once.low!)).toBeLessThan(0.05 * width);
});

test("with forty normal values it agrees with the t interval to a tenth of the width", () => {
  const { low, high } = bootstrapInterval(SAMPLE, { random: seedrandom("1") });
  const exact = summarise(SAMPLE);
  const width = exact.high! - exact.low!;
  expect(Math.abs(low! - exact.low!)).toBeLessThan(0.1 * width);
  expect(Math.abs(high! - exact.high!)).toBeLessThan(0.1 * width);
});

test("any statistic can be asked for, and a higher level is wider", () => {
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
  const options = { statistic: median, resamples: 500 };
  const narrow = bootstrapInterval(SAMPLE, { ...options, random: seedrandom("1"), level: 0.5 });
  const wide = bootstrapInterval(SAMPLE, { ...options, random: seedrandom("1"), level: 0.99 });
  expect(wide.low!).toBeLessThan(narrow.low!);
  expect(wide.high!).toBeGreaterThan(narrow.high!);
  expect(SAMPLE).toContain(median(SAMPLE));
});

test("one value gives no interval", () => {
  expect(bootstrapInterval([1], { random: Math.random })).toEqual({
    low: undefined,
    high: undefined,
    level: 0.95,
  });
});

test("a generator that leaves [0, 1) is refused", () => {
  expect(() => bootstrapInterval([1, 2], { random: () => 1 })).toThrow(
    "bootstrapInterval: random left its range. Expected numbers in [0, 1), got 1.",
  );
  expect(() => bootstrapInterval([1, 2], { random: () => 0, resamples: 0 })).toThrow(
    "resamples must be a positive",
  );
});
