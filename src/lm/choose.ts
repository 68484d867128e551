/** From the probabilities of the next symbol to a symbol. */
import type { Floats } from "../engine/index.ts";
import { DivergenceError } from "../errors.ts";

/** The likeliest of `V` symbols whose probabilities begin at `at`; of equals the first. */
export function likeliest(f: Floats, at: number, V: number): number {
  let best = 0;
  for (let id = 1; id < V; id++) if (f[at + id]! > f[at + best]!) best = id;
  checkTotal(f[at + best]!);
  return best;
}

/** The symbol at the share `u`, in [0, 1), of the total of `V` weights that begin at `at`. */
export function draw(f: Floats, at: number, V: number, u: number): number {
  let total = 0;
  for (let id = 0; id < V; id++) total += f[at + id]!;
  checkTotal(total);
  let left = u * total;
  let last = 0;
  for (let id = 0; id < V; id++) {
    const weight = f[at + id]!;
    if (weight === 0) continue;
    last = id;
    left -= weight;
    if (left < 0) return id;
  }
  return last; // rounding left a little over
}

/**
 * Keeps the likeliest of V symbols: at most `topK` of them (0: all), and no more than reach the mass `topP`. Ties go to the
 * smaller id, so that the result is the same everywhere. A heap, because the few that are kept are cheaper to find than
 * the order of all; its arrays are made once.
 */
export class Truncation {
  readonly #V: number;
  readonly #topK: number;
  readonly #topP: number;
  readonly #heap: Int32Array;
  readonly #kept: Float64Array;

  constructor(V: number, topK: number, topP: number) {
    this.#V = V;
    this.#topK = topK > 0 ? topK : V;
    this.#topP = topP;
    this.#heap = new Int32Array(V);
    this.#kept = new Float64Array(V);
  }

  /** The probabilities [V] that begin at `at`, with zeros for what is left out; borrowed until the next call. */
  keep(f: Floats, at: number): Float64Array {
    const heap = this.#heap;
    const kept = this.#kept.fill(0);
    for (let id = 0; id < heap.length; id++) heap[id] = id;
    let size = this.#V;
    for (let k = (size >> 1) - 1; k >= 0; k--) sink(heap, size, k, f, at);
    let mass = 0;
    for (let rank = 0; size > 0 && rank < this.#topK && !(mass >= this.#topP); rank++) {
      const id = heap[0]!;
      kept[id] = f[at + id]!;
      mass += kept[id]!;
      heap[0] = heap[--size]!;
      sink(heap, size, 0, f, at);
    }
    return kept;
  }
}

/** Lets the id at place k of the heap sink below all that are likelier than it. */
function sink(heap: Int32Array, size: number, k: number, f: Floats, at: number): void {
  const id = heap[k]!;
  for (let child = 2 * k + 1; child < size; child = 2 * k + 1) {
    if (child + 1 < size && isLikelier(f, at, heap[child + 1]!, heap[child]!)) child++;
    if (!isLikelier(f, at, heap[child]!, id)) break;
    heap[k] = heap[child]!;
    k = child;
  }
  heap[k] = id;
}

function isLikelier(f: Floats, at: number, a: number, b: number): boolean {
  const p = f[at + a]!;
  const q = f[at + b]!;
  return p > q || (p === q && a < b);
}

/** A model with a weight that is not a number gives probabilities that are none. */
function checkTotal(total: number): void {
  if (total > 0) return;
  throw new DivergenceError("the model gives no probabilities", {
    where: "sample",
    expected: "probabilities that sum to 1",
    got: `${total}`,
    mend: "A weight is not a finite number; take an earlier checkpoint",
  });
}
