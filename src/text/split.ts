/**
 * One text into training, validation and test parts.
 *
 * The parts are contiguous, in the order of the text, and nothing is shuffled: a recurrent model carries its state from
 * line to line, and shuffled lines would leak the validation text's neighbourhood into training.
 */

import { ConfigError, CorpusError, describe } from "../errors.ts";

/** Fractions count as adding up to 1 when they miss it by no more than this; 0.7 + 0.2 + 0.1 misses it by 1e-16. */
const SUM_TOLERANCE = 1e-6;

/**
 * Cuts a text into contiguous parts.
 *
 * Borders are fractions of the text's length in UTF-16 units, moved forward by one where they would cut a code point in two.
 * The last part takes the remainder, so the parts joined are the text.
 *
 * @param fractions - each above 0, adding up to 1, for example [0.8, 0.1, 0.1]
 * @throws ConfigError when the fractions cannot be used
 * @throws CorpusError when the text is so short that a part would be empty
 * @example const [train, valid] = splitText(text, [0.9, 0.1]);
 */
export function splitText(text: string, fractions: readonly number[]): string[] {
  checkFractions("splitText", fractions);
  const parts: string[] = [];
  let start = 0;
  let sum = 0;
  for (const [index, fraction] of fractions.entries()) {
    sum += fraction;
    const end =
      index === fractions.length - 1 ? text.length : symbolBorder(text, Math.round(sum * text.length));
    if (end <= start) {
      throw new CorpusError("the text is too short to split", {
        where: "splitText",
        expected: `at least one symbol in each of ${fractions.length} parts of ${fractions.join(", ")}`,
        got: `a text of ${text.length} characters`,
        mend: "Use a longer text or larger fractions",
      });
    }
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

/**
 * Reads the fractions from a command line: two (train, valid) or three (train, valid, test).
 *
 * @param where - names the flag in errors
 * @throws ConfigError when they are not two or three numbers above 0 that add up to 1
 * @example parseSplit("0.8,0.1,0.1") // [0.8, 0.1, 0.1]
 */
export function parseSplit(value: string, where = "parseSplit"): number[] {
  const fractions = value.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (fractions.length < 2 || fractions.length > 3 || fractions.some(Number.isNaN)) {
    throw new ConfigError("the split cannot be read", {
      where,
      expected: "two fractions (train, valid) or three (train, valid, test), with commas",
      got: describe(value),
      mend: "For example 0.8,0.1,0.1",
    });
  }
  checkFractions(where, fractions);
  return fractions;
}

function checkFractions(where: string, fractions: readonly number[]): void {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  const positive = fractions.every((fraction) => Number.isFinite(fraction) && fraction > 0);
  if (positive && Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  throw new ConfigError("the fractions of a split must be above 0 and add up to 1", {
    where,
    expected: "numbers above 0 with the sum 1",
    got: `${describe(fractions)}${positive ? ` with the sum ${Number(sum.toFixed(6))}` : ""}`,
    mend: "For example 0.8, 0.1, 0.1",
  });
}

/** The first border between code points at or behind `unit`. */
function symbolBorder(text: string, unit: number): number {
  const insidePair =
    (text.charCodeAt(unit) & 0xfc00) === 0xdc00 && (text.charCodeAt(unit - 1) & 0xfc00) === 0xd800;
  return insidePair ? unit + 1 : unit;
}
