/**
 * Every scheme in a language model of two layers over two windows, the state carried from one to the other, against its
 * paper's equations with masks that the test draws itself (papers.ts): where a mask stands, with what it changes, its values
 * and their scale, the clean state, and that the second window has masks of its own.
 */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { randomKey } from "../../src/engine/index.ts";
import { LanguageModel } from "../../src/lm/index.ts";
import { presetNames, type RecurrentState, recurrentDropout } from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { valuesOf } from "../gradients/numbers.ts";
import { type NaiveState, naiveZeros } from "../nn/naiveSchemes.ts";
import { type Cell, casesOf, cellConfig, cells } from "./matrix.ts";
import { type NaiveSizes, naiveModel } from "./naiveModel.ts";
import { between, papers, type Scheme } from "./papers.ts";
import type { Place } from "./words.ts";

const [T, B, V, H] = [6, 3, 11, 9] as const;
const key = randomKey("papers", "masks");
const inputs = { "an embedding": 7, "one-hot input": 0 };

/** Logits of two windows and the states after them: those of the sources, and those of the paper. */
function bothOf(
  cell: Cell,
  embeddingSize: number,
  dropout: unknown,
  schemeIn: (place: Place, done: number) => Scheme,
): { got: number[]; expected: number[] } {
  const shape = { hiddenSize: H, layers: 2, embeddingSize };
  const read = recurrentDropout(dropout);
  const tape = new Tape(engineUnderTest());
  const model = new LanguageModel(tape, V, { ...shape, ...cellConfig(cell) }, 3);
  const sizes: NaiveSizes = { ...shape, cell, vocabSize: V };
  const naive: NaiveState[] = [naiveZeros(B, H), naiveZeros(B, H)];
  return tape.step(() => {
    const [got, expected]: [number[], number[]] = [[], []];
    let state: RecurrentState | undefined;
    for (const [window, done] of [
      [4, 0.25],
      [5, 0.75],
    ] as const) {
      const ids = Array.from({ length: T }, (_, t) =>
        Array.from({ length: B }, (_, b) => (3 * t + 5 * b + window + ((t * b) % 3)) % V),
      );
      const masks = { dropout: read, key, window, stream: 2, done };
      const pass = model.forward(tape.ids(ids.flat(), [T, B]), { state, masks });
      state = pass.state;
      got.push(...valuesOf(pass.logits));
      const scheme = schemeIn({ key, window, stream: 2 }, done);
      const weights = (name: string): number[] => valuesOf(model.parameters.get(name)!);
      expected.push(...naiveModel(sizes, weights, ids, scheme, naive));
      for (const [l, { h, c }] of pass.state.entries()) {
        got.push(...valuesOf(h), ...(c ? valuesOf(c) : []));
        expected.push(...naive[l]!.h.flat(), ...(c ? naive[l]!.c.flat() : []));
      }
    }
    return { got, expected };
  });
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, k) => Math.abs(value - b[k]!)));

/** Normal and logistic numbers come from tables of sixteen bits; all else is exact. */
const tolerance = (dropout: unknown): number => {
  const rules = Object.values(recurrentDropout(dropout).sites);
  return rules.some(({ kind }) => kind && kind !== "drifting") ? 2e-5 : 1e-12;
};

test("every preset has its paper here", () => {
  expect(Object.keys(papers)).toEqual(presetNames);
});

describe.each(casesOf("equations"))("$preset, $cell", ({ preset, cell }) => {
  test.each(Object.entries(inputs))("with %s", (_, embeddingSize) => {
    const { got, expected } = bothOf(cell, embeddingSize, preset, papers[preset]!);
    expect(distance(got, expected)).toBeLessThan(tolerance(preset));
    const none = bothOf(cell, embeddingSize, "none", papers["none"]!);
    expect(distance(got, none.got) > 1e-3).toBe(preset !== "none"); // there is something to be right about
  });
});

describe.each(cells)("between the presets, %s", (cell) => {
  test.each(Object.entries(between))("%s", (_, { dropout, scheme }) => {
    const { got, expected } = bothOf(cell, 7, dropout, scheme);
    expect(distance(got, expected)).toBeLessThan(tolerance(dropout));
  });
});
