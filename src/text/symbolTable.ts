/**
 * The fast path from code points to integers: typed arrays instead of a map and a string per character.
 *
 * Below U+10000 a code point is one UTF-16 unit and indexes an array of 65,536 entries (256 KiB); above it, where few
 * texts have more than some emoji, a map is enough.
 */

const BMP = 0x10000;

/** Counts how often each code point occurs: `[code point, count]` pairs in ascending order of code point. */
export function countCodePoints(text: string): [codePoint: number, count: number][] {
  const low = new Float64Array(BMP); // counts below U+10000; float64, exact beyond 2^32
  const high = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit & 0xfc00) === 0xd800 && isLowSurrogate(text, i + 1)) {
      const point = text.codePointAt(i++)!;
      high.set(point, (high.get(point) ?? 0) + 1);
    } else {
      low[unit]!++;
    }
  }
  const counts: [number, number][] = [];
  for (let unit = 0; unit < BMP; unit++) if (low[unit]! > 0) counts.push([unit, low[unit]!]);
  return counts.concat([...high].sort((a, b) => a[0] - b[0]));
}

/** Maps code points to symbol numbers; a code point that has none gets `missing`. */
export class SymbolTable {
  readonly #low: Int32Array; // [65536] symbol number of each UTF-16 unit
  readonly #high: Map<number, number> = new Map();
  readonly #missing: number;

  /**
   * @param symbols - strings of one code point each; its place in the list is a symbol's number
   * @param missing - the number for every other code point; -1 makes `encode` stop there
   */
  constructor(symbols: readonly string[], missing: number) {
    this.#missing = missing;
    this.#low = new Int32Array(BMP).fill(missing);
    for (const [number, symbol] of symbols.entries()) {
      const point = symbol.codePointAt(0)!;
      if (point < BMP) this.#low[point] = number;
      else this.#high.set(point, number);
    }
  }

  /**
   * Encodes a text in one pass.
   *
   * @returns the numbers, one per code point, or where the first code point without a number stands
   */
  encode(text: string): { ids: Int32Array } | { position: number; unit: number } {
    const ids = new Int32Array(text.length); // [at most one per unit]
    let position = 0; // in code points, from 0
    for (let unit = 0; unit < text.length; unit++, position++) {
      const code = text.charCodeAt(unit);
      const pair = (code & 0xfc00) === 0xd800 && isLowSurrogate(text, unit + 1);
      const id = pair ? (this.#high.get(text.codePointAt(unit)!) ?? this.#missing) : this.#low[code]!;
      if (id < 0) return { position, unit };
      ids[position] = id;
      if (pair) unit++;
    }
    return { ids: position === ids.length ? ids : ids.slice(0, position) };
  }
}

function isLowSurrogate(text: string, unit: number): boolean {
  return (text.charCodeAt(unit) & 0xfc00) === 0xdc00; // NaN & … is 0 behind the end
}
