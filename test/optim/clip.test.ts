import { expect, test } from "vitest";
import { clearGradients, clipByGlobalNorm, globalNorm } from "../../src/optim/index.ts";
import { onePair } from "./onePair.ts";

function gradients(pair: ReturnType<typeof onePair>): number[] {
  const { tape, w } = pair;
  return Array.from(tape.engine.memory.floats(w.gradient(), w.size));
}

test("a gradient that is too long is shortened to maxNorm and keeps its direction", () => {
  const pair = onePair([0, 0]);
  pair.setGradient([3, 4]);
  expect(clipByGlobalNorm(pair.parameters, 1)).toBe(5);
  expect(gradients(pair)).toEqual([3 * (1 / (5 + 1e-6)), 4 * (1 / (5 + 1e-6))]);
});

test("a gradient that is short enough is not touched", () => {
  const pair = onePair([0, 0]);
  pair.setGradient([3, 4]);
  expect(clipByGlobalNorm(pair.parameters, 5.1)).toBe(5);
  expect(gradients(pair)).toEqual([3, 4]);
});

test("the norm is over all parameters together, and one without a gradient counts as zero", () => {
  const pair = onePair([0, 0]);
  const other = pair.tape.parameter([1]);
  const untouched = pair.tape.parameter([7]);
  pair.setGradient([2, 3]);
  pair.tape.engine.fill(1, other.gradient(), 6);
  expect(globalNorm(new Map([...pair.parameters, ["other", other], ["untouched", untouched]]))).toBe(7);
  expect(untouched.gradientPtr).toBe(0);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])("a gradient of %f is left alone and reported", (bad) => {
  const pair = onePair([0, 0]);
  pair.setGradient([bad, 4]);
  expect(clipByGlobalNorm(pair.parameters, 1)).toBe(bad);
  expect(gradients(pair)).toEqual([bad, 4]);
});

test("clearGradients sets every gradient to zero and makes none", () => {
  const pair = onePair([0, 0]);
  const untouched = pair.tape.parameter([7]);
  pair.setGradient([3, 4]);
  clearGradients(new Map([...pair.parameters, ["untouched", untouched]]));
  expect(gradients(pair)).toEqual([0, 0]);
  expect(untouched.gradientPtr).toBe(0);
});

test("maxNorm must be a finite number above 0", () => {
  expect(() => clipByGlobalNorm(new Map(), 0)).toThrow(
    "clipByGlobalNorm: maxNorm must be a positive number. Expected a finite number above 0, got 0.",
  );
});
