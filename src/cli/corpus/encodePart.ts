/** Texts to symbol numbers, with errors that speak of files and flags. */
import { CorpusError } from "../../errors.ts";
import type { Vocabulary } from "../../text/index.ts";
import type { Part } from "./parts.ts";

/**
 * Encodes a text with a vocabulary that was made from another.
 *
 * @param whose - what the vocabulary belongs to, in words
 * @param mend - how a missing symbol is mended
 * @throws CorpusError naming the text and the symbol, or when there are fewer than 2 symbols
 */
export function encodePart(
  vocabulary: Vocabulary,
  { text, source }: Part,
  { command, whose, mend }: { command: string; whose: string; mend: string },
): Int32Array {
  const ids = encoded(vocabulary, text, source, { command, whose, mend });
  if (ids.length >= 2) return ids;
  throw new CorpusError(`${source} is too short`, {
    where: command,
    expected: "at least 2 symbols: one to read and one to predict",
    got: `${ids.length}`,
    mend: "Use a longer text, or a larger fraction of it",
  });
}

function encoded(
  vocabulary: Vocabulary,
  text: string,
  source: string,
  { command, whose, mend }: { command: string; whose: string; mend: string },
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
