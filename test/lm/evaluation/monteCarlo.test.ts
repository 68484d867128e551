/** Monte-Carlo dropout against its equations, written out on the probabilities of passes that were read symbol by symbol. */
import { describe, expect, test } from "vitest";
import { randomKey } from "../../../src/engine/index.ts";
import {
  type CharScores,
  type EvaluateOptions,
  type EvaluationMode,
  evaluate,
  type LanguageModel,
  type PassMean,
  scoreChars,
  scoreInDetail,
} from "../../../src/lm/index.ts";
import { recurrentDropout } from "../../../src/nn/index.ts";
import { expectClose } from "../../autograd/expectClose.ts";
import { entropy, mean, readOneByOne, smallModel, softmax, someText, sum } from "./naive.ts";

const ids = someText(40);
const sites = { embedding: 0.1, input: 0.3, recurrent: 0.25, layers: 0.2, output: 0.3 };
const dropout = recurrentDropout(sites);
const S = 5;
const options: EvaluateOptions = { rows: 1, sequenceLength: 11 };

function mode(of: PassMean, passes = S): EvaluationMode {
  return { name: "monteCarlo", passes, dropout, mean: of, seed: 3 };
}

/** p_s(t, w) of every pass: one set of masks for the whole stream. [S][N - 1][V] */
async function passesOf(model: LanguageModel, passes = S): Promise<number[][][]> {
  const wholeStream = recurrentDropout({ ...sites, tie: "stream" });
  const all: number[][][] = [];
  for (let s = 0; s < passes; s++) {
    const masks = { dropout: wholeStream, key: randomKey(3, "monteCarlo"), stream: s };
    all.push((await readOneByOne(model, ids, masks)).logits.map((z) => softmax(z)));
  }
  return all;
}

/** The three means, over the vocabulary and with its sum. */
function combined(rule: PassMean, p: readonly (readonly number[])[]): number[] {
  const each = p[0]!.map((_, w) => {
    const over = p.map((pass) => pass[w]!);
    if (rule === "arithmetic") return mean(over);
    if (rule === "geometric") return Math.exp(mean(over.map(Math.log)));
    return mean(over.map((x) => x ** rule.power)) ** (1 / rule.power);
  });
  const total = sum(each);
  return each.map((x) => x / total);
}

describe.each(["lstm", "gru"] as const)("Monte-Carlo dropout of a %s", (cell) => {
  const model = smallModel({ cell });

  test.each<PassMean>(["arithmetic", "geometric", { power: 0.5 }, { power: 3 }, { power: -1 }])(
    "with the mean %j scores every character by the mean of its passes, normalised",
    async (rule) => {
      const passes = await passesOf(model);
      const direct = Array.from({ length: ids.length - 1 }, (_, t) => {
        const p = combined(
          rule,
          passes.map((pass) => pass[t]!),
        );
        return -Math.log(p[ids[t + 1]!]!);
      });
      expect(mean(direct)).toBeGreaterThan(1); // there is something to be right about
      expectClose(await scoreChars(model, ids, { mode: mode(rule), ...options }), direct, 1e-12);
    },
  );

  test("gives the entropy of the mixture, and the part of it that is disagreement", async () => {
    const passes = await passesOf(model);
    const mixtures = passes[0]!.map((_, t) =>
      combined(
        "arithmetic",
        passes.map((pass) => pass[t]!),
      ),
    );
    const entropies = mixtures.map(entropy);
    const information = entropies.map((H, t) => H - mean(passes.map((pass) => entropy(pass[t]!))));
    for (const rule of ["arithmetic", "geometric"] as const) {
      const scores = await scoreInDetail(model, ids, { mode: mode(rule), ...options });
      expectClose(scores.predictiveEntropy!, entropies, 1e-12);
      expectClose(scores.mutualInformation!, information, 1e-12);
    }
    expect(mean(information)).toBeGreaterThan(0.05);
    const { predictiveEntropy, mutualInformation } = await evaluate(model, ids, {
      mode: mode("arithmetic"),
      ...options,
    });
    expect(predictiveEntropy).toBeCloseTo(mean(entropies), 11);
    expect(mutualInformation).toBeCloseTo(mean(information), 11);
  });

  test("of power 1 is the arithmetic mean, and of one pass every mean is that pass", async () => {
    const score = (rule: PassMean, passes?: number): Promise<Float64Array> =>
      scoreChars(model, ids, { mode: mode(rule, passes), ...options });
    expectClose(await score({ power: 1 }), await score("arithmetic"), 1e-13);
    const [one] = await passesOf(model, 1);
    const direct = one!.map((p, t) => -Math.log(p[ids[t + 1]!]!));
    for (const rule of ["arithmetic", "geometric", { power: 2 }] as const)
      expectClose(await score(rule, 1), direct, 1e-12);
  });

  test("has entropy and information of at least 0 and at most ln V, and no information in one pass", async () => {
    const { predictiveEntropy: H, mutualInformation: I }: CharScores = await scoreInDetail(model, ids, {
      mode: mode("arithmetic"),
    });
    for (const [t, information] of I!.entries()) {
      expect(information).toBeGreaterThanOrEqual(0);
      expect(H![t]!).toBeGreaterThan(information);
      expect(H![t]!).toBeLessThanOrEqual(Math.log(model.vocabSize));
    }
    const one = await scoreInDetail(model, ids, { mode: mode("arithmetic", 1) });
    expect(Math.max(...one.mutualInformation!)).toBeLessThan(1e-14);
  });

  test("that drops nothing has the bits of the expectation and no information", async () => {
    const expectation = await scoreChars(model, ids);
    const nothing = { name: "monteCarlo", passes: 3, dropout: recurrentDropout("none") } as const;
    const scores = await scoreInDetail(model, ids, { mode: nothing });
    expect(scores.nats).toEqual(expectation);
    expect(Math.max(...scores.mutualInformation!)).toBeLessThan(1e-14);
    for (const rule of ["geometric", { power: 2 }] as const)
      expectClose(await scoreChars(model, ids, { mode: { ...nothing, mean: rule } }), expectation, 1e-13);
  });

  test("orders its means: the geometric mean without its sum is the worst score of a character", async () => {
    const passes = await passesOf(model);
    const raw = ids.slice(1).reduce((total, w, t) => total - mean(passes.map((p) => Math.log(p[t]![w]!))), 0);
    const nats = async (rule: PassMean): Promise<number> =>
      sum(await scoreChars(model, ids, { mode: mode(rule), ...options }));
    expect(await nats("arithmetic")).toBeLessThan(raw); // Jensen
    expect(await nats("geometric")).toBeLessThan(raw); // its sum over the vocabulary is below 1
  });
});

test("what is tied to a window, a batch or a stream is tied to the whole text, a step to itself, of the batch too, and rates are those of the end", async () => {
  const model = smallModel();
  const score = async (rule: object): Promise<string> => {
    const one = recurrentDropout({ recurrent: { rate: 0.4, ...rule } });
    const passes = { name: "monteCarlo", passes: 3, dropout: one, seed: 3 } as const;
    return (await scoreChars(model, ids, { mode: passes, ...options })).join();
  };
  const stream = await score({ tie: "stream" });
  expect(await score({ tie: "sequence" })).toBe(stream);
  expect(await score({ tie: "batch" })).toBe(stream);
  const step = await score({ tie: "step" });
  expect(step).not.toBe(stream);
  expect(await score({ tie: "batchStep" })).toBe(step);
  expect(await score({ rate: 0.1, schedule: { name: "linear", end: 0.4 } })).toBe(stream);
});

test("passes go through the text side by side: an abort is heard between two of them", async () => {
  const model = smallModel();
  const controller = new AbortController();
  const shares: number[] = [];
  const run = scoreChars(model, ids, {
    mode: mode("arithmetic"),
    ...options,
    signal: controller.signal,
    onProgress: (share) => {
      shares.push(share);
      if (shares.length === 2) controller.abort(new Error("enough"));
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(shares).toEqual([11 / 39, 22 / 39]);
});

describe("what Monte-Carlo refuses", () => {
  const model = smallModel();
  const refused = (change: object, words: string) =>
    expect(
      evaluate(model, ids, { mode: { ...mode("arithmetic"), ...change } as EvaluationMode }),
    ).rejects.toThrow(words);

  test("no passes, half a pass, an unknown mean, a power that is no number, a dropout that is none", async () => {
    await refused(
      { passes: 0 },
      "evaluate: passes must be a positive integer. Expected an integer of 1 or more, got 0. For example { passes: 16 }.",
    );
    await refused({ passes: 2.5 }, "passes must be a positive integer");
    await refused(
      { mean: "geometrical" },
      'evaluate: mean is not known. Expected one of arithmetic, geometric, got "geometrical". Did you mean "geometric"?',
    );
    await refused(
      { mean: { power: Number.NaN } },
      "evaluate: the power of the mean must be a number. Expected a finite number: 1 is the arithmetic mean, 0 the geometric, got NaN. For example { mean: { power: 0.5 } }.",
    );
    await refused({ mean: { q: 2 } }, 'evaluate: mean: unknown key "q"');
    await refused({ dropout: "gall" }, "preset is not known");
  });
});
