/**
 * Bytes to text, saying where bytes that are not UTF-8 stand. `TextDecoder` finds them, but does not say where.
 */

/**
 * The offset of the first byte that does not begin a well-formed UTF-8 sequence, or -1 when there is none.
 *
 * Source: The Unicode Standard, table 3-7 (well-formed UTF-8 byte sequences) · differs from it in: nothing
 */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Bytes in the well-formed sequence at `at`: 1 to 4, or 0 when it is not well-formed. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  // The second byte is narrower behind E0 and F0 (overlong forms), ED (surrogates) and F4 (above U+10FFFF).
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1]!;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  return length;
}
