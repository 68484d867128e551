/** The numbers that kernels are fed: from a seeded stream, already float32, the same on every machine. */
import { RandomStream, randomKey } from "../../src/engine/index.ts";

/** A stream of float32 test numbers. */
export class Numbers {
  readonly #stream: RandomStream;

  constructor(seed: string) {
    this.#stream = new RandomStream(randomKey(seed, "conformance"));
  }

  /** `n` numbers in [low, high). */
  uniform(n: number, low = -1, high = 1): number[] {
    return Array.from({ length: n }, () => Math.fround(low + (high - low) * this.#stream.uniform()));
  }

  /** `n` integers in [0, limit). */
  integers(n: number, limit: number): number[] {
    return Array.from({ length: n }, () => Math.floor(limit * this.#stream.uniform()));
  }

  /** A mask of `n` elements that drops half and scales the rest by 2. */
  mask(n: number): number[] {
    return Array.from({ length: n }, () => (this.#stream.uniform() < 0.5 ? 0 : 2));
  }
}

/** Lengths that meet every SIMD tail: 1 to 9, and around 32. */
export const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 33] as const;
