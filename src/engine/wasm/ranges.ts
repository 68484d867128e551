/** Cutting work into parts for several threads. What is computed does not depend on the cuts. */

/** From and length of one part. */
export type Range = readonly [from: number, length: number];

/** At most `parts` neighbouring ranges that cover n; all but the last begin and end at multiples of `grain`. */
export function ranges(n: number, parts: number, grain: number): Range[] {
  const each = Math.ceil(n / grain / parts) * grain;
  const result: Range[] = [];
  for (let from = 0; from < n; from += each) result.push([from, Math.min(each, n - from)]);
  return result;
}
