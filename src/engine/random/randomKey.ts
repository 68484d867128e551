/** Root seeds: seedrandom turns a seed and a purpose into the key of a counter-based stream. */
import seedrandom from "seedrandom";
import { ConfigError, describe } from "../../errors.ts";

/** What a run is seeded with. */
export type Seed = number | string;

/** Two 32-bit words: the key of a Philox stream. */
export type RandomKey = readonly [number, number];

/**
 * The key of one stream of random numbers. Each consumer of randomness names its own purpose, so that adding a consumer
 * never shifts the numbers of another.
 *
 * @param seed - an integer or a string; 42 and "42" are the same seed
 * @param purpose - for example "masks", "weights", "sampling"
 * @throws ConfigError when the seed is neither a safe integer nor a string
 * @example randomKey(42, "masks") // the same two words on every machine
 */
export function randomKey(seed: Seed, purpose: string): RandomKey {
  if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
    throw new ConfigError("seed must be an integer or a string", {
      where: "randomKey",
      expected: "an integer or a string",
      got: describe(seed),
      mend: "For example { seed: 42 }",
    });
  }
  const words = seedrandom(`${seed}/${purpose}`);
  return [words.int32() >>> 0, words.int32() >>> 0];
}
