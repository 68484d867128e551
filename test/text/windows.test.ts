/** Windows of varying lengths: their distribution, that they cover an epoch, and that they depend on the seed and their number only. */
import { describe, expect, test } from "vitest";
import { trainingStreams, type WindowsConfig, windowPlan, windowsConfig } from "../../src/text/index.ts";

const variable: WindowsConfig = { name: "variable" };
const epochOf = (plan: ReturnType<typeof windowPlan>, epoch: number): { start: number; steps: number }[] =>
  Array.from({ length: plan.perEpoch }, (_, k) => plan.at(epoch, k));
const lengthsOf = (plan: ReturnType<typeof windowPlan>, epoch: number): number[] =>
  epochOf(plan, epoch).map(({ steps }) => steps);

describe("variable windows", () => {
  test("follow one another and cover an epoch, however long it is", () => {
    for (const length of [1, 4, 5, 63, 1000]) {
      const plan = windowPlan(length, 20, variable, 3);
      for (const epoch of [0, 1, 7]) {
        let end = 0;
        for (const { start, steps } of epochOf(plan, epoch)) {
          expect(start).toBe(end);
          expect(steps).toBeGreaterThan(0);
          expect(steps).toBeLessThanOrEqual(plan.longest);
          end += steps;
        }
        expect(end).toBe(length);
      }
    }
  });

  test("have the lengths of awd-lstm-lm: about T with a spread of 5, one in twenty about half of it", () => {
    const all = lengthsOf(windowPlan(700_000, 70, variable, "spread"), 0);
    const long = all.filter((steps) => steps > 52);
    const short = all.filter((steps) => steps <= 52);
    const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const spreadOf = (values: readonly number[]): number =>
      Math.sqrt(meanOf(values.map((steps) => (steps - meanOf(values)) ** 2)));
    // about 10,250 windows; four standard errors: of a share .0086, of a mean .2 and .9, of a spread .14 and .63
    expect(Math.abs(short.length / all.length - 0.05)).toBeLessThan(0.0086);
    expect(Math.abs(meanOf(long) - 69.5)).toBeLessThan(0.2); // floor takes half a step
    expect(Math.abs(meanOf(short) - 34.5)).toBeLessThan(0.9);
    expect(Math.abs(spreadOf(long) - 5)).toBeLessThan(0.14);
    expect(Math.abs(spreadOf(short) - 5)).toBeLessThan(0.63);
  });

  test("are never shorter than the minimum, but for one that ends an epoch's lengths", () => {
    const all = lengthsOf(windowPlan(5000, 10, { name: "variable", half: 0.5, minimum: 8 }, 1), 2);
    expect(all.filter((steps) => steps < 8).length).toBeLessThanOrEqual(1);
    expect(all.filter((steps) => steps === 8).length).toBeGreaterThan(100);
  });

  test("are those of the fixed ones without spread and halves", () => {
    const plain = windowPlan(100, 30, { name: "variable", half: 0, deviation: 0 }, 1);
    expect(lengthsOf(plain, 0).sort((a, b) => b - a)).toEqual([30, 30, 30, 10]);
    const fixed = windowPlan(100, 30, { name: "fixed" }, 1);
    expect(epochOf(fixed, 4)).toEqual([
      { start: 0, steps: 30 },
      { start: 30, steps: 30 },
      { start: 60, steps: 30 },
      { start: 90, steps: 10 },
    ]);
  });

  test("are shuffled from epoch to epoch, and depend on the seed", () => {
    const plan = windowPlan(3000, 20, variable, 5);
    const [first, second] = [lengthsOf(plan, 0), lengthsOf(plan, 1)];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([...second].sort());
    expect(lengthsOf(windowPlan(3000, 20, variable, 6), 0)).not.toEqual(first);
  });

  test("are found in any order: a window is a function of its number", () => {
    const plan = windowPlan(3000, 20, variable, 5);
    const late = plan.at(9, 3);
    plan.at(2, 1);
    expect(plan.at(9, 3)).toEqual(late);
    expect(windowPlan(3000, 20, variable, 5).at(9, 3)).toEqual(late);
  });

  test("of a text read every pair of every row once per epoch", () => {
    const ids = Int32Array.from({ length: 400 }, (_, k) => k);
    const streams = trainingStreams(ids, { batchSize: 3, sequenceLength: 17, windows: variable, seed: 8 });
    const read: number[] = [];
    for (let k = 0; k < streams.batchesPerEpoch; k++) {
      const { inputs, targets, steps, rows, restart, epoch } = streams.at(streams.batchesPerEpoch + k);
      expect(epoch).toBe(1);
      expect(restart).toBe(k === 0);
      expect(inputs.length).toBe(steps * rows);
      for (const [j, input] of inputs.entries()) {
        expect(targets[j]).toBe(input + 1);
        read.push(input);
      }
    }
    expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: 399 }, (_, k) => k));
  });
});

describe("a configuration of windows", () => {
  test("is completed, and accepted as it was returned", () => {
    expect(windowsConfig({ name: "fixed" })).toEqual({ name: "fixed" });
    expect(windowsConfig(variable)).toEqual({ name: "variable", half: 0.05, deviation: 5, minimum: 5 });
    expect(windowsConfig(windowsConfig(variable))).toEqual(windowsConfig(variable));
  });

  test.each([
    [{ name: "random" }, 'windows: name is not known. Expected one of fixed, variable, got "random".'],
    [null, "windows: name is not known. Expected one of fixed, variable, got undefined."],
    [
      { name: "fixed", half: 0.1 },
      'windows fixed: unknown key "half". Expected keys among name, got "half".',
    ],
    [
      { name: "variable", half: 2 },
      "windows variable: half must be a probability. Expected a number in [0, 1]: how often a window has about half the length, got 2.",
    ],
    [
      { name: "variable", deviation: -1 },
      "windows variable: deviation must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { name: "variable", minimum: 0 },
      "windows variable: minimum must be a positive integer. Expected an integer of 1 or more, got 0. For example { minimum: 5 }.",
    ],
  ])("%j is refused in these words", (options, message) => {
    expect(() => windowsConfig(options as WindowsConfig)).toThrow(message);
  });

  test("a minimum above the usual length is refused", () => {
    expect(() => windowPlan(100, 4, variable, 1)).toThrow(
      "windows variable: the shortest window is longer than a usual one. Expected a minimum of at most sequenceLength 4, got 5. Give a smaller minimum, or a larger sequenceLength.",
    );
  });
});
