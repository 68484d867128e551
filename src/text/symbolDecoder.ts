/**
 * Integers back to text, one at a time, as a sampler needs it.
 */

/** Turns symbol numbers into text one by one. Made by `Vocabulary.decoder()`. */
export interface SymbolDecoder {
  /** The text that became complete with this symbol; empty while a UTF-8 sequence is unfinished. */
  push(id: number): string;
  /** What was held back; an unfinished UTF-8 sequence comes out as U+FFFD. Starts afresh. */
  end(): string;
}

/** A decoder for symbols that are strings: nothing is ever held back. */
export function stringDecoder(symbolOf: (id: number) => string): SymbolDecoder {
  return { push: symbolOf, end: () => "" };
}

/** A decoder for bytes: it holds back a UTF-8 sequence until its last byte is there. */
export function byteDecoder(checked: (id: number) => number): SymbolDecoder {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const one = new Uint8Array(1);
  return {
    push(id) {
      one[0] = checked(id);
      return decoder.decode(one, { stream: true });
    },
    end: () => decoder.decode(),
  };
}
