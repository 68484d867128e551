/** A sequence of numbers read off a counter-based generator: its whole state is one position. */
import { philox } from "./philox.ts";
import type { RandomKey } from "./randomKey.ts";

/**
 * Uniform and normal numbers in order. The stream is a value: `position` can be stored, and a stream opened there
 * continues to the bit.
 *
 * @example const stream = new RandomStream(randomKey(42, "sampling")); stream.uniform(); // in [0, 1)
 */
export class RandomStream {
  readonly key: RandomKey;
  /** How many 32-bit words have been drawn. */
  position: number;
  readonly #words = new Uint32Array(4);
  #block = -1;

  constructor(key: RandomKey, position = 0) {
    this.key = key;
    this.position = position;
  }

  /** The next 32-bit word, unsigned. */
  word(): number {
    const block = Math.floor(this.position / 4);
    if (block !== this.#block) {
      philox(this.key[0], this.key[1], block >>> 0, Math.floor(block / 2 ** 32), 0, 0, this.#words);
      this.#block = block;
    }
    return this.#words[this.position++ % 4]!;
  }

  /** The next number in [0, 1), with 32 random bits. */
  uniform(): number {
    return this.word() / 2 ** 32;
  }

  /**
   * The next standard normal number: the sum of twelve uniform numbers less six (Irwin-Hall).
   * Its tails end at ±6; it needs no logarithm, so its bits are the same in every JavaScript engine.
   */
  normal(): number {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += this.uniform();
    return sum;
  }
}
