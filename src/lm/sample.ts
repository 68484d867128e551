/** Text from a model, one character at a time. */
import { RandomStream, randomKey, type Seed } from "../engine/index.ts";
import { ConfigError, describe, nonNegativeInteger, nonNegativeNumber } from "../errors.ts";
import type { Vocabulary } from "../text/index.ts";
import { breathe } from "./breathe.ts";
import { carry, createCarriedState, releaseCarriedState } from "./carriedState.ts";
import type { LanguageModel } from "./languageModel.ts";

export interface SampleOptions {
  /** Symbols to write. Default 500. */
  readonly length?: number;
  /**
   * Text that the model reads first; it is not part of what is yielded. Default "". A line break is read before it where
   * the vocabulary has one: a model that was trained with its state carried has hardly seen a text begin from nothing,
   * and takes "ROMEO:" there for the middle of a word.
   */
  readonly prime?: string;
  /** Divides the logits. 1 samples from the model as it is, less is safer, 0 takes the likeliest symbol. Default 1. */
  readonly temperature?: number;
  /** Keeps the k likeliest symbols; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keeps the likeliest symbols whose probabilities sum to at least this, in (0, 1] (nucleus sampling, Holtzman et al. 2020). Default 1. */
  readonly topP?: number;
  readonly seed?: Seed;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams characters sampled from the model.
 *
 * @throws CorpusError when `prime` has a symbol that the vocabulary lacks
 * @throws ConfigError for options out of range
 * @example for await (const character of sample(model, vocabulary, { prime: "The ", length: 80 })) process.stdout.write(character);
 */
export async function* sample(
  model: LanguageModel,
  vocabulary: Vocabulary,
  options: SampleOptions = {},
): AsyncGenerator<string> {
  const { length = 500, prime = "", temperature = 1, topK = 0, topP = 1, seed = 0, signal } = options;
  nonNegativeInteger("sample", "length", length);
  nonNegativeNumber("sample", "temperature", temperature);
  nonNegativeInteger("sample", "topK", topK);
  if (!(topP > 0 && topP <= 1)) {
    throw new ConfigError("topP must be a share of the probability", {
      where: "sample",
      expected: "a number in (0, 1]",
      got: describe(topP),
    });
  }
  const stream = new RandomStream(randomKey(seed, "sampling"));
  const start = readFirst(vocabulary, prime);
  const decoder = vocabulary.decoder();
  const reader = createReader(model, temperature);
  try {
    let probabilities = reader.read(start);
    for (let k = 0; k < length; k++) {
      signal?.throwIfAborted();
      const id =
        temperature === 0
          ? likeliest(probabilities)
          : draw(kept(probabilities, topK, topP), stream.uniform());
      const text = decoder.push(id);
      if (text) yield text; // a byte in the middle of a character gives none
      if (k + 1 < length) probabilities = reader.read(Int32Array.of(id));
      await breathe();
    }
    const rest = decoder.end();
    if (rest) yield rest;
  } finally {
    reader.release();
  }
}

/** A line break where the vocabulary has one, and the prime; symbol 0 when there is neither. */
function readFirst(vocabulary: Vocabulary, prime: string): Int32Array {
  const newline = vocabulary.tokenizer === "byte" ? 10 : vocabulary.symbols.indexOf("\n");
  const ids = vocabulary.encode(prime);
  if (newline >= 0) return Int32Array.from([newline, ...ids]);
  return ids.length > 0 ? ids : Int32Array.of(0);
}

/** A state at batch 1 that reads symbols and answers with the probabilities of the next. */
function createReader(
  model: LanguageModel,
  temperature: number,
): { read(ids: Int32Array): Float64Array; release(): void } {
  const { tape, vocabSize: V } = model;
  const carried = createCarriedState(model, 1);
  return {
    read: (ids) =>
      tape.noGrad(() =>
        tape.step(() => {
          const T = ids.length;
          const { logits, state } = model.forward(tape.ids(ids, [T, 1]), { state: carried.state });
          carry(tape, carried, state);
          const y = tape.output([V], []);
          tape.engine.softmaxRows(1, V, temperature || 1, logits.ptr + (T - 1) * V, y.ptr);
          return Float64Array.from(tape.engine.memory.floats(y.ptr, V));
        }),
      ),
    release: () => releaseCarriedState(tape, carried),
  };
}

function likeliest(probabilities: Float64Array): number {
  return probabilities.reduce((best, p, id) => (p > probabilities[best]! ? id : best), 0);
}

/** Zeroes what top-k and top-p leave out. Ties go to the smaller id, so that the result is the same everywhere. */
function kept(probabilities: Float64Array, topK: number, topP: number): Float64Array {
  if (topK === 0 && topP === 1) return probabilities;
  const order = Array.from(probabilities.keys()).sort(
    (a, b) => probabilities[b]! - probabilities[a]! || a - b,
  );
  const result = new Float64Array(probabilities.length);
  let mass = 0;
  for (const [rank, id] of order.entries()) {
    if ((topK > 0 && rank >= topK) || mass >= topP) break;
    result[id] = probabilities[id]!;
    mass += result[id]!;
  }
  return result;
}

/** The symbol at `u` of the total. */
function draw(weights: Float64Array, u: number): number {
  let left = u * weights.reduce((sum, w) => sum + w, 0);
  let last = 0;
  for (const [id, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = id;
    left -= weight;
    if (left < 0) return id;
  }
  return last;
}
