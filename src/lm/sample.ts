/** Text from a model, one character at a time. */
import { RandomStream, randomKey, type Seed } from "../engine/index.ts";
import { ConfigError, describe, nonNegativeInteger, nonNegativeNumber, ShapeError } from "../errors.ts";
import type { Vocabulary } from "../text/index.ts";
import { breathe } from "./breathe.ts";
import { draw, likeliest, Truncation } from "./choose.ts";
import type { LanguageModel } from "./languageModel.ts";
import { createReader, type Reader } from "./reader.ts";

/** Symbols of a prime that are read as one sequence: enough for large products, few enough that a book fits. */
const STRETCH = 1024;

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
 * Streams characters sampled from the model. Its weights must not change before the last one has come.
 *
 * @throws CorpusError when `prime` has a symbol that the vocabulary lacks
 * @throws ConfigError for options out of range
 * @throws ShapeError when the vocabulary is not the model's
 * @throws DivergenceError when a weight of the model is not a number
 * @example for await (const character of sample(model, vocabulary, { prime: "The ", length: 80 })) process.stdout.write(character);
 */
export async function* sample(
  model: LanguageModel,
  vocabulary: Vocabulary,
  options: SampleOptions = {},
): AsyncGenerator<string> {
  const { length = 500, prime = "", temperature = 1, topK = 0, topP = 1, seed = 0, signal } = options;
  check(model, vocabulary, { length, temperature, topK, topP });
  const stream = new RandomStream(randomKey(seed, "sampling"));
  const start = readFirst(vocabulary, prime);
  const decoder = vocabulary.decoder();
  const choose = chooser(model, { temperature, topK, topP }, stream);
  const reader = createReader(model, temperature || 1);
  try {
    for (let at = 0; at < start.length; at += STRETCH) {
      signal?.throwIfAborted();
      reader.read(start.subarray(at, at + STRETCH));
      await breathe();
    }
    for (let k = 0; k < length; k++) {
      signal?.throwIfAborted();
      const id = choose(reader);
      const text = decoder.push(id);
      if (text) yield text; // a byte in the middle of a character gives none
      if (k + 1 < length) reader.readOne(id);
      await breathe();
    }
    const rest = decoder.end();
    if (rest) yield rest;
  } finally {
    reader.release();
  }
}

function check(
  model: LanguageModel,
  vocabulary: Vocabulary,
  {
    length,
    temperature,
    topK,
    topP,
  }: Required<Pick<SampleOptions, "length" | "temperature" | "topK" | "topP">>,
): void {
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
  if (vocabulary.size !== model.vocabSize) {
    throw new ShapeError("the vocabulary is not the model's", {
      where: "sample",
      expected: `V=${model.vocabSize} symbols`,
      got: `V=${vocabulary.size}`,
    });
  }
}

/** How a symbol is taken from what the reader expects. */
function chooser(
  { tape, vocabSize: V }: LanguageModel,
  { temperature, topK, topP }: Required<Pick<SampleOptions, "temperature" | "topK" | "topP">>,
  stream: RandomStream,
): (reader: Reader) => number {
  const { memory } = tape.engine;
  if (temperature === 0) return ({ probabilities }) => likeliest(memory.f, probabilities, V);
  if (topK === 0 && topP === 1)
    return ({ probabilities }) => draw(memory.f, probabilities, V, stream.uniform());
  const truncation = new Truncation(V, topK, topP);
  return ({ probabilities }) => draw(truncation.keep(memory.f, probabilities), 0, V, stream.uniform());
}

/** A line break where the vocabulary has one, and the prime; symbol 0 when there is neither. */
function readFirst(vocabulary: Vocabulary, prime: string): Int32Array {
  const newline = vocabulary.tokenizer === "byte" ? 10 : vocabulary.symbols.indexOf("\n");
  const ids = vocabulary.encode(prime);
  if (newline >= 0) return Int32Array.from([newline, ...ids]);
  return ids.length > 0 ? ids : Int32Array.of(0);
}
