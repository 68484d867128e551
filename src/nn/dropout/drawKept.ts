/**
 * The units that a mask for all rows of a batch keeps: drawn on the host, which must know how many they are.
 *
 *   unit c is kept when u_c >= rate, u_c being word (c mod 4) of Philox(key; c div 4, 0, counter, lane)
 *
 * These are the units that `drawMask` keeps in row 0 at step 0. When it would keep none, the unit with the largest u_c is
 * kept: the one that came nearest. That happens with probability rate^columns.
 */
import { dropThreshold, type MaskDraw, philox } from "../../engine/index.ts";

/** The numbers of the kept units, ascending, at least one. */
export function drawKept({
  columns,
  rate,
  key,
  counter,
  lane,
}: Pick<MaskDraw, "columns" | "rate" | "key" | "counter" | "lane">): number[] {
  const words = new Uint32Array(4);
  const threshold = dropThreshold(rate);
  const kept: number[] = [];
  let nearest = { unit: 0, word: -1 };
  for (let unit = 0; unit < columns; unit++) {
    if (unit % 4 === 0) philox(key[0], key[1], unit >> 2, 0, counter, lane, words);
    const word = words[unit % 4]!;
    if (word >= threshold) kept.push(unit);
    if (word > nearest.word) nearest = { unit, word };
  }
  return kept.length > 0 ? kept : [nearest.unit];
}
