/** Cutting a kernel's work into parts for the hands of an engine. What is computed does not depend on the cuts. */
import type { Ptr } from "../engine.ts";
import type { Memory } from "../memory.ts";
import type { Hands } from "../threads/hands.ts";
import type { WasmKernels } from "./kernels.ts";
import { type Range, ranges } from "./ranges.ts";

/** The least work for which others are called. Tests set them low, so that small sizes take every path. */
export interface Thresholds {
  /** elements of a pass, for another thread */
  readonly elements: number;
  /** multiply-adds of a product, for another thread */
  readonly products: number;
  /** multiply-adds of a product, for the system's BLAS */
  readonly system: number;
}

/** Multiply-adds from which a library takes its ordinary way. */
const LARGE_PRODUCT = 1_100_000;

/** Waking a thread costs some microseconds, a call into a library about one. */
export const THRESHOLDS: Thresholds = { elements: 16384, products: 262144, system: 32768 };

export class Sharing {
  /** whether products may be made by the system's BLAS */
  readonly system: boolean;
  readonly thresholds: Thresholds;
  readonly #hands: Hands;
  readonly #memory: Memory;
  #scratchPtr: Ptr = 0;
  #scratchSize = 0;

  constructor(hands: Hands, memory: Memory, system: boolean, thresholds: Thresholds) {
    this.system = system;
    this.thresholds = thresholds;
    this.#hands = hands;
    this.#memory = memory;
  }

  /** Ranges of n rows of `size` elements each. */
  rows(n: number, size: number): Range[] {
    return this.parts(n, n * size >= this.thresholds.elements, 1);
  }

  /** Ranges of n elements, for each of which there are `times`. */
  elements(n: number, times = 1): Range[] {
    return this.parts(n, n * times >= this.thresholds.elements, 16);
  }

  /** Ranges of n that begin at multiples of `grain`, as many as there are hands where that is worth it. */
  parts(n: number, isWorthSharing: boolean, grain: number): Range[] {
    return this.#hands.count > 1 && isWorthSharing ? ranges(n, this.#hands.count, grain) : whole(n);
  }

  /**
   * Ranges of n for the system's BLAS, `each` multiply-adds long: a product is cut into large ones only, or not at all,
   * because a library may take the sums of small ones in another order (OpenBLAS below 100^3 multiply-adds), and bits must
   * not depend on the cuts.
   */
  largeParts(n: number, each: number): Range[] {
    for (let count = this.#hands.count; count > 1; count--) {
      const parts = ranges(n, count, 16);
      if (parts.every(([, length]) => length * each >= LARGE_PRODUCT)) return parts;
    }
    return whole(n);
  }

  /** Calls a kernel once for each range. */
  share(
    kernel: keyof WasmKernels,
    parts: readonly Range[],
    args: (from: number, length: number, hand: number) => readonly number[],
  ): void {
    this.#hands.run(
      kernel,
      parts.map(([from, length], hand) => args(from, length, hand)),
    );
  }

  /** Room for `n` floats that a kernel may use while it runs: one array, which only grows. Returns its byte offset. */
  scratch(n: number): number {
    if (n > this.#scratchSize) {
      const [old, size] = [this.#scratchPtr, this.#scratchSize];
      [this.#scratchPtr, this.#scratchSize] = [0, 0]; // what is given back is not ours, also if the memory cannot grow
      if (old) this.#memory.release(old, size);
      this.#scratchPtr = this.#memory.persistent(n);
      this.#scratchSize = n;
    }
    return this.#scratchPtr * 4;
  }
}

/** All of n in one range. */
export function whole(n: number): Range[] {
  return [[0, n]];
}

/** As the compiled kernels lay out their scratch: 16 floats. */
export function aligned(n: number): number {
  return (n + 15) & ~15;
}
