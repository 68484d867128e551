/**
 * The vocabulary: which symbols a model knows, and their numbers.
 *
 * Symbols are sorted by code point, so the same text gives the same vocabulary on every machine. A text is encoded as an
 * Int32Array, 4 bytes per symbol: 4 MB for a book of a million characters.
 */

import { CheckpointError, ConfigError, CorpusError, describe, oneOf, positiveInteger } from "../errors.ts";
import { compareCodePoints, segments, symbolName, TOKENIZERS, type Tokenizer } from "./segment.ts";
import { byteDecoder, type SymbolDecoder, stringDecoder } from "./symbolDecoder.ts";
import { countCodePoints, SymbolTable } from "./symbolTable.ts";
import { readVocabularyJson, VOCABULARY_VERSION, type VocabularyJson } from "./vocabularyJson.ts";

/** What every symbol outside the vocabulary is decoded as: U+FFFD, the replacement character. */
export const UNKNOWN_SYMBOL = "\uFFFD";

/** Symbols that `decode` joins at once: for 33 million, growing one string takes 6 s on Node 20, joining these 1 s. */
const DECODE_PIECE = 4096;

/** How a vocabulary is taken from a text. */
export interface VocabularyOptions {
  /** What a symbol is. Default `char`. */
  readonly tokenizer?: Tokenizer;
  /** Symbols that occur fewer times than this become the unknown symbol. Default 1: all are kept. */
  readonly minCount?: number;
  /** Whether there is an unknown symbol. Default: only when `minCount` is above 1. */
  readonly unknown?: boolean;
}

/**
 * The symbols a model knows, numbered from 0.
 *
 * @example
 * const vocabulary = Vocabulary.fromText("hello world");
 * const ids = vocabulary.encode("hold"); // Int32Array [3, 5, 4, 1]
 * vocabulary.decode(ids); // "hold"
 */
export class Vocabulary {
  /** What a symbol is. */
  readonly tokenizer: Tokenizer;
  /** The symbols in the order of their numbers; for bytes, printable names such as `<0A>`. */
  readonly symbols: readonly string[];
  /** The number of the unknown symbol; undefined when an unseen symbol is an error. */
  readonly unknownIndex: number | undefined;
  #encoder: ((text: string) => Int32Array) | undefined;

  private constructor(tokenizer: Tokenizer, symbols: readonly string[], unknown: boolean) {
    this.tokenizer = tokenizer;
    this.symbols = Object.freeze([...symbols]);
    this.unknownIndex = unknown ? symbols.indexOf(UNKNOWN_SYMBOL) : undefined;
  }

  /** How many symbols there are, the unknown one included: the model's V. */
  get size(): number {
    return this.symbols.length;
  }

  /**
   * Collects the symbols of a text, sorted by code point.
   *
   * @param text - usually the training part only; a symbol seen in validation alone then needs `minCount` or `unknown`
   * @throws CorpusError when the text has fewer than 2 different symbols, or `minCount` leaves fewer than 2
   * @throws ConfigError when an option cannot be used, or asks for an unknown symbol among bytes
   * @example Vocabulary.fromText(text, { minCount: 3 }).unknownIndex // a number: rare symbols share it
   */
  static fromText(text: string, options: VocabularyOptions = {}): Vocabulary {
    const where = "Vocabulary.fromText";
    const tokenizer = oneOf(where, "tokenizer", options.tokenizer ?? "char", TOKENIZERS);
    const minCount = positiveInteger(where, "minCount", options.minCount ?? 1, 3);
    const unknown = options.unknown ?? minCount > 1;
    requireUsableUnknown(where, tokenizer, minCount, unknown);
    const counts = countSymbols(text, tokenizer);
    if (counts.length < 2) {
      throw new CorpusError("a text of one symbol leaves nothing to predict", {
        where,
        expected: "at least 2 different symbols",
        got: counts.length === 0 ? "an empty text" : `only ${symbolName(counts[0]![0])}`,
        mend: "Give it a longer text",
      });
    }
    if (tokenizer === "byte") return new Vocabulary("byte", BYTE_NAMES, false);
    const kept = new Set(counts.filter(([, count]) => count >= minCount).map(([symbol]) => symbol));
    if (unknown) kept.add(UNKNOWN_SYMBOL);
    if (kept.size < 2) {
      throw new CorpusError(`minCount ${minCount} leaves nothing to predict`, {
        where,
        expected: "at least one symbol that is not rare",
        got: `${counts.length} different symbols, each fewer than ${minCount} times`,
        mend: "Lower minCount",
      });
    }
    return new Vocabulary(tokenizer, [...kept].sort(compareCodePoints), unknown);
  }

  /**
   * Reads back what `toJSON` wrote.
   *
   * @param where - names the file in errors
   * @throws CheckpointError when the value is not a vocabulary, is of a newer version or has a symbol twice
   */
  static fromJSON(value: unknown, where = "Vocabulary.fromJSON"): Vocabulary {
    const { tokenizer, symbols, unknown } = readVocabularyJson(value, where);
    if (tokenizer === "byte") return new Vocabulary("byte", BYTE_NAMES, false);
    if (unknown && !symbols.includes(UNKNOWN_SYMBOL)) {
      throw new CheckpointError("the unknown symbol is missing", {
        where,
        expected: `${symbolName(UNKNOWN_SYMBOL)} among the symbols`,
        got: `${symbols.length} symbols without it`,
      });
    }
    return new Vocabulary(tokenizer, symbols, unknown);
  }

  /** The vocabulary as a value for `JSON.stringify`; a byte vocabulary needs no list. */
  toJSON(): VocabularyJson {
    const symbols = this.tokenizer === "byte" ? [] : this.symbols;
    const unknown = this.unknownIndex !== undefined;
    return { version: VOCABULARY_VERSION, tokenizer: this.tokenizer, unknown, symbols };
  }

  /**
   * The numbers of a text's symbols.
   *
   * @returns [symbols of the text], each in [0, size)
   * @throws CorpusError at the first symbol that is not in the vocabulary, when there is no unknown symbol
   */
  encode(text: string): Int32Array {
    this.#encoder ??= this.#makeEncoder();
    return this.#encoder(text);
  }

  /**
   * The text that the numbers stand for. Bytes that are not UTF-8 come out as U+FFFD.
   *
   * @throws ConfigError when a number is not in [0, size)
   */
  decode(ids: ArrayLike<number>): string {
    if (this.tokenizer === "byte") {
      const bytes = new Uint8Array(ids.length);
      for (let i = 0; i < ids.length; i++) bytes[i] = this.#checked(ids[i]!, i);
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    }
    let text = "";
    for (let start = 0; start < ids.length; start += DECODE_PIECE) {
      const piece: string[] = [];
      const end = Math.min(start + DECODE_PIECE, ids.length);
      for (let i = start; i < end; i++) piece.push(this.symbols[this.#checked(ids[i]!, i)]!);
      text += piece.join("");
    }
    return text;
  }

  /** A decoder that takes one number at a time and never gives out half a character. */
  decoder(): SymbolDecoder {
    return this.tokenizer === "byte"
      ? byteDecoder((id) => this.#checked(id))
      : stringDecoder((id) => this.symbols[this.#checked(id)]!);
  }

  #checked(id: number, at?: number): number {
    if (Number.isInteger(id) && id >= 0 && id < this.size) return id;
    throw new ConfigError("not a symbol of this vocabulary", {
      where: "Vocabulary.decode",
      expected: `an integer from 0 to ${this.size - 1}`,
      got: at === undefined ? describe(id) : `${describe(id)} at index ${at}`,
    });
  }

  #makeEncoder(): (text: string) => Int32Array {
    if (this.tokenizer === "byte") return (text) => Int32Array.from(new TextEncoder().encode(text));
    if (this.tokenizer === "grapheme") return this.#graphemeEncoder();
    const table = new SymbolTable(this.symbols, this.unknownIndex ?? -1);
    return (text) => {
      const result = table.encode(text);
      if ("ids" in result) return result.ids;
      const symbol = String.fromCodePoint(text.codePointAt(result.unit)!);
      throw this.#unseen(text, symbol, result.position, result.unit);
    };
  }

  #graphemeEncoder(): (text: string) => Int32Array {
    const numbers = new Map(this.symbols.map((symbol, number) => [symbol, number]));
    return (text) => {
      const ids = new Int32Array(text.length); // [at most one per UTF-16 unit]
      let position = 0;
      let unit = 0;
      for (const symbol of segments(text, "grapheme")) {
        const id = numbers.get(symbol) ?? this.unknownIndex;
        if (id === undefined) throw this.#unseen(text, symbol, position, unit);
        ids[position++] = id;
        unit += symbol.length;
      }
      return ids.slice(0, position);
    };
  }

  #unseen(text: string, symbol: string, position: number, unit: number): CorpusError {
    const before = text.slice(0, unit);
    const line = before.split("\n").length;
    const sameLine = before.slice(before.lastIndexOf("\n") + 1);
    const column = [...segments(sameLine, this.tokenizer === "grapheme" ? "grapheme" : "char")].length + 1;
    return new CorpusError("a symbol is not in the vocabulary", {
      where: "Vocabulary.encode",
      expected: `one of its ${this.size} symbols`,
      got: `${symbolName(symbol)} at position ${position + 1} (line ${line}, column ${column})`,
      mend: "Take the vocabulary from a text that has it, or with minCount 2 or more: rare symbols then share an unknown one",
    });
  }
}

/** Printable names of the 256 bytes: ASCII letters as themselves, the rest as `<0A>`. */
const BYTE_NAMES: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte > 32 && byte < 127
    ? String.fromCharCode(byte)
    : `<${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/** The different symbols of a text with their counts; for bytes those of its characters, which is enough to count to 2. */
function countSymbols(text: string, tokenizer: Tokenizer): [symbol: string, count: number][] {
  if (tokenizer !== "grapheme") {
    return countCodePoints(text).map(([point, count]) => [String.fromCodePoint(point), count]);
  }
  const counts = new Map<string, number>();
  for (const symbol of segments(text, "grapheme")) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return [...counts];
}

function requireUsableUnknown(where: string, tokenizer: Tokenizer, minCount: number, unknown: boolean): void {
  if (tokenizer === "byte" && (minCount > 1 || unknown)) {
    throw new ConfigError("bytes have no unknown symbol", {
      where,
      expected: "minCount 1 and no unknown with the byte tokenizer",
      got: `minCount ${minCount}, unknown ${unknown}`,
      mend: "Leave both out: all 256 bytes are in the vocabulary",
    });
  }
  if (minCount > 1 && !unknown) {
    throw new ConfigError("rare symbols need an unknown symbol to become", {
      where,
      expected: "unknown left out or true when minCount is above 1",
      got: `minCount ${minCount}, unknown false`,
    });
  }
}
