import { describe, expect, test } from "vitest";
import { createSchedule, type ScheduleConfig, type ScheduleState } from "../../src/optim/index.ts";

const rates = (config: ScheduleConfig, base: number, updates: readonly number[]): number[] => {
  const schedule = createSchedule(config);
  return updates.map((update) => schedule.rate(base, schedule.init(), { update, epoch: 0 }));
};

test("constant keeps the rate, rounded to float32", () => {
  expect(rates({ name: "constant" }, 0.1, [0, 1e6])).toEqual([Math.fround(0.1), Math.fround(0.1)]);
});

describe("exponential", () => {
  const rate = (config: ScheduleConfig, epoch: number): number => {
    const schedule = createSchedule(config);
    return schedule.rate(1, schedule.init(), { update: 0, epoch });
  };

  test("as char-rnn: ten epochs at the full rate, the eleventh at 0.97 of it", () => {
    const config = { name: "exponential" } as const;
    expect([0, 9, 10, 11].map((epoch) => rate(config, epoch))).toEqual(
      [1, 1, 0.97, 0.97 * 0.97].map(Math.fround),
    );
  });

  test("never multiplies before the first epoch is over", () => {
    const config = { name: "exponential", after: 0, factor: 0.5 } as const;
    expect([0, 1, 2].map((epoch) => rate(config, epoch))).toEqual([1, 0.5, 0.25]);
  });
});

describe("milestones", () => {
  const rate = (config: ScheduleConfig, epoch: number): number => {
    const schedule = createSchedule(config);
    return schedule.rate(2, schedule.init(), { update: 0, epoch });
  };

  test("as awd-lstm-lm with --when 3 5: epochs 1 to 3 at the full rate, then a tenth, after epoch 5 a hundredth", () => {
    const config = { name: "milestones", epochs: [3, 5] } as const;
    expect([0, 2, 3, 4, 5, 99].map((epoch) => rate(config, epoch))).toEqual(
      [2, 2, 0.2, 0.2, 2 * 0.1 * 0.1, 2 * 0.1 * 0.1].map(Math.fround),
    );
    expect([1, 2].map((epoch) => rate({ name: "milestones", epochs: [2], factor: 0.5 }, epoch))).toEqual([
      2, 1,
    ]);
  });

  test.each([undefined, [], [0], [3, 3], [5, 3], [1.5], "3"])("refuses epochs of %j", (epochs) => {
    const create = (): unknown => createSchedule({ name: "milestones", epochs } as never);
    expect(create).toThrow(
      "schedule milestones: epochs are not usable. Expected a list of rising positive integers",
    );
  });
});

describe("cosine", () => {
  const config = { name: "cosine", warmUp: 4, total: 12, final: 0.1 } as const;

  test("rises linearly: the first update has base / warmUp, the last of the warm-up the peak", () => {
    expect(rates(config, 1, [0, 1, 2, 3])).toEqual([0.25, 0.5, 0.75, 1]);
  });

  test("is half way down in the middle and has exactly the final rate at the last update and after", () => {
    expect(rates(config, 1, [7, 11, 12, 99])).toEqual([0.55, 0.1, 0.1, 0.1].map(Math.fround));
  });

  test("without a warm-up it begins just below the peak", () => {
    const [first] = rates({ name: "cosine", total: 1000 }, 1, [0]);
    expect(first).toBeGreaterThan(0.999);
    expect(first).toBeLessThanOrEqual(1);
  });

  test("follows the cosine of the equation to float32 rounding", () => {
    const total = 1000;
    const updates = Array.from({ length: total }, (_, k) => k);
    for (const [k, rate] of rates({ name: "cosine", total, final: 0 }, 1, updates).entries())
      expect(Math.abs(rate - (1 + Math.cos((Math.PI * (k + 1)) / total)) / 2)).toBeLessThanOrEqual(2 ** -25);
  });

  test("never rises after the warm-up", () => {
    const all = rates(
      { name: "cosine", warmUp: 3, total: 50 },
      0.002,
      Array.from({ length: 60 }, (_, k) => k),
    );
    for (let k = 3; k < all.length; k++) expect(all[k]).toBeLessThanOrEqual(all[k - 1]!);
  });
});

describe("plateau", () => {
  const schedule = createSchedule({ name: "plateau", patience: 2, factor: 0.5, minimum: 0.2 });
  const seen = (losses: readonly number[]): ScheduleState =>
    losses.reduce(schedule.validated, schedule.init());
  const rate = (losses: readonly number[]): number => schedule.rate(1, seen(losses), { update: 0, epoch: 0 });

  test("patience validations without improvement are borne, one more lowers the rate", () => {
    expect(rate([2, 2, 2])).toBe(1);
    expect(rate([2, 2, 2, 2])).toBe(0.5);
  });

  test("an improvement starts the waiting anew, and so does a lowering", () => {
    expect(rate([2, 2, 2, 1.9, 1.9, 1.9])).toBe(1);
    expect(rate([2, 2, 2, 2, 2, 2])).toBe(0.5);
    expect(rate([2, 2, 2, 2, 2, 2, 2])).toBe(0.25);
  });

  test("an improvement below the threshold does not count", () => {
    expect(seen([2, 2 * (1 - 0.9e-4)])).toEqual({ best: 2, waited: 1, reductions: 0 });
    expect(seen([2, 2 * (1 - 1.1e-4)]).waited).toBe(0);
  });

  test("the rate stops at the minimum, which is never above the base", () => {
    expect(rate(new Array(40).fill(2))).toBe(Math.fround(0.2));
    expect(schedule.rate(0.1, seen(new Array(40).fill(2)), { update: 0, epoch: 0 })).toBe(Math.fround(0.1));
  });

  test("a loss that is not a number is no improvement, and the state stays plain JSON", () => {
    const state = seen([Number.NaN, 2, Number.NaN]);
    expect(state).toEqual({ best: 2, waited: 1, reductions: 0 });
    expect(JSON.parse(JSON.stringify(seen([Number.NaN])))).toEqual(seen([Number.NaN]));
  });

  test("a stored state continues as if nothing had happened", () => {
    const losses = [2, 1.5, 1.6, 1.5, 1.7, 1.4, 1.4, 1.4, 1.4];
    const stored: ScheduleState = JSON.parse(JSON.stringify(seen(losses.slice(0, 5))));
    expect(losses.slice(5).reduce(schedule.validated, stored)).toEqual(seen(losses));
  });
});

describe("a configuration that cannot be used", () => {
  const making = (config: unknown) => () => createSchedule(config as ScheduleConfig);

  test("an unknown name or key suggests the nearest", () => {
    expect(making({ name: "cosin" })).toThrow(
      'createSchedule: name is not known. Expected one of constant, exponential, cosine, plateau, milestones, got "cosin". Did you mean "cosine"?',
    );
    expect(making({ name: "cosine", total: 10, warmup: 1 })).toThrow('Did you mean "warmUp"?');
    expect(making({ name: "constant", factor: 1 })).toThrow('schedule constant: unknown key "factor"');
  });

  test("a warm-up that is longer than the run is refused", () => {
    expect(making({ name: "cosine", warmUp: 10, total: 10 })).toThrow(
      "schedule cosine: the warm-up must end before the schedule does. Expected total above warmUp = 10, got 10. Set total to the number of updates of the whole run.",
    );
  });

  test("a factor above 1 is refused", () => {
    expect(making({ name: "exponential", factor: 1.1 })).toThrow(
      "schedule exponential: factor must be a factor of at most 1. Expected a number in (0, 1]: what the learning rate is multiplied by, got 1.1.",
    );
  });

  test("cosine needs to know its length", () => {
    expect(making({ name: "cosine" })).toThrow("schedule cosine: total must be a positive integer");
  });
});
