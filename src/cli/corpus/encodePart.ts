/** Texts to symbol numbers, with errors that speak of files and flags. */
import { CorpusError } from "../../errors.ts";
import type { Vocabulary } from "../../text/index.ts";
import type { Part } from "./parts.ts";

/** Who asks, whose vocabulary it is, and how a missing symbol is mended: all for the error. */
export interface EncodingWords {
  readonly command: string;
  readonly whose: string;
  readonly mend: string;
}

/**
 * Encodes a text that is to be learned or scored.
 * @throws CorpusError naming the text, when it has fewer than 2 symbols or one that the vocabulary lacks
 */
export function encodePart(vocabulary: Vocabulary, part: Part, words: EncodingWords): Int32Array {
  const ids = encodeText(vocabulary, part, words);
  if (ids.length >= 2) return ids;
  throw new CorpusError(`${part.source} is too short`, {
    where: words.command,
    expected: "at least 2 symbols: one to read and one to predict",
    got: `${ids.length}`,
    mend: "Use a longer text, or a larger fraction of it",
  });
}

/** Encodes a text of any length. @throws CorpusError naming the text and the symbol that the vocabulary lacks */
export function encodeText(
  vocabulary: Vocabulary,
  { text, source }: Part,
  { command, whose, mend }: EncodingWords,
): Int32Array {
  try {
    return vocabulary.encode(text);
  } catch (cause) {
    if (!(cause instanceof CorpusError)) throw cause;
    throw new CorpusError(`${source} has a symbol that ${whose} lacks`, {
      where: command,
      expected: cause.expected ?? "symbols of the vocabulary",
      got: cause.got ?? "another symbol",
      mend,
      cause,
    });
  }
}
