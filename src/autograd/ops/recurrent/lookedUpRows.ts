/**
 * The rows of a table that a window looks up under a mask, sorted by symbol: its positions, or its pairs.
 *
 * Under a mask that is tied over time, the masked vector at (t, b) depends on its row of the batch and its symbol alone, and a
 * window has few such pairs: 64 characters of English have about 25 different ones. Positions whose factor is 0 (a type or token
 * that is dropped) are one row more, of factor 0.
 */
import type { Memory, Ptr } from "../../../engine/index.ts";
import type { EmbeddedIds } from "../../embeddedIds.ts";

/** Arrays of the step. */
export interface LookedUpRows {
  /** how many; at least 1 */
  readonly count: number;
  /** int32 [count], ascending: the symbol of each */
  readonly symbols: Ptr;
  /** int32 [count]: its row of the mask, of those of the first gate */
  readonly maskRows: Ptr;
  /** [count] or 0: its factor */
  readonly factors: Ptr;
  /** int32 [count+1]: where its positions begin in `places` */
  readonly starts: Ptr;
  /** int32 [T·B]: positions t·B + b, row after row */
  readonly places: Ptr;
  /** int32 [T·B]: the row of each position */
  readonly rowOf: Ptr;
}

/**
 * Positions in their own order, for a pass to which the order of symbols is nothing: their projections then lie one after
 * another in memory.
 */
export function positionsInOrder(
  { tape, ids, scale }: EmbeddedIds,
  [steps, groups]: readonly [number, number],
): Omit<LookedUpRows, "rowOf"> {
  const count = ids.size;
  const B = ids.shape[1]!;
  const [numbers, maskRows] = [tape.scratch(count + 1), tape.scratch(count)];
  const { memory } = tape.engine;
  const [number, maskRow] = [memory.ints(numbers, count + 1), memory.ints(maskRows, count)];
  for (let n = 0; n <= count; n++) number[n] = n;
  for (let n = 0; n < count; n++) maskRow[n] = maskRowOf(n, B, steps, groups);
  return { count, symbols: ids.ptr, maskRows, factors: scale?.ptr ?? 0, starts: numbers, places: numbers };
}

/** The row of position n in a mask [1|T, 1|G, B, D], of those of the first gate. */
function maskRowOf(n: number, B: number, steps: number, groups: number): number {
  return (steps === 1 ? 0 : Math.floor(n / B) * groups * B) + (n % B);
}

/** The row of each position, and how many rows there are. */
export interface Numbering {
  readonly count: number;
  /** int32 [T·B] */
  readonly rowOf: Ptr;
  /** whether row 0 is what is dropped, whatever its symbol */
  readonly isDroppedFirst: boolean;
}

/** What is read of a window. */
interface Reading {
  readonly id: Int32Array;
  readonly factor: ArrayLike<number> | undefined;
}

function read(memory: Memory, { ids, scale }: EmbeddedIds): Reading {
  return { id: memory.ints(ids.ptr, ids.size), factor: scale && memory.floats(scale.ptr, scale.size) };
}

/** Numbers pairs, by symbol; undefined when positions of one pair have different factors. */
export function numberPairs(x: EmbeddedIds): Numbering | undefined {
  const { tape, table, ids } = x;
  const { memory } = tape.engine;
  const B = ids.shape[1]!;
  const size = 1 + table.shape[0]! * B; // cell 0: what is dropped
  const [rowOf, numbers, factors] = [tape.scratch(ids.size), tape.scratch(size), tape.scratch(size)];
  const { id, factor } = read(memory, x);
  const [row, number] = [memory.ints(rowOf, ids.size), memory.ints(numbers, size).fill(-1)];
  const factorOf = memory.floats(factors, size);
  for (let n = 0; n < id.length; n++) {
    const f = factor ? factor[n]! : 1;
    const cell = f === 0 ? 0 : 1 + id[n]! * B + (n % B);
    if (number[cell] === -1) factorOf[cell] = f;
    else if (factorOf[cell] !== f) return undefined;
    number[cell] = 0;
    row[n] = cell;
  }
  const isDroppedFirst = number[0] === 0;
  let count = 0;
  for (let cell = 0; cell < size; cell++) if (number[cell] === 0) number[cell] = count++;
  for (let n = 0; n < id.length; n++) row[n] = number[row[n]!]!;
  return { count, rowOf, isDroppedFirst };
}

/** Numbers positions, by symbol. */
export function numberPositions(x: EmbeddedIds): Numbering {
  const { tape, table, ids } = x;
  const { memory } = tape.engine;
  const V = table.shape[0]!;
  const [rowOf, firsts] = [tape.scratch(ids.size), tape.scratch(V + 1)];
  const [row, next] = [memory.ints(rowOf, ids.size), memory.ints(firsts, V + 1).fill(0)];
  const { id } = read(memory, x);
  for (let n = 0; n < id.length; n++) next[id[n]! + 1]!++;
  for (let v = 1; v <= V; v++) next[v]! += next[v - 1]!;
  for (let n = 0; n < id.length; n++) row[n] = next[id[n]!]!++;
  return { count: ids.size, rowOf, isDroppedFirst: false };
}

/**
 * Fills in what is known of numbered rows.
 *
 * @param maskShape - [1|T, 1|G, B, D]
 */
export function lookedUpRows(
  x: EmbeddedIds,
  { count, rowOf, isDroppedFirst }: Numbering,
  [steps, groups]: readonly [number, number],
): LookedUpRows {
  const { tape, ids, scale } = x;
  const { memory } = tape.engine;
  const B = ids.shape[1]!;
  const [symbols, maskRows, starts] = [tape.scratch(count), tape.scratch(count), tape.scratch(count + 1)];
  const [places, factors] = [tape.scratch(ids.size), scale ? tape.scratch(count) : 0];
  const { id, factor } = read(memory, x);
  const [symbol, maskRow] = [memory.ints(symbols, count), memory.ints(maskRows, count)];
  const [row, place] = [memory.ints(rowOf, ids.size), memory.ints(places, ids.size)];
  const start = memory.ints(starts, count + 1).fill(0);
  const factorOf = memory.floats(factors, factors ? count : 0);
  for (let n = 0; n < id.length; n++) {
    const r = row[n]!;
    const f = factor ? factor[n]! : 1;
    symbol[r] = isDroppedFirst && r === 0 ? 0 : id[n]!; // sorted
    maskRow[r] = maskRowOf(n, B, steps, groups);
    if (factor) factorOf[r] = f;
    start[r + 1]!++;
  }
  for (let r = 1; r <= count; r++) start[r]! += start[r - 1]!;
  for (let n = 0; n < id.length; n++) place[start[row[n]!]!++] = n;
  start.copyWithin(1, 0, count).fill(0, 0, 1); // each has moved on to where the next one begins
  return { count, symbols, maskRows, factors, starts, places, rowOf };
}
