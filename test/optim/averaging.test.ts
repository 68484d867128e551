/** Averaging of weights, the trigger of NT-ASGD, and the penalties on weights, against formulas written out here. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import {
  type AveragingConfig,
  type AveragingState,
  addPenaltyGradients,
  averagingNames,
  createAverages,
  createAveraging,
  moveAverages,
  nonMonotone,
  unaveraged,
} from "../../src/optim/index.ts";
import { onePair } from "./onePair.ts";

/** Algorithm 1 of Merity et al. 2017 as it is printed: the validation (from 0) at which T is set, or null. */
function triggerOfThePaper(losses: readonly number[], n: number): number | null {
  const logs: number[] = [];
  let t = 0;
  for (const v of losses) {
    if (t > n) {
      let lowest = Number.POSITIVE_INFINITY;
      for (let l = 0; l <= t - n - 1; l++) lowest = Math.min(lowest, logs[l]!);
      if (v > lowest) return t;
    }
    logs.push(v);
    t++;
  }
  return null;
}

function triggerOf(losses: readonly number[], patience: number): number | null {
  const averaging = createAveraging({ name: "ntAsgd", patience });
  let state: AveragingState = unaveraged;
  for (const [t, nats] of losses.entries()) {
    state = averaging.validated(state, nats);
    if (state.count > 0) return t;
  }
  return null;
}

describe("the trigger of NT-ASGD", () => {
  test.each([
    ["falls all the time", [9, 8, 7, 6, 5, 4, 3, 2, 1], 2, null],
    ["stops falling at once", [3, 3.1, 3.1, 3.1], 0, 1],
    ["rises once and falls on: borne", [5, 4, 4.5, 3, 2, 1], 1, null],
    ["equals the lowest: not above it", [2, 2, 2, 2, 2], 1, null],
    ["rises: seen after n further validations", [5, 4, 3, 3.5, 3.4, 3.3, 3.2], 2, 5],
    ["is not looked at before n + 1 validations", [1, 9, 9, 9, 9, 9, 9], 5, 6],
    ["has its lowest among the last n, which do not count", [5, 2, 4, 4.5], 2, null],
  ] as [string, number[], number, number | null][])("a loss that %s", (_, losses, patience, expected) => {
    expect(triggerOf(losses, patience)).toBe(expected);
    expect(triggerOfThePaper(losses, patience)).toBe(expected);
  });

  test("agrees with the paper's algorithm on every sequence of six losses out of four values", () => {
    for (let code = 0; code < 4 ** 6; code++) {
      const losses = Array.from({ length: 6 }, (_, k) => Math.floor(code / 4 ** k) % 4);
      for (const n of [0, 1, 2, 5])
        expect(triggerOf(losses, n), `${losses}, n ${n}`).toBe(triggerOfThePaper(losses, n));
    }
  });

  test("reads the losses before the newest only", () => {
    expect(nonMonotone([], 5, 0)).toBe(false);
    expect(nonMonotone([4], 5, 0)).toBe(true);
    expect(nonMonotone([4], 5, 1)).toBe(false);
  });
});

/** The average of a weight over the given values, one per update, with a validation after each. */
function averaged(
  config: AveragingConfig,
  weights: readonly number[],
  losses: readonly number[] = [],
): number[] {
  const { parameters, tape, w } = onePair([0, 0, 0, 0, 0]);
  const averaging = createAveraging(config);
  const averages = createAverages(parameters);
  let state: AveragingState = unaveraged;
  const follow = (next: AveragingState): void => {
    if (next.count > state.count) moveAverages(averages, parameters, averaging.share(next.count));
    state = next;
  };
  return weights.map((weight, k) => {
    tape.assign(w, new Array<number>(5).fill(weight));
    follow(averaging.updated(state, k + 1));
    if (losses[k] !== undefined) follow(averaging.validated(state, losses[k]!));
    return tape.engine.memory.f[averages.get("w")!.ptr + 4]!;
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const weights = [3, -1, 4, 1, -5, 9, 2, -6];

describe("averages", () => {
  test("of polyak are the mean of all weights after the first `start` updates", () => {
    for (const start of [0, 3]) {
      const found = averaged({ name: "polyak", start }, weights);
      for (const [k, value] of found.entries())
        expect(value).toBeCloseTo(k < start ? 0 : meanOf(weights.slice(start, k + 1)), 13);
    }
  });

  test("of ntAsgd begin with the weights whose validation triggers", () => {
    // with patience 1: 2.5 > min(3, 2) at the fourth validation
    const found = averaged({ name: "ntAsgd", patience: 1 }, weights, [3, 2, 1.9, 2.5, 1, 1, 1, 1]);
    expect(found.slice(0, 3)).toEqual([0, 0, 0]);
    for (let k = 3; k < weights.length; k++)
      expect(found[k]).toBeCloseTo(meanOf(weights.slice(3, k + 1)), 13);
  });

  test("of exponential are the mean until they forget, then keep `decay` of themselves", () => {
    const found = averaged({ name: "exponential", decay: 0.75, start: 1 }, weights);
    let expected = 0;
    for (const [k, weight] of weights.entries()) {
      const count = k; // one update is left out
      if (count === 1) expected = weight;
      else if (count > 1) {
        const share = count <= 4 ? 1 / count : 0.25;
        expected = (1 - share) * expected + share * weight;
      }
      expect(found[k]).toBeCloseTo(expected, 13);
    }
  });

  test("of weights that stay as they are, are those weights to the bit", async () => {
    const tape = new Tape(await createEngine("strict"));
    const values = Float32Array.from({ length: 7 }, (_, k) => Math.sin(k + 1) / 3);
    const parameters = new Map([["w", tape.parameter([7], values)]]);
    const averages = createAverages(parameters);
    for (let count = 1; count <= 500; count++) moveAverages(averages, parameters, 1 / count);
    const { ptr } = averages.get("w")!;
    expect(Array.from(tape.engine.memory.floats(ptr, 7))).toEqual(Array.from(values));
  });

  test("of none are nothing", () => {
    const averaging = createAveraging({ name: "none" });
    expect(averaging.updated(unaveraged, 5)).toBe(unaveraged);
    expect(averaging.validated(unaveraged, 5)).toBe(unaveraged);
  });

  test("made for other parameters are refused", () => {
    const { parameters } = onePair([1, 2]);
    expect(() => moveAverages(new Map(), parameters, 1)).toThrow(
      'moveAverages: the averages were made for other parameters. Expected an average "w" of 2 elements, got none. Call createAverages again after adding or resizing parameters.',
    );
  });
});

describe("a configuration of averaging", () => {
  test("is completed, and accepted as it was returned", () => {
    const complete = averagingNames.map((name) => createAveraging({ name } as AveragingConfig).config);
    expect(complete).toEqual([
      { name: "none" },
      { name: "polyak", start: 0 },
      { name: "exponential", decay: 0.999, start: 0 },
      { name: "ntAsgd", patience: 5 },
    ]);
    for (const config of complete) expect(createAveraging(config).config).toEqual(config);
  });

  test.each([
    [
      null,
      'averaging: not a configuration. Expected an object, got null. For example { name: "ntAsgd", patience: 5 }.',
    ],
    [
      { name: "ntasgd" },
      'averaging: name is not known. Expected one of none, polyak, exponential, ntAsgd, got "ntasgd". Did you mean "ntAsgd"?',
    ],
    [
      { name: "polyak", patience: 3 },
      'averaging polyak: unknown key "patience". Expected keys among name, start, got "patience".',
    ],
    [
      { name: "ntAsgd", patience: -1 },
      "averaging ntAsgd: patience must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
    ],
    [
      { name: "exponential", decay: 1 },
      "averaging exponential: decay must be a fraction below 1. Expected a number in [0, 1): the fraction kept from one update to the next, got 1.",
    ],
  ])("%j is refused in these words", (config, message) => {
    expect(() => createAveraging(config as AveragingConfig)).toThrow(message);
  });
});

describe("penalties on weights", () => {
  const values = [2, -3, 0, 0.5, -0.25];
  const gradients = [1, 1, 1, 1, 1];

  test.each([
    [{ l1: 0.1, l2: 0 }, [1.1, 0.9, 1, 1.1, 0.9]],
    [{ l1: 0, l2: 0.1 }, [1.2, 0.7, 1, 1.05, 0.975]],
    [{ l1: 0.1, l2: 0.1 }, [1.3, 0.6, 1, 1.15, 0.875]],
    [{ l1: 0, l2: 0 }, gradients],
  ])("%j add l1 sign(w) + l2 w to the gradient", (penalties, expected) => {
    const { parameters, setGradient, tape, w } = onePair(values);
    setGradient(gradients);
    addPenaltyGradients(parameters, penalties);
    const found = Array.from(tape.engine.memory.floats(w.gradientPtr, w.size));
    for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, 14);
  });

  test("reach no parameter that no gradient has reached", () => {
    const { parameters, w } = onePair(values);
    addPenaltyGradients(parameters, { l1: 1, l2: 1 });
    expect(w.gradientPtr).toBe(0);
  });

  test("below zero are refused", () => {
    const { parameters } = onePair(values);
    expect(() => addPenaltyGradients(parameters, { l1: -1, l2: 0 })).toThrow(
      "addPenaltyGradients: l1 must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    );
  });
});
