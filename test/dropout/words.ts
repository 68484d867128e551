/**
 * Random words for masks as docs/architecture.md says: word (c mod 4) of Philox(key; t·2^16 + c div 4, row, window or stream,
 * pass and site and layer and gate). Written beside the sources, not from them; Philox itself has its published test vectors.
 */
import { philox, type RandomKey } from "../../src/engine/index.ts";

/** The numbers of the sites in the random numbers, which never change. */
const numberOf = {
  embedding: 0,
  input: 1,
  recurrent: 2,
  layers: 3,
  output: 4,
  token: 5,
  candidate: 6,
  cell: 7,
  zoneoutCell: 8,
  zoneoutHidden: 9,
  recurrentWeights: 10,
  inputWeights: 11,
} as const;
export type WordSite = keyof typeof numberOf;

/** Where a window stands. */
export interface Place {
  readonly key: RandomKey;
  readonly window: number;
  readonly stream: number;
}

/** Which word: `lane` is the gate, or more in its low bits. */
export interface WordAt {
  readonly site: WordSite;
  readonly layer: number;
  readonly t: number;
  readonly lane: number;
  readonly row: number;
  /** block of columns and word in it */
  readonly block: number;
  readonly word: number;
  readonly isOfStream?: boolean;
}

/** A random number of 32 bits. */
export function randomWord(
  { key, window, stream }: Place,
  { site, layer, t, lane, row, block, word, isOfStream }: WordAt,
): number {
  const out = new Uint32Array(4);
  const place = 0x10000 * numberOf[site] + 0x100 * layer + lane + (isOfStream ? 0x80000000 : 0);
  philox(key[0], key[1], 0x10000 * t + block, row, isOfStream ? stream : window, place >>> 0, out);
  return out[word]!;
}

/** The standard normal number below which a share u of all lies, by bisection on Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/15 + ...). */
export function normalQuantile(u: number): number {
  let [low, high] = [-6, 6];
  for (let k = 0; k < 45; k++) {
    const x = (low + high) / 2;
    let [term, sum] = [x, x];
    for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
      term *= (x * x) / n;
      sum += term;
    }
    if (0.5 + (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum < u) low = x;
    else high = x;
  }
  return (low + high) / 2;
}
