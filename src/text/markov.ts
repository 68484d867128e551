/**
 * Text from a random Markov chain: the simplest corpus whose best possible loss is known.
 *
 *   p(x_t | context), context = the last `order` symbols; each row is one draw from a symmetric Dirichlet distribution
 *   entropy rate = sum over contexts s of pi_s H(row_s), pi the stationary distribution        [nats per symbol]
 */

import seedrandom from "seedrandom";
import { ConfigError, nonNegativeInteger, oneOf, positiveInteger, positiveNumber } from "../errors.ts";
import { entropyNats, stationaryDistribution } from "./stationary.ts";
import type { SyntheticSource } from "./syntheticSource.ts";

/**
 * Probabilities are whole numbers of 1/65536, each at least 1/65536. So the chain is irreducible, and runtimes whose
 * logarithms differ in the last bit still generate the same text.
 */
const GRAIN = 65536;

/** How a Markov chain is drawn. */
export interface MarkovOptions {
  /** Size of the alphabet, 2 to 26: the first letters from `a`. Default 8. */
  readonly symbols?: number;
  /** How many symbols back the next one depends on. Default 1. */
  readonly order?: 1 | 2;
  /** Draws the transitions. Default 1. */
  readonly seed?: number | string;
  /** The Dirichlet parameter: below 1 few successors are likely, above 1 all are about equally so. Default 0.5. */
  readonly concentration?: number;
}

/** A Markov chain over letters, with everything known about it. */
export interface MarkovSource extends SyntheticSource {
  readonly order: 1 | 2;
  /** Rows of next-symbol probabilities, [symbols ** order, symbols]; a context "ab" is row 0 * symbols + 1. */
  readonly transition: readonly Float64Array[];
  /** How often each context occurs in the long run, [symbols ** order]. */
  readonly stationary: Float64Array;
}

/**
 * Draws a Markov chain and computes its entropy rate.
 *
 * @throws ConfigError when an option cannot be used
 * @example
 * const source = markovSource({ symbols: 8, order: 2 });
 * const text = source.generate(200_000, "train");
 * source.entropyRate; // no model's validation loss, in nats per symbol, is lower on long text
 */
export function markovSource(options: MarkovOptions = {}): MarkovSource {
  const where = "markovSource";
  const K = positiveInteger(where, "symbols", options.symbols ?? 8, 8);
  if (K < 2 || K > 26) {
    throw new ConfigError("the alphabet is the letters a to z", {
      where,
      expected: "symbols from 2 to 26",
      got: `${K}`,
    });
  }
  const order = Number(oneOf(where, "order", String(options.order ?? 1), ["1", "2"])) as 1 | 2;
  const concentration = positiveNumber(where, "concentration", options.concentration ?? 0.5);
  const random = seedrandom(`markov transitions ${options.seed ?? 1}`);
  const contexts = K ** order;
  const transition = Array.from({ length: contexts }, () => dirichletRow(random, K, concentration));
  const stationary = stationaryDistribution(contextChain(transition, K));
  const alphabet = "abcdefghijklmnopqrstuvwxyz".slice(0, K);
  return {
    alphabet,
    order,
    transition,
    stationary,
    entropyRate: transition.reduce((sum, row, s) => sum + stationary[s]! * entropyNats(row), 0),
    generate: (length, seed) =>
      generate(nonNegativeInteger("MarkovSource.generate", "length", length), seed, transition, stationary),
    nats: (text) => meanNats(text, alphabet, order, transition),
  };
}

/** The chain over contexts: context s followed by symbol x is context (s K + x) mod K^order. */
function contextChain(transition: readonly Float64Array[], K: number): Float64Array[] {
  const S = transition.length;
  return transition.map((row, s) => {
    const next = new Float64Array(S); // [S]
    for (let x = 0; x < K; x++) next[(s * K + x) % S]! += row[x]!;
    return next;
  });
}

function generate(
  length: number,
  seed: number | string,
  transition: readonly Float64Array[],
  stationary: Float64Array,
): string {
  const random = seedrandom(`markov text ${seed}`);
  const K = transition[0]!.length;
  const letters = new Uint8Array(length); // ASCII
  let context = draw(stationary, random()); // stationary from the first symbol on
  for (let t = 0; t < length; t++) {
    const x = draw(transition[context]!, random());
    letters[t] = 97 + x;
    context = (context * K + x) % transition.length;
  }
  return new TextDecoder().decode(letters);
}

/** The mean over all symbols that have a whole context before them. */
function meanNats(
  text: string,
  alphabet: string,
  order: number,
  transition: readonly Float64Array[],
): number {
  let nats = 0;
  let context = 0;
  for (let t = 0; t < text.length; t++) {
    const x = alphabet.indexOf(text[t]!);
    if (x < 0) return Number.POSITIVE_INFINITY;
    if (t >= order) nats -= Math.log(transition[context]![x]!);
    context = (context * alphabet.length + x) % transition.length;
  }
  return nats / (text.length - order);
}

/** The first index whose cumulative probability exceeds `u` in [0, 1). */
function draw(distribution: Float64Array, u: number): number {
  let index = 0;
  for (let rest = u - distribution[0]!; rest >= 0 && index < distribution.length - 1; ) {
    rest -= distribution[++index]!;
  }
  return index;
}

/** One draw from the symmetric Dirichlet distribution, in whole numbers of 1 / GRAIN. */
function dirichletRow(random: () => number, K: number, concentration: number): Float64Array {
  const logs = Array.from({ length: K }, () => logGamma(random, concentration));
  const largest = Math.max(...logs); // logarithms, because a small concentration underflows
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const grains = weights.map((weight) => 1 + Math.floor((weight / total) * (GRAIN - K)));
  grains[weights.indexOf(1)]! += GRAIN - grains.reduce((sum, grain) => sum + grain, 0);
  return Float64Array.from(grains, (grain) => grain / GRAIN);
}

/**
 * The logarithm of one draw from the gamma distribution with scale 1.
 *
 * Source: Marsaglia & Tsang 2000, "A simple method for generating gamma variables", with its §6 for shapes below 1 ·
 * differs from it in: returning the logarithm
 */
function logGamma(random: () => number, shape: number): number {
  if (shape < 1) return logGamma(random, shape + 1) + Math.log(1 - random()) / shape;
  const d = shape - 1 / 3;
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}
