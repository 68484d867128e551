/**
 * The bytes of a file to a clean text, or a reason why they are not one.
 */

import { CorpusError } from "../errors.ts";
import { invalidUtf8Offset } from "./utf8.ts";

/** A NUL byte this early means that the file is not text; later ones are left to the person. In bytes. */
const BINARY_PROBE = 64 * 1024;
/** V8 holds no longer string (2^29 - 24 units, the same on Node 20 to 26), in characters. */
const LONGEST_STRING = 2 ** 29 - 24;

/**
 * Decodes UTF-8, strips a byte order mark and turns CRLF into LF, so that one book has one vocabulary on every system.
 *
 * @param source - names the file in errors
 * @throws CorpusError when the bytes are empty, binary, too many for one string or not UTF-8
 */
export function decodeText(bytes: Uint8Array, source: string, where: string): string {
  if (bytes.length === 0) {
    throw new CorpusError(`${source} is empty`, { where, expected: "some text", got: "0 bytes" });
  }
  refuseBinary(bytes, source, where);
  if (bytes.length > LONGEST_STRING) {
    throw new CorpusError(`${source} is too large for one string`, {
      where,
      expected: `at most ${LONGEST_STRING} bytes`,
      got: `${bytes.length}`,
      mend: "Train on a part of it",
    });
  }
  const text = decodeUtf8(bytes, source, where);
  return text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
}

function refuseBinary(bytes: Uint8Array, source: string, where: string): void {
  const nul = bytes.subarray(0, BINARY_PROBE).indexOf(0);
  if (nul < 0) return;
  const mark = (bytes[0]! << 8) | (bytes[1] ?? 0);
  const wide = mark === 0xfffe || mark === 0xfeff; // byte order marks of UTF-16
  throw new CorpusError(`${source} is ${wide ? "UTF-16" : "binary"}, not UTF-8 text`, {
    where,
    expected: "text without NUL bytes",
    got: `a NUL byte at offset ${nul}`,
    ...(wide ? { mend: `Convert it with "iconv -f UTF-16 -t UTF-8 ${source} > utf8.txt"` } : {}),
  });
}

function decodeUtf8(bytes: Uint8Array, source: string, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = invalidUtf8Offset(bytes);
    const byte = bytes[offset]?.toString(16).toUpperCase().padStart(2, "0");
    throw new CorpusError(`${source} is not UTF-8`, {
      where,
      expected: "UTF-8 text",
      got: `byte 0x${byte} at offset ${offset}`,
      mend: `Convert it, from Latin-1 for example with "iconv -f LATIN1 -t UTF-8 ${source} > utf8.txt"`,
      cause,
    });
  }
}
