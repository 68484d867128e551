/**
 * What a symbol is: one code point, one grapheme or one byte.
 *
 * Everything that walks over a text symbol by symbol outside the fast path of `Vocabulary` does it here.
 */

/**
 * How a text is cut into symbols.
 *
 * - `char`: Unicode code points, what char-rnn and torch-rnn call a character. The default.
 * - `grapheme`: what a reader calls a character (`Intl.Segmenter`): an emoji with its skin tone, a letter with its accents.
 *   Its borders follow the Unicode version of the runtime, so two runtimes may cut rare sequences differently.
 * - `byte`: the bytes of the UTF-8 encoding, always 256 symbols, so no text is ever outside the vocabulary.
 */
export type Tokenizer = "char" | "grapheme" | "byte";

/** The tokenizers, in the order in which help texts list them. */
export const TOKENIZERS: readonly Tokenizer[] = ["char", "grapheme", "byte"];

/**
 * Yields the symbols of a text as strings, in order.
 *
 * @param tokenizer - `char` or `grapheme`; bytes are numbers, not strings, and have no segments
 * @example [...segments("a\u0301b", "grapheme")].length // 2
 */
export function* segments(text: string, tokenizer: Exclude<Tokenizer, "byte">): Generator<string, void> {
  if (tokenizer === "char") return yield* text;
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const piece of pieces(text)) {
    if (isPlain(piece)) yield* piece;
    else for (const { segment } of segmenter.segment(piece)) yield segment;
  }
}

/**
 * Pieces that end where a grapheme always ends: behind a line feed, or between two ASCII characters that are not CR LF
 * (UAX #29: GB3, GB4 and GB999; all other rules need a character beyond ASCII).
 *
 * The segmenter's time per symbol grows with the length of its string: on Node 20 it makes 1,450 symbols per ms from strings
 * of 400, and 155 from strings of 16,000 (x86-64, November 2026).
 */
function* pieces(text: string, least = 256): Generator<string, void> {
  let start = 0;
  for (let end = least; end < text.length; end++) {
    const before = text.charCodeAt(end - 1);
    if (before !== LF && (before >= 0x80 || before === CR || text.charCodeAt(end) >= 0x80)) continue;
    yield text.slice(start, end);
    start = end;
    end += least - 1;
  }
  if (start < text.length) yield text.slice(start);
}

const LF = 10;
const CR = 13;

/** Whether every character is a grapheme of its own: ASCII without CR, which would join a following LF. */
function isPlain(piece: string): boolean {
  for (let i = 0; i < piece.length; i++) {
    const unit = piece.charCodeAt(i);
    if (unit >= 0x80 || unit === CR) return false;
  }
  return true;
}

/** Orders two strings by their code points; UTF-16 order, which `<` uses, puts U+1F600 before U+FFFD. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Names a symbol for an error message: quoted, with its code points, as in `"é" (U+00E9)`. */
export function symbolName(symbol: string): string {
  const points = [...symbol].map(
    (point) => `U+${point.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return `${JSON.stringify(symbol)} (${points.join(" ")})`;
}
