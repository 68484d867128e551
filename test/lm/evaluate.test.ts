/** Evaluation against its definition, computed one character at a time, and averages over masks against their formula. */
import { beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "../../src/engine/index.ts";
import {
  type EvaluationMode,
  evaluate,
  type LanguageModel,
  type MaskSource,
  scoreChars,
} from "../../src/lm/index.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { trainedModel } from "./trainedModel.ts";

let model: LanguageModel;
let heldOut: Int32Array;
beforeAll(async () => {
  ({ model, heldOut } = await trainedModel());
});

/** -ln p of every character after the first: windows of one step, one row, the softmax written out in float64. */
async function naive(ids: Int32Array, masks?: Omit<MaskSource, "window">): Promise<number[]> {
  const { tape } = model;
  const scores: number[] = [];
  await tape.noGrad(() =>
    tape.step(async () => {
      let state: ReturnType<LanguageModel["forward"]>["state"] | undefined;
      for (let t = 0; t + 1 < ids.length; t++) {
        const source = masks && { ...masks, window: t };
        const next = model.forward(tape.ids([ids[t]!], [1, 1]), { state, masks: source });
        state = next.state;
        const logits = await next.logits.data();
        const largest = Math.max(...logits);
        const total = Array.from(logits).reduce((sum, x) => sum + Math.exp(x - largest), 0);
        scores.push(largest + Math.log(total) - logits[ids[t + 1]!]!);
      }
    }),
  );
  return scores;
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

describe("the expectation pass", () => {
  test("in one row is the definition, character by character, to 1e-5 nats", async () => {
    const ids = heldOut.slice(0, 700);
    const expected = await naive(ids);
    const scores = await scoreChars(model, ids, { rows: 1, sequenceLength: 64 });
    expectClose(scores, expected, 1e-5);
    const { nats, bitsPerChar, perplexity, chars, mode } = await evaluate(model, ids, { rows: 1 });
    expect(Math.abs(nats - mean(expected))).toBeLessThan(1e-5);
    expect(bitsPerChar).toBeCloseTo(nats / Math.LN2, 12);
    expect(perplexity).toBeCloseTo(Math.exp(nats), 12);
    expect([chars, mode]).toEqual([699, "expectation"]);
  });

  test("has learned: far below a uniform guess", async () => {
    const { nats } = await evaluate(model, heldOut);
    expect(nats).toBeLessThan(2.6);
    expect(nats).toBeGreaterThan(1.5);
  });

  /**
   * A row begins from zero 128 characters before its first scored one, and an LSTM of this size has forgotten its start by
   * then: measured 6e-10 nats over 4,000 characters, beside 7e-3 when rows start cold. The bound leaves room for other weights.
   */
  test("in 16 rows is nearly that of one row, because each is warmed up on the text before it", async () => {
    const one = await evaluate(model, heldOut, { rows: 1 });
    const sixteen = await evaluate(model, heldOut, { rows: 16 });
    expect(sixteen.chars).toBe(one.chars);
    expect(Math.abs(sixteen.nats - one.nats)).toBeLessThan(1e-6);
    let cold = 0;
    for (let row = 0; row < 16; row++) {
      cold += (await evaluate(model, heldOut.slice(row * 250, (row + 1) * 250 + 1), { rows: 1 })).nats / 16;
    }
    expect(cold - one.nats).toBeGreaterThan(1e-3);
  });

  test.each([1, 7])("with %i rows does not depend on the length of its windows", async (rows) => {
    const ids = heldOut.slice(0, 1001);
    const { nats } = await evaluate(model, ids, { rows, sequenceLength: 128 });
    for (const sequenceLength of [1, 13, 64, 5000]) {
      const other = await evaluate(model, ids, { rows, sequenceLength });
      expect(Math.abs(other.nats - nats), `windows of ${sequenceLength}`).toBeLessThan(1e-6);
    }
  });

  test.each([
    [2, 16],
    [17, 16],
    [1001, 3],
    [1001, 16],
    [300, 299],
  ])("scores every target of %i symbols in %i rows once", async (length, rows) => {
    const scores = await scoreChars(model, heldOut.slice(0, length), { rows });
    expect(scores.length).toBe(length - 1);
    expect(scores.every((score) => score > 0)).toBe(true);
  });

  test("leaves nothing behind: it gives the same bits again, and takes no more memory", async () => {
    const before = await evaluate(model, heldOut);
    const { bytes } = model.tape.engine.memory;
    for (let k = 0; k < 10; k++) expect(await evaluate(model, heldOut)).toEqual(before);
    expect(model.tape.engine.memory.bytes).toBe(bytes);
  });
});

describe("Monte-Carlo dropout", () => {
  const gal = recurrentDropout("gal:0.2");
  const monteCarlo = (passes: number, dropout = gal, seed: number | string = 1): EvaluationMode => ({
    name: "monteCarlo",
    passes,
    dropout,
    seed,
  });

  test("of no dropout is the expectation, to the bit", async () => {
    const ids = heldOut.slice(0, 600);
    const expectation = await scoreChars(model, ids);
    const none = recurrentDropout("none");
    expect(await scoreChars(model, ids, { mode: monteCarlo(1, none) })).toEqual(expectation);
    expectClose(await scoreChars(model, ids, { mode: monteCarlo(3, none) }), expectation, 1e-12);
  });

  test("is -ln of the mean probability over passes, each with one set of masks for the whole text", async () => {
    const ids = heldOut.slice(0, 300);
    const S = 4;
    const sites = { ...gal.sites, recurrent: 0.2, input: 0.2, embedding: 0.2, output: 0.2 };
    const wholeStream = recurrentDropout({
      sites: Object.fromEntries(Object.keys(sites).map((site) => [site, { rate: 0.2, tie: "stream" }])),
    });
    const passes: number[][] = [];
    for (let s = 0; s < S; s++) {
      passes.push(await naive(ids, { dropout: wholeStream, key: randomKey(1, "monteCarlo"), stream: s }));
    }
    expect(passes[0]).not.toEqual(passes[1]);
    const direct = passes[0]!.map((_, t) => -Math.log(mean(passes.map((pass) => Math.exp(-pass[t]!)))));
    for (const sequenceLength of [50, 128]) {
      const scores = await scoreChars(model, ids, { mode: monteCarlo(S), rows: 1, sequenceLength });
      expectClose(scores, direct, 1e-5);
    }
    // Jensen: the mean of probabilities scores no worse than the mean of logarithms
    const geometric = mean(passes.map(mean));
    expect(mean(direct)).toBeLessThan(geometric);
  });

  test("is a function of its seed", async () => {
    const ids = heldOut.slice(0, 600);
    const score = async (seed: number | string): Promise<number> =>
      (await evaluate(model, ids, { mode: monteCarlo(2, gal, seed) })).nats;
    expect(await score(1)).toBe(await score(1));
    expect(await score(1)).not.toBe(await score(2));
  });

  test("of masks per step draws them anew in every pass and window", async () => {
    const ids = new Int32Array(257).fill(3); // the same two windows, but for their state
    const step = recurrentDropout("output:0.5");
    const options = { rows: 1, sequenceLength: 128 };
    const one = await scoreChars(model, ids, { mode: monteCarlo(1, step), ...options });
    const two = await scoreChars(model, ids, { mode: monteCarlo(2, step), ...options });
    expect(two).not.toEqual(one);
    // by the second window the state has settled, so without masks its scores would all be one number
    expect(new Set(one.subarray(128)).size).toBeGreaterThan(100);
    expect(one.subarray(0, 128)).not.toEqual(one.subarray(128));
  });

  test("with more passes predicts better than with one", async () => {
    const one = await evaluate(model, heldOut, { mode: monteCarlo(1) });
    const eight = await evaluate(model, heldOut, { mode: monteCarlo(8) });
    expect(eight.mode).toBe("monteCarlo");
    expect(eight.nats).toBeLessThan(one.nats);
  });
});

describe("what is refused", () => {
  test("a text of one symbol, an unknown mode, no passes, no rows", async () => {
    await expect(evaluate(model, heldOut.slice(0, 1))).rejects.toThrow(
      "evaluationStreams: the text is too short. Expected at least 2 symbols: one to read and one to predict, got 1. Use a longer text.",
    );
    await expect(
      evaluate(model, heldOut, { mode: { name: "mc" } as unknown as EvaluationMode }),
    ).rejects.toThrow(
      'evaluate: mode is not known. Expected one of expectation, temperature, monteCarlo, dynamic, cache, got "mc".',
    );
    await expect(
      evaluate(model, heldOut, { mode: { name: "monteCarlo", passes: 0, dropout: recurrentDropout("gal") } }),
    ).rejects.toThrow(
      "evaluate: passes must be a positive integer. Expected an integer of 1 or more, got 0. For example { passes: 16 }.",
    );
    await expect(evaluate(model, heldOut, { rows: 0 })).rejects.toThrow("rows must be a positive integer");
  });

  test("a symbol outside the vocabulary, also when it is only ever a target", async () => {
    const ids = heldOut.slice(0, 20);
    ids[19] = model.vocabSize;
    await expect(evaluate(model, ids)).rejects.toThrow(
      `crossEntropy: id ${model.vocabSize} is outside the vocabulary.`,
    );
  });

  test("to go on after an abort", async () => {
    await expect(evaluate(model, heldOut, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });
});
