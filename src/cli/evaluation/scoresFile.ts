/** The file of --scores: one JSON object per character, in the order of the text. */
import { writeFileAtomicSync } from "../../io/index.ts";
import type { CharScores } from "../../lm/index.ts";
import type { Vocabulary } from "../../text/index.ts";

/** Lines that are joined at once: one string of a long text would be longer than a string can be. */
const LINES = 65536;

/**
 * Writes the scores whole or not at all.
 *
 *   {"position":1,"symbol":"h","nats":2.1}          position: which symbol of the text, from 0, whose first is never predicted
 *
 * @throws OutputError when the file cannot be written
 */
export function writeScores(
  path: string,
  { nats, predictiveEntropy, mutualInformation }: CharScores,
  ids: Int32Array,
  { symbols }: Vocabulary,
): void {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < nats.length; from += LINES) {
    let text = "";
    for (let k = from; k < Math.min(from + LINES, nats.length); k++) {
      text += `${JSON.stringify({
        position: k + 1,
        symbol: symbols[ids[k + 1]!],
        nats: nats[k],
        predictiveEntropy: predictiveEntropy?.[k],
        mutualInformation: mutualInformation?.[k],
      })}\n`;
    }
    pieces.push(encoder.encode(text));
  }
  writeFileAtomicSync(path, joined(pieces));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
