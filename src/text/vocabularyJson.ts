/**
 * The vocabulary in a checkpoint: its JSON form, and the checks that stand between a file and a model.
 */

import { CheckpointError, describe } from "../errors.ts";
import { segments, symbolName, TOKENIZERS, type Tokenizer } from "./segment.ts";

/** The version that this code writes; a higher one is refused. */
export const VOCABULARY_VERSION = 1;

/** A vocabulary as JSON. `symbols` is empty for bytes, which are always the same 256. */
export interface VocabularyJson {
  readonly version: number;
  readonly tokenizer: Tokenizer;
  /** Whether U+FFFD among the symbols stands for everything unseen. */
  readonly unknown: boolean;
  readonly symbols: readonly string[];
}

/**
 * Checks a value that came from a file.
 *
 * Symbols need not be sorted, so vocabularies of other programs can be taken over with their numbering.
 *
 * @throws CheckpointError naming the field that is wrong
 */
export function readVocabularyJson(value: unknown, where: string): VocabularyJson {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw fault(where, "not a vocabulary", "an object with version, tokenizer, unknown and symbols", value);
  }
  const { version, tokenizer, unknown, symbols } = value as Record<string, unknown>;
  if (version !== VOCABULARY_VERSION) {
    throw new CheckpointError("the vocabulary has a version that this tidegate cannot read", {
      where,
      expected: `version ${VOCABULARY_VERSION}`,
      got: describe(version),
      ...(typeof version === "number" && version > VOCABULARY_VERSION ? { mend: "Update tidegate" } : {}),
    });
  }
  if (!TOKENIZERS.includes(tokenizer as Tokenizer)) {
    throw fault(where, "the tokenizer is not known", `one of ${TOKENIZERS.join(", ")}`, tokenizer);
  }
  if (typeof unknown !== "boolean") {
    throw fault(where, "unknown must say whether there is an unknown symbol", "true or false", unknown);
  }
  if (!Array.isArray(symbols)) throw fault(where, "the symbols are missing", "an array of strings", symbols);
  if (tokenizer !== "byte") checkSymbols(symbols, tokenizer as Exclude<Tokenizer, "byte">, where);
  return { version, tokenizer: tokenizer as Tokenizer, unknown, symbols: symbols as string[] };
}

function checkSymbols(symbols: unknown[], tokenizer: Exclude<Tokenizer, "byte">, where: string): void {
  if (symbols.length < 2)
    throw fault(where, "too few symbols", "an array of at least 2 symbols", symbols.length);
  const seen = new Map<string, number>();
  for (const [number, symbol] of symbols.entries()) {
    // Graphemes are not cut again: the Unicode version of the runtime that wrote them may differ.
    const whole = typeof symbol === "string" && symbol !== "";
    if (!whole || (tokenizer === "char" && [...segments(symbol, "char")].length !== 1)) {
      throw fault(where, `symbol ${number} is not one ${tokenizer}`, `a string of one ${tokenizer}`, symbol);
    }
    if (seen.has(symbol)) {
      throw new CheckpointError("a symbol stands in the vocabulary twice", {
        where,
        expected: `${symbols.length} different symbols`,
        got: `${symbolName(symbol)} as number ${seen.get(symbol)} and ${number}`,
      });
    }
    seen.set(symbol, number);
  }
}

function fault(where: string, problem: string, expected: string, got: unknown): CheckpointError {
  return new CheckpointError(problem, { where, expected, got: describe(got) });
}
