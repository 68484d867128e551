/** Reading the golden files, the engines they are compared on, and the comparison. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tensor } from "../../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, type Engine } from "../../../src/engine/index.ts";

/** An array of a golden file, row-major. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
export type GoldenArrays = Readonly<Record<string, GoldenArray>>;

/** A golden file: what went in, and what PyTorch made of it in each precision. */
export interface Golden<Result> {
  readonly inputs: GoldenArrays;
  readonly float64: Result;
  readonly float32: Result;
}

/** Reads one golden file of this folder. */
export function golden<Result>(name: string): Golden<Result> {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")) as Golden<Result>;
}

/** An engine under test and how far it may be from PyTorch in float64, relative to the largest value of the array. */
export interface Candidate {
  readonly name: string;
  readonly tolerance: number;
  readonly create: () => Promise<Engine>;
  /** Why it is not run here; undefined when it is. */
  readonly skip: string | undefined;
}

/**
 * Both sides round the same sums in another order, so they differ by a few units of rounding. Measured over every array
 * (November 2026, Node 26, x86-64): float64 1.4e-15, float32 4.2e-7 on all engines; PyTorch's own float32 run is 3.2e-7
 * from its float64 run. The bounds are 1e-13 and 2e-6, so that another processor's order of sums still fits.
 */
export const candidates: readonly Candidate[] = [
  {
    name: "reference float64",
    tolerance: 1e-13,
    create: async () => createReferenceEngine({ precision: "float64" }),
    skip: undefined,
  },
  {
    name: "reference float32",
    tolerance: 2e-6,
    create: async () => createReferenceEngine(),
    skip: undefined,
  },
  { name: "strict", tolerance: 2e-6, create: () => createEngine("strict"), skip: undefined },
  {
    name: "relaxed",
    tolerance: 2e-6,
    create: () => createEngine("relaxed"),
    skip: await reasonNotToRun("relaxed"),
  },
];

async function reasonNotToRun(name: "relaxed"): Promise<string | undefined> {
  try {
    await createEngine(name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The values of a tensor in the engine's own precision. */
export function valuesOf(tensor: Tensor): ArrayLike<number> {
  return Array.from(tensor.tape.engine.memory.floats(tensor.ptr, tensor.size));
}

/** The gradient of a tensor in the engine's own precision; zeros when nothing has flowed there. */
export function gradientOf(tensor: Tensor): ArrayLike<number> {
  const { gradientPtr, size, tape } = tensor;
  return gradientPtr
    ? Array.from(tape.engine.memory.floats(gradientPtr, size))
    : new Array<number>(size).fill(0);
}

/** Expects |actual - expected| <= tolerance · max|expected|, and names the worst element when not. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: GoldenArray,
  tolerance: number,
  what: string,
): void {
  const { values } = expected;
  expect(actual.length, `${what}: number of elements`).toBe(values.length);
  const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  let worst = 0;
  let at = 0;
  for (let k = 0; k < values.length; k++) {
    const error = Math.abs(actual[k]! - values[k]!) / scale;
    if (!(error <= worst)) [worst, at] = [error, k];
    if (Number.isNaN(error)) break;
  }
  const message = `${what}[${at}]: got ${actual[at]}, PyTorch ${values[at]}, largest ${scale}`;
  expect(worst, message).toBeLessThanOrEqual(tolerance);
}
