/** Two engines side by side: the one under test and the float64 reference, given the same arrays and the same calls. */
import { expect } from "vitest";
import { createReferenceEngine, type Engine, type Ptr } from "../../src/engine/index.ts";

/** Elements of guard before and after every array. */
const GUARD = 16;
/** A float32 number that no kernel would write by chance. */
const CANARY = Math.fround(-7.0625e11);
/** The smallest float32 above 0: below the normal numbers one rounding is this large, however small the value. */
const SUBNORMAL = 2 ** -149;

/** One rounding to float32, relative to the value rounded. */
export const UNIT: number = 2 ** -24;

/** The same array in both engines. */
export interface Twin {
  readonly size: number;
  readonly tested: Ptr;
  readonly reference: Ptr;
}

/** The error allowed at element k, given the reference's value there. */
export type Bound = (expected: number, k: number) => number;

interface Guarded extends Twin {
  readonly what: "input" | "output" | "ids";
  readonly values: readonly number[];
}

/** No array: pointer 0 in both engines. */
export const none: Twin = { size: 0, tested: 0, reference: 0 };

/** The engine under test beside the reference. Arrays live until the end of `trial`. */
export class Pair {
  readonly tested: Engine;
  readonly reference: Engine = createReferenceEngine({ precision: "float64" });
  #arrays: Guarded[] = [];
  #name = "";

  constructor(tested: Engine) {
    this.tested = tested;
  }

  /** Runs one case; afterwards nothing but its outputs may have changed. `name` stands in every failure. */
  trial(name: string, body: () => void): void {
    const marks = [this.tested, this.reference].map((engine) => ({ engine, mark: engine.memory.mark() }));
    this.#arrays = [];
    this.#name = name;
    body();
    for (const array of this.#arrays) this.#checkGuards(array);
    for (const { engine, mark } of marks) engine.memory.rewind(mark);
  }

  /** An array that the kernel may read and must not change. */
  input(values: readonly number[]): Twin {
    return this.#array("input", values);
  }

  /** An array that the kernel writes; it begins with `values`, or with guard elements. */
  output(start: number | readonly number[]): Twin {
    return this.#array("output", typeof start === "number" ? new Array<number>(start).fill(CANARY) : start);
  }

  /** int32 ids. */
  ids(values: readonly number[]): Twin {
    return this.#array("ids", values);
  }

  /** Calls the kernel on both engines; `at` turns an array into the pointer for that engine. Returns both results. */
  run<T>(call: (engine: Engine, at: (array: Twin) => Ptr) => T): { tested: T; reference: T } {
    return {
      tested: call(this.tested, (array) => array.tested),
      reference: call(this.reference, (array) => array.reference),
    };
  }

  /** The reference's values, rounded to float32: what a kernel that follows would be given. */
  result({ reference, size }: Twin): number[] {
    return Array.from(this.reference.memory.floats(reference, size), Math.fround);
  }

  /** Expects |tested - reference| <= bound everywhere; NaN where the reference has NaN, and infinite where it is beyond float32. */
  expectClose(array: Twin, bound: Bound, what: string): void {
    const got = this.tested.memory.floats(array.tested, array.size);
    const expected = this.reference.memory.floats(array.reference, array.size);
    for (let k = 0; k < array.size; k++) {
      const right = expected[k]!;
      const rounded = Math.fround(right);
      if (Object.is(got[k], rounded) || got[k] === rounded) continue;
      const error = Math.abs(got[k]! - right);
      const allowed = bound(right, k) + SUBNORMAL;
      if (error <= allowed && Number.isFinite(rounded)) continue;
      expect.fail(
        `${this.#name}: ${what}[${k}] of ${array.size} is ${got[k]}, reference ${right}, error ${error}, allowed ${allowed}`,
      );
    }
  }

  /** Expects the reference's value rounded to float32, to the bit. */
  expectExact(array: Twin, what: string): void {
    const got = this.tested.memory.floats(array.tested, array.size);
    const expected = this.reference.memory.floats(array.reference, array.size);
    for (let k = 0; k < array.size; k++) {
      if (Object.is(got[k], Math.fround(expected[k]!))) continue;
      expect.fail(`${this.#name}: ${what}[${k}] of ${array.size} is ${got[k]}, reference ${expected[k]}`);
    }
  }

  #array(what: Guarded["what"], values: readonly number[]): Twin {
    const size = values.length;
    // Arrays start at 0 to 3 elements past a cache line: kernels get pointers into the middle of arrays as well.
    const start = GUARD + (this.#arrays.length % 4);
    const [tested, reference] = [this.tested, this.reference].map(({ memory }) => {
      const p = memory.step(start + size + GUARD);
      memory.f.fill(CANARY, p, p + start + size + GUARD);
      if (what === "ids") memory.ints(p + start, size).set(values);
      else memory.floats(p + start, size).set(values);
      return p + start;
    }) as [Ptr, Ptr];
    const array: Guarded = { what, size, values, tested, reference };
    this.#arrays.push(array);
    return array;
  }

  #checkGuards({ what, size, values, tested }: Guarded): void {
    const { memory } = this.tested;
    const around = memory.f.subarray(tested - GUARD, tested + size + GUARD);
    for (let k = 0; k < GUARD; k++) {
      if (around[k] !== CANARY) expect.fail(`${this.#name}: wrote ${GUARD - k} elements before an ${what}`);
      if (around[GUARD + size + k] !== CANARY)
        expect.fail(`${this.#name}: wrote ${k + 1} elements past an ${what} of ${size}`);
    }
    if (what === "output") return;
    const now = what === "ids" ? memory.ints(tested, size) : memory.floats(tested, size);
    for (let k = 0; k < size; k++) {
      if (!Object.is(now[k], values[k])) expect.fail(`${this.#name}: changed ${what}[${k}] to ${now[k]}`);
    }
  }
}
