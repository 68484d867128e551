import { describe, expect, test } from "vitest";
import { comparisonConfig } from "../../src/lab/comparisonConfig.ts";
import { corpusParts, corpusText } from "../../src/lab/corpusParts.ts";
import { summariseRuns } from "../../src/lab/index.ts";
import type { RunResult } from "../../src/lab/runResult.ts";
import { trainingConfig } from "../../src/lm/index.ts";

const comparison = comparisonConfig({
  corpus: "tideland",
  base: { embeddingSize: 0, layers: 1 },
  configurations: { gal: { dropout: "gal:0.3" }, none: {}, later: {} },
  baseline: "none",
  seeds: [1, 2, 3],
});

function result(config: string, seed: number, testNats: number, more: Partial<RunResult> = {}): RunResult {
  return {
    config,
    seed,
    testNats,
    testBitsPerChar: testNats / Math.LN2,
    testPerplexity: Math.exp(testNats),
    validNats: testNats + 0.5,
    trainNats: testNats - 0.5,
    bestStep: 10,
    steps: 20,
    chars: 1000,
    seconds: 2,
    charsPerSecond: 100 * seed,
    engine: "strict",
    threads: 1,
    folder: "runs/x",
    ...more,
  };
}

/** Perplexities 6, 7, 8 against 8, 8, 11: differences -2, -1, -3 with mean -2, standard deviation 1. */
const runs = [
  result("none", 1, Math.log(8)),
  result("gal", 1, Math.log(6)),
  result("none", 2, Math.log(8)),
  result("gal", 2, Math.log(7)),
  result("none", 3, Math.log(11)),
  result("gal", 3, Math.log(8)),
];

describe("three seeds", () => {
  const [gal, none, ...rest] = summariseRuns(comparison, runs);

  test("one row per configuration that has runs, in the order of the comparison", () => {
    expect(rest).toEqual([]);
    expect(gal).toMatchObject({ config: "gal", seeds: 3, charsPerSecond: 200 });
    expect(none).toMatchObject({ config: "none", seeds: 3 });
  });

  test("perplexity is e to the mean loss: the geometric mean of the perplexities", () => {
    expect(gal!.perplexity).toBeCloseTo((6 * 7 * 8) ** (1 / 3), 12);
    expect(gal!.nats).toBeCloseTo(Math.log(336) / 3, 12);
    expect(gal!.bitsPerChar).toBeCloseTo(Math.log2(336) / 3, 12);
  });

  test("the interval is that of the losses, t with 2 degrees of freedom", () => {
    // ln 6, ln 7, ln 8 = 1.791759, 1.945910, 2.079442; deviations -0.147278, 0.006873, 0.140404; sum of squares 0.0414513
    expect(gal!.sd).toBeCloseTo(Math.sqrt(0.0414513 / 2), 5);
    // half of the interval: 4.302653 x 0.143964 / sqrt 3 = 0.357627, about the mean 1.939037
    expect(gal!.low).toBeCloseTo(Math.exp(1.939037 - 0.357627), 4);
    expect(gal!.high).toBeCloseTo(Math.exp(1.939037 + 0.357627), 4);
  });

  test("the difference is paired by seed, in perplexity", () => {
    // mean -2, standard error 1/sqrt 3, t = -2 sqrt 3 = -3.4641, p = 0.0742 with 2 degrees of freedom
    expect(gal!.differenceToBaseline).toBeCloseTo(-2, 12);
    expect(gal!.differenceLow).toBeCloseTo(-2 - 4.302652729911275 / Math.sqrt(3), 9);
    expect(gal!.differenceHigh).toBeCloseTo(-2 + 4.302652729911275 / Math.sqrt(3), 9);
    // for 2 degrees of freedom the two-sided p is 1 - |t| / sqrt(t^2 + 2), in closed form
    expect(gal!.p).toBeCloseTo(1 - Math.sqrt(12) / Math.sqrt(14), 9);
  });

  test("with one comparison there is nothing to correct", () => {
    expect(gal!.pHolm).toBe(gal!.p);
  });

  test("the baseline has no difference to itself", () => {
    expect(none).toMatchObject({
      differenceToBaseline: null,
      differenceLow: null,
      differenceHigh: null,
      p: null,
    });
  });

  test("validation and training losses are means, and say in words what is dropped", () => {
    expect(gal!.validNats).toBeCloseTo(gal!.nats + 0.5, 12);
    expect(gal!.trainNats).toBeCloseTo(gal!.nats - 0.5, 12);
    expect(gal!.dropout).toMatch(/^gal:0\.3: .*recurrent 0\.3/);
    expect(none!.dropout).toMatch(/^none/);
  });
});

test("one seed gives a mean, and null for everything that one number cannot say", () => {
  const [gal] = summariseRuns(comparison, runs.slice(0, 2));
  expect(gal).toMatchObject({
    seeds: 1,
    low: null,
    high: null,
    sd: null,
    differenceLow: null,
    differenceHigh: null,
    p: null,
  });
  expect(gal!.perplexity).toBeCloseTo(6, 12);
  expect(gal!.differenceToBaseline).toBeCloseTo(-2, 12);
});

test("a seed whose twin is missing counts for the mean but not for the difference", () => {
  const [gal] = summariseRuns(comparison, [
    ...runs.slice(0, 2),
    result("gal", 2, Math.log(7)),
    result("none", 3, Math.log(11)),
  ]);
  expect(gal!.seeds).toBe(2);
  expect(gal!.differenceToBaseline).toBeCloseTo(-2, 12);
  expect(gal!.p).toBeNull();
  const [alone] = summariseRuns(comparison, [result("gal", 2, Math.log(7))]);
  expect(alone).toMatchObject({ differenceToBaseline: null, seeds: 1 });
});

test("losses that were never measured are null, not zero", () => {
  const [none] = summariseRuns(comparison, [result("none", 1, 1, { validNats: null, trainNats: null })]);
  expect(none).toMatchObject({ validNats: null, trainNats: null });
});

test("nothing finished gives an empty table", () => {
  expect(summariseRuns(comparison, [])).toEqual([]);
});

describe("the text of a comparison", () => {
  test("is cut to its first characters, never through a pair of surrogates", async () => {
    const whole = await corpusText("tideland", null);
    expect(await corpusText("tideland", 1000)).toBe(whole.slice(0, 1000));
  });

  test("that is shorter than asked for is an error", async () => {
    await expect(corpusText("tideland", 1e9)).rejects.toThrow(
      /^comparison\.chars: the corpus is shorter than asked for\. Expected at least 1000000000 characters, got \d+\.$/,
    );
  });

  test("has three parts, and a vocabulary that covers them all", async () => {
    const text = await corpusText("tideland", 2000);
    const {
      vocabulary,
      train,
      valid,
      test: last,
    } = await corpusParts({
      corpus: "tideland",
      chars: 2000,
      split: [0.8, 0.1, 0.1],
      config: trainingConfig(),
      id: "",
      configuration: "none",
      seed: 1,
      engine: "strict",
      engineIdentity: "strict",
      folder: "",
    });
    expect([train.length, valid.length, last.length]).toEqual([1600, 200, 200]);
    expect([train, valid, last].map((part) => vocabulary.decode(part)).join("")).toBe(text);
  });
});

test("p values of several comparisons are corrected by Holm's method", () => {
  const three = comparisonConfig({
    corpus: "tideland",
    configurations: { none: {}, a: {}, b: {} },
    seeds: [1, 2, 3],
  });
  const perplexities = { none: [9, 9, 9], a: [7.9, 8, 8.1], b: [8.6, 8.2, 9] };
  const rows = summariseRuns(
    three,
    Object.entries(perplexities).flatMap(([config, values]) =>
      values.map((value, k) => result(config, k + 1, Math.log(value))),
    ),
  );
  const [, a, b] = rows;
  expect(a!.p!).toBeLessThan(b!.p!);
  expect(a!.pHolm).toBeCloseTo(2 * a!.p!, 12); // the smaller of two is doubled
  expect(b!.pHolm).toBeCloseTo(b!.p!, 12); // the larger stays
});
