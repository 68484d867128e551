/** The definition of rows of a table under masks: what a mask's unusual numbers add. */
import type { MaskedRows, MaskedRowsGradients, Ptr } from "../engine.ts";
import type { Memory } from "../memory.ts";

export function maskedRowsForward(memory: Memory, given: MaskedRows, base: Ptr, z: Ptr): void {
  const { f } = memory;
  const { columns, ld, D, table, weight } = given;
  eachRow(memory, given, ({ id, places, factor, differences }) => {
    for (let k = 0; k < columns; k++) {
      let sum = base ? factor * f[base + id * ld + k]! : 0;
      for (let j = 0; j < D; j++)
        sum += factor * differences(j) * f[table + id * D + j]! * f[weight + k * D + j]!;
      for (const place of places) f[z + place * ld + k] = sum;
    }
  });
}

export function maskedRowsBackward(
  memory: Memory,
  given: MaskedRows,
  dz: Ptr,
  { dTable, dWeight, sums, total }: MaskedRowsGradients,
): void {
  const { f } = memory;
  const { columns, ld, D, table, weight } = given;
  eachRow(memory, given, ({ id, places, factor, differences }) => {
    for (let k = 0; k < columns; k++) {
      const g = places.reduce((sum, place) => sum + f[dz + place * ld + k]!, 0);
      for (let j = 0; j < D; j++) {
        const d = factor * differences(j) * g;
        f[dTable + id * D + j]! += f[weight + k * D + j]! * d;
        f[dWeight + k * D + j]! += f[table + id * D + j]! * d;
      }
      f[sums + id * ld + k]! += factor * g;
      if (total) f[total + k]! += g;
    }
  });
}

interface Row {
  readonly id: number;
  readonly places: Int32Array;
  readonly factor: number;
  /** m_j - usual */
  readonly differences: (j: number) => number;
}

function eachRow(
  memory: Memory,
  { N, D, ids, maskRows, factors, starts, places, mask, usual }: MaskedRows,
  visit: (row: Row) => void,
): void {
  const { f } = memory;
  const [id, maskRow, start] = [memory.ints(ids, N), memory.ints(maskRows, N), memory.ints(starts, N + 1)];
  for (let i = 0; i < N; i++) {
    const m = mask + maskRow[i]! * D;
    visit({
      id: id[i]!,
      places: memory.ints(places, start[N]!).subarray(start[i]!, start[i + 1]!),
      factor: factors ? f[factors + i]! : 1,
      differences: (j) => f[m + j]! - usual,
    });
  }
}
