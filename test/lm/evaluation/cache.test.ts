/** The neural cache against its equations, written out over all pairs of hidden states that were read symbol by symbol. */
import { describe, expect, test } from "vitest";
import {
  type EvaluationMode,
  evaluate,
  type LanguageModel,
  type NeuralCache,
  scoreChars,
} from "../../../src/lm/index.ts";
import { expectClose } from "../../autograd/expectClose.ts";
import { trainedModel } from "../trainedModel.ts";
import { mean, readOneByOne, smallModel, softmax, someText, sum } from "./naive.ts";

const ids = someText(80);

/** p over the vocabulary at every place, [N - 1][V]. */
async function naive(
  model: LanguageModel,
  { size, theta, lambda }: { size: number; theta: number; lambda: number },
): Promise<number[][]> {
  const { logits, hidden } = await readOneByOne(model, ids);
  return logits.map((z, t) => {
    const own = softmax(z);
    const pairs = Array.from({ length: t }, (_, i) => i).slice(-size); // (h_i, x_{i+1}), i < t
    if (pairs.length === 0) return own;
    const weights = pairs.map((i) => Math.exp(theta * sum(hidden[t]!.map((h, j) => h * hidden[i]![j]!))));
    return own.map((p, w) => {
      const matching = sum(weights.filter((_, k) => ids[pairs[k]! + 1] === w));
      return (1 - lambda) * p + (lambda * matching) / sum(weights);
    });
  });
}

describe.each(["lstm", "gru"] as const)("the neural cache of a %s", (cell) => {
  const model = smallModel({ cell });

  test.each([
    { size: 7, theta: 1.3, lambda: 0.4 }, // smaller than a window
    { size: 25, theta: 0, lambda: 0.7 }, // larger than a window, frequencies only
    { size: 500, theta: 4, lambda: 0.2 }, // larger than the text
    { size: 1, theta: 1, lambda: 0.3 },
  ])("%j is the sum over pairs, whatever the windows", async (options) => {
    const p = await naive(model, options);
    for (const row of p) expect(sum(row)).toBeCloseTo(1, 12);
    const direct = p.map((row, t) => -Math.log(row[ids[t + 1]!]!));
    const mode: EvaluationMode = { name: "cache", ...options };
    for (const sequenceLength of [11, 1, 128]) {
      expectClose(await scoreChars(model, ids, { mode, rows: 1, sequenceLength }), direct, 1e-12);
    }
    const expectation = await scoreChars(model, ids, { rows: 1 });
    expect(Math.max(...direct.map((x, t) => Math.abs(x - expectation[t]!)))).toBeGreaterThan(0.1);
  });

  test("with lambda 0 has the bits of the expectation, with one row and with several", async () => {
    const mode: EvaluationMode = { name: "cache", size: 20, lambda: 0 };
    for (const rows of [1, 3]) {
      const expectation = await scoreChars(model, ids, { rows: 1 });
      expect(await scoreChars(model, ids, { mode, rows })).toEqual(expectation);
    }
  });

  test("gives a symbol that it has not seen only the model's share", async () => {
    const text = Int32Array.from([1, 1, 1, 1, 1, 5]);
    const [own] = (await scoreChars(model, text, { rows: 1 })).subarray(4);
    const [score] = (
      await scoreChars(model, text, { mode: { name: "cache", lambda: 0.25 }, rows: 1 })
    ).subarray(4);
    expect(score).toBeCloseTo(own! - Math.log(0.75), 12);
  });
});

test("every row but the first fills its cache on the text before it, so that rows do not matter", async () => {
  const { model, heldOut } = await trainedModel();
  const mode: EvaluationMode = { name: "cache", size: 100, theta: 0.5, lambda: 0.15 };
  const one = await scoreChars(model, heldOut, { mode, rows: 1 });
  const five = await scoreChars(model, heldOut, { mode, rows: 5 });
  // states have forgotten their start after 128 symbols: see the test of the expectation
  expectClose(five, one, 1e-5);
});

test("a text of two symbols costs a model that knows nothing little more than a bit each, and no memory is kept", async () => {
  const model = smallModel({}, 0);
  const text = Int32Array.from({ length: 600 }, (_, t) => (t % 2 ? 4 : 6));
  const mode: EvaluationMode = { name: "cache", size: 50, lambda: 0.9 };
  const expectation = await evaluate(model, text);
  const cached = await evaluate(model, text, { mode });
  expect(cached.mode).toBe("cache");
  expect(expectation.bitsPerChar).toBeCloseTo(Math.log2(model.vocabSize), 12);
  expect(cached.bitsPerChar).toBeGreaterThan(1);
  expect(cached.bitsPerChar).toBeLessThan(1.15);
  expect(mean(await scoreChars(model, text, { mode }))).toBeCloseTo(cached.nats, 12);
  const { bytes } = model.tape.engine.memory;
  for (let k = 0; k < 5; k++) expect(await evaluate(model, text, { mode })).toEqual(cached);
  expect(model.tape.engine.memory.bytes).toBe(bytes);
});

describe("what the cache refuses", () => {
  test.each<[Partial<NeuralCache>, string]>([
    [
      { size: 0 },
      "evaluate: size must be a positive integer. Expected an integer of 1 or more, got 0. For example { size: 500 }.",
    ],
    [{ theta: -1 }, "evaluate: theta must be zero or a positive number"],
    [{ theta: Number.NaN }, "theta must be zero or a positive number"],
    [
      { lambda: 1 },
      "evaluate: lambda must be a share below 1. Expected a number in [0, 1): at 1 a symbol that is not in the cache would be impossible, got 1.",
    ],
    [{ lambda: -0.1 }, "lambda must be a share below 1"],
  ])("%j", async (change, words) => {
    await expect(evaluate(smallModel(), ids, { mode: { name: "cache", ...change } })).rejects.toThrow(words);
  });

  test("to go on after an abort", async () => {
    const signal = AbortSignal.abort();
    await expect(evaluate(smallModel(), ids, { mode: { name: "cache" }, signal })).rejects.toThrow("aborted");
  });
});
