/**
 * Nested brackets: text that can only be predicted by remembering what is open.
 *
 *   at depth 0 a bracket opens, at `maxDepth` it closes, between them it opens with probability p; its kind is uniform
 *   entropy at depth d = ln k at 0, H(p) + p ln k between, 0 at maxDepth: what closes is determined by what is open
 *   entropy rate = sum over d of pi_d entropy(d), pi the stationary distribution of the depth   [nats per symbol]
 */

import seedrandom from "seedrandom";
import { ConfigError, describe, nonNegativeInteger, positiveInteger } from "../errors.ts";
import { entropyNats, stationaryDistribution } from "./stationary.ts";
import type { SyntheticSource } from "./syntheticSource.ts";

const OPENING = "([{<";
const CLOSING = ")]}>";

/** How the brackets are drawn. */
export interface BracketOptions {
  /** Kinds of bracket, 1 to 4: `()`, `[]`, `{}`, `<>` in this order. Default 2. */
  readonly kinds?: number;
  /** Probability of opening where both are possible, in (0, 1). Default 0.5. */
  readonly openProbability?: number;
  /** Most brackets open at once. Default 8. */
  readonly maxDepth?: number;
}

/** A language of nested brackets, with everything known about it. */
export interface BracketLanguage extends SyntheticSource {
  readonly kinds: number;
  readonly openProbability: number;
  readonly maxDepth: number;
  /** How often each depth occurs before a symbol in the long run, [maxDepth + 1]. */
  readonly stationary: Float64Array;
}

/**
 * A random walk of brackets and its entropy rate.
 *
 * A text begins at depth 0 and may end with brackets open. The rate is for a reader who has read from the beginning.
 *
 * @throws ConfigError when an option cannot be used
 * @example bracketLanguage({ kinds: 2 }).generate(12, 1) // such as "([][()]){}[{"
 */
export function bracketLanguage(options: BracketOptions = {}): BracketLanguage {
  const where = "bracketLanguage";
  const kinds = positiveInteger(where, "kinds", options.kinds ?? 2, 2);
  if (kinds > OPENING.length) {
    throw new ConfigError("there are four kinds of bracket", {
      where,
      expected: "kinds from 1 to 4",
      got: `${kinds}`,
    });
  }
  const p = openProbability(where, options.openProbability ?? 0.5);
  const maxDepth = positiveInteger(where, "maxDepth", options.maxDepth ?? 8, 8);
  const opens = (depth: number) => (depth === 0 ? 1 : depth === maxDepth ? 0 : p);
  const stationary = stationaryDistribution(depthChain(maxDepth, opens));
  const entropyAt = (depth: number) =>
    entropyNats([opens(depth), 1 - opens(depth)]) + opens(depth) * Math.log(kinds);
  return {
    alphabet: [...(OPENING.slice(0, kinds) + CLOSING.slice(0, kinds))].sort().join(""),
    kinds,
    openProbability: p,
    maxDepth,
    stationary,
    entropyRate: stationary.reduce((sum, share, depth) => sum + share * entropyAt(depth), 0),
    generate: (length, seed) =>
      generate(nonNegativeInteger("BracketLanguage.generate", "length", length), seed, kinds, opens),
    nats: (text) => meanNats(text, kinds, opens),
  };
}

/** The birth-and-death chain of the depth, [maxDepth + 1, maxDepth + 1]. */
function depthChain(maxDepth: number, opens: (depth: number) => number): number[][] {
  return Array.from({ length: maxDepth + 1 }, (_, from) =>
    Array.from({ length: maxDepth + 1 }, (_, to) => {
      if (to === from + 1) return opens(from);
      return to === from - 1 ? 1 - opens(from) : 0;
    }),
  );
}

function generate(
  length: number,
  seed: number | string,
  kinds: number,
  opens: (depth: number) => number,
): string {
  const random = seedrandom(`brackets text ${seed}`);
  const open: number[] = []; // the kinds that are open, outermost first
  const symbols = new Uint8Array(length); // ASCII
  for (let t = 0; t < length; t++) {
    if (random() < opens(open.length)) {
      const kind = Math.floor(random() * kinds);
      open.push(kind);
      symbols[t] = OPENING.charCodeAt(kind);
    } else {
      symbols[t] = CLOSING.charCodeAt(open.pop()!);
    }
  }
  return new TextDecoder().decode(symbols);
}

function meanNats(text: string, kinds: number, opens: (depth: number) => number): number {
  const open: number[] = [];
  let nats = 0;
  for (const symbol of text) {
    const opening = opens(open.length);
    const kind = OPENING.indexOf(symbol);
    if (kind >= 0) {
      nats -= kind < kinds ? Math.log(opening / kinds) : Number.NEGATIVE_INFINITY;
      open.push(kind);
    } else {
      if (open.length === 0 || CLOSING[open.pop()!] !== symbol) return Number.POSITIVE_INFINITY;
      nats -= Math.log(1 - opening);
    }
  }
  return nats / text.length;
}

function openProbability(where: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && value < 1) return value;
  throw new ConfigError("openProbability must let brackets both open and close", {
    where,
    expected: "a number between 0 and 1, both excluded",
    got: describe(value),
  });
}
