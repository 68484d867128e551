/**
 * Rows of a table under masks, where a mask has another value than usual; defined by reference/maskedRows.ts.
 *
 * Weights are taken in panels of 32 gate columns, so that a panel [D, 32] stays in the first-level cache while the rows pass
 * by. What is unusual is listed once and walked for every panel: an entry is a place (in bytes) and its weight. The rows
 * come in portions, so that lists and rows fit in a cache; backward, rows of one symbol are taken 64 at a time.
 */
import { lanesSum, load, madd, splat, store } from "./simd";
import { transpose, transpose4 } from "./transpose";

const PANEL = 32;
const PANEL_BYTES: usize = 128;
const TOGETHER = 64;
/** Panels for which rows are put or gathered at once: they lie far apart, and 128 bytes of each are too few. */
const SIDE = 4;
const ENTRY: usize = 8;

// @ts-ignore: decorator
@inline
function int(p: usize, i: i32): i32 {
  return i32.load(p + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function float(p: usize, i: i32): f32 {
  return f32.load(p + (<usize>i << 2));
}

/** panel[j, k] = weight[k, j] for k < width and j < D. Zeros beyond width. */
function packPanel(width: i32, D: i32, weight: usize, panel: usize): void {
  if (width < PANEL) memory.fill(panel, 0, <usize>D * PANEL_BYTES);
  transpose(width, D, weight, D, panel, PANEL);
}

/** The sums of every row, put at all its places; `columns` gate columns from `weight`, `base` and `z` on. */
export function maskedRowsForward(N: i32, D: i32, columns: i32, ids: usize, maskRows: usize, factors: usize, starts: usize, places: usize, mask: usize, usual: f32, table: usize, weight: usize, base: usize, z: usize, ld: i32, scratch: usize): void {
  const panelBytes = <usize>D * PANEL_BYTES;
  const sums = scratch + <usize>((columns + PANEL - 1) / PANEL) * panelBytes;
  const ends = sums + SIDE * TOGETHER * PANEL_BYTES, entries = ends + TOGETHER * 4;
  for (let k = 0, panel = scratch; k < columns; k += PANEL, panel += panelBytes)
    packPanel(min(PANEL, columns - k), D, weight + <usize>(k * D) * 4, panel);
  for (let first = 0; first < N; first += TOGETHER) {
    const n = min(TOGETHER, N - first);
    listByRow(first, n, D, ids, maskRows, factors, mask, usual, table, ends, entries);
    for (let k = 0, panel = scratch; k < columns; k += SIDE * PANEL) {
      const width = min(SIDE * PANEL, columns - k);
      let sum = sums;
      for (let p = 0; p < width; p += PANEL, panel += panelBytes, sum += TOGETHER * PANEL_BYTES) {
        let entry = entries;
        for (let i = 0; i < n; i++) entry = sumOfEntries(entry, <usize>int(ends, i), panel, sum + <usize>i * PANEL_BYTES);
      }
      for (let i = 0; i < n; i++) {
        const row = sums + <usize>i * PANEL_BYTES;
        if (base) addBase(width, factors ? float(factors, first + i) : 1, base + (<usize>(int(ids, first + i) * ld + k) << 2), row);
        for (let p = int(starts, first + i), end = int(starts, first + i + 1); p < end; p++)
          put(width, row, z + (<usize>(int(places, p) * ld + k) << 2));
      }
    }
  }
}

/** sums[width] += factor base; sums lie as panels of 32 columns side by side */
function addBase(width: i32, factor: f32, base: usize, sums: usize): void {
  const f = splat(factor);
  for (let k = 0; k < width; k += PANEL, sums += TOGETHER * PANEL_BYTES, base += PANEL_BYTES) {
    if (width - k >= PANEL)
      for (let at: usize = 0; at < PANEL_BYTES; at += 32) {
        v128.store(sums + at, madd(f, v128.load(base + at), v128.load(sums + at)));
        v128.store(sums + at, madd(f, v128.load(base + at, 16), v128.load(sums + at, 16)), 16);
      }
    else
      for (let j = 0; j < width - k; j += 4) {
        const at = <usize>j * 4;
        v128.store(sums + at, madd(f, load(base + at, width - k - j), v128.load(sums + at)));
      }
  }
}

/** to[width] = sums */
function put(width: i32, sums: usize, to: usize): void {
  for (let k = 0; k < width; k += PANEL, sums += TOGETHER * PANEL_BYTES, to += PANEL_BYTES) {
    if (width - k >= PANEL) {
      v128.store(to, v128.load(sums)), v128.store(to, v128.load(sums, 16), 16), v128.store(to, v128.load(sums, 32), 32), v128.store(to, v128.load(sums, 48), 48);
      v128.store(to, v128.load(sums, 64), 64), v128.store(to, v128.load(sums, 80), 80), v128.store(to, v128.load(sums, 96), 96), v128.store(to, v128.load(sums, 112), 112);
    } else for (let j = 0; j < width - k; j += 4) store(to + <usize>j * 4, v128.load(sums + <usize>j * 4), width - k - j);
  }
}

/** Entries of row i end at ends[i]: the place of panel row j, and f (m - usual) E[id, j]. */
function listByRow(first: i32, n: i32, D: i32, ids: usize, maskRows: usize, factors: usize, mask: usize, usual: f32, table: usize, ends: usize, entries: usize): void {
  let at = entries;
  for (let i = 0; i < n; i++) {
    const row = first + i;
    const m = mask + (<usize>(int(maskRows, row) * D) << 2), e = table + (<usize>(int(ids, row) * D) << 2);
    const f = factors ? float(factors, row) : 1;
    for (let j = 0; j < D; j++) {
      const value = float(m, j);
      i32.store(at, j << 7);
      f32.store(at, f * (value - usual) * float(e, j), 4);
      at += select(ENTRY, 0, value != usual); // without a branch: nobody can foresee a mask
    }
    i32.store(ends + (<usize>i << 2), <i32>at);
  }
}

/** to[32] = Σ weight · panel row, over entries; returns their end */
// @ts-ignore: decorator
@inline
function sumOfEntries(entry: usize, end: usize, panel: usize, to: usize): usize {
  let a0 = splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (; entry < end; entry += ENTRY) {
    const x = panel + <usize>i32.load(entry), w = v128.load32_splat(entry, 4);
    a0 = madd(w, v128.load(x), a0), a1 = madd(w, v128.load(x, 16), a1), a2 = madd(w, v128.load(x, 32), a2), a3 = madd(w, v128.load(x, 48), a3);
    a4 = madd(w, v128.load(x, 64), a4), a5 = madd(w, v128.load(x, 80), a5), a6 = madd(w, v128.load(x, 96), a6), a7 = madd(w, v128.load(x, 112), a7);
  }
  v128.store(to, a0), v128.store(to, a1, 16), v128.store(to, a2, 32), v128.store(to, a3, 48);
  v128.store(to, a4, 64), v128.store(to, a5, 80), v128.store(to, a6, 96), v128.store(to, a7, 112);
  return end;
}

/**
 * All D columns of the table for gate columns from `weight`, `dz`, `sums` and `total` on. What the gate columns
 * 128 b .. 128 b + 127 give to the table is added at dTables + b V D: who adds them up does so in the same order for every
 * number of threads.
 */
export function maskedRowsBackward(N: i32, V: i32, D: i32, columns: i32, ids: usize, maskRows: usize, factors: usize, starts: usize, places: usize, mask: usize, usual: f32, table: usize, weight: usize, dz: usize, ld: i32, dTables: usize, dWeight: usize, sums: usize, total: usize, portion: i32, scratch: usize): void {
  const panelBytes = <usize>D * PANEL_BYTES;
  const panels = scratch, dPanels = panels + SIDE * panelBytes, gathered = dPanels + SIDE * panelBytes;
  const ends = gathered + SIDE * TOGETHER * PANEL_BYTES, entries = ends + <usize>(portion * D) * 4;
  for (let first = 0; first < N; first += portion) {
    const n = min(portion, N - first);
    listByColumn(first, n, D, ids, maskRows, factors, mask, usual, ends, entries);
    for (let k = 0, dTable = dTables; k < columns; k += SIDE * PANEL, dTable += <usize>(V * D) * 4) {
      const width = min(SIDE * PANEL, columns - k), side = (width + PANEL - 1) / PANEL;
      for (let p = 0; p < side; p++)
        packPanel(min(PANEL, width - p * PANEL), D, weight + <usize>((k + p * PANEL) * D) * 4, panels + <usize>p * panelBytes);
      memory.fill(dPanels, 0, <usize>side * panelBytes);
      let entry = entries, ended = ends;
      for (let i = 0, together = 0; i < n; i += together, ended += <usize>D * 4) {
        together = sameSymbol(ids, first + i, n - i);
        const id = int(ids, first + i), at = <usize>(id * D) << 2;
        for (let r = 0; r < together; r++) {
          const start = int(starts, first + i + r), end = int(starts, first + i + r + 1);
          for (let p = 0; p < side; p++)
            gather(start, end, places, dz + (<usize>(k + p * PANEL) << 2), ld, min(PANEL, width - p * PANEL), gathered + <usize>(p * TOGETHER + r) * PANEL_BYTES);
        }
        for (let p = 0; p < side; p++) {
          const shift = <usize>p * panelBytes, rows = gathered + <usize>p * TOGETHER * PANEL_BYTES;
          const column = k + p * PANEL, left = min(PANEL, columns - column);
          addRows(together, rows, factors ? factors + (<usize>(first + i) << 2) : 0, left, sums + (<usize>(id * ld + column) << 2));
          if (total) addRows(together, rows, 0, left, total + (<usize>column << 2));
          backOfSymbol(D, entry, ended, rows, table + at, panels + shift, dPanels + shift, dTable + at);
        }
        entry = <usize>int(ended, D - 1);
      }
      for (let p = 0; p < side; p++)
        addTurned(min(PANEL, width - p * PANEL), D, dPanels + <usize>p * panelBytes, dWeight + <usize>((k + p * PANEL) * D) * 4, gathered);
    }
  }
}

/** How many of the next rows have the symbol of the first; at most 64. */
// @ts-ignore: decorator
@inline
function sameSymbol(ids: usize, first: i32, left: i32): i32 {
  const most = min(TOGETHER, left), id = int(ids, first);
  let n = 1;
  while (n < most && int(ids, first + n) == id) n++;
  return n;
}

/** to[32] = the sum of dz over places start .. end - 1; zeros beyond `left` columns. */
function gather(start: i32, end: i32, places: usize, dz: usize, ld: i32, left: i32, to: usize): void {
  let a0 = splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  if (left == PANEL) {
    for (let p = start; p < end; p++) {
      const x = dz + (<usize>(int(places, p) * ld) << 2);
      a0 = f32x4.add(a0, v128.load(x)), a1 = f32x4.add(a1, v128.load(x, 16)), a2 = f32x4.add(a2, v128.load(x, 32)), a3 = f32x4.add(a3, v128.load(x, 48));
      a4 = f32x4.add(a4, v128.load(x, 64)), a5 = f32x4.add(a5, v128.load(x, 80)), a6 = f32x4.add(a6, v128.load(x, 96)), a7 = f32x4.add(a7, v128.load(x, 112));
    }
  }
  v128.store(to, a0), v128.store(to, a1, 16), v128.store(to, a2, 32), v128.store(to, a3, 48);
  v128.store(to, a4, 64), v128.store(to, a5, 80), v128.store(to, a6, 96), v128.store(to, a7, 112);
  if (left == PANEL) return;
  for (let p = start; p < end; p++) {
    const x = dz + (<usize>(int(places, p) * ld) << 2);
    for (let k: usize = 0; k < <usize>left * 4; k += 4) f32.store(to + k, f32.load(to + k) + f32.load(x + k));
  }
}

/** y[left] += Σ f_r x[r], over n rows of 32 */
function addRows(n: i32, x: usize, factors: usize, left: i32, y: usize): void {
  let a0 = splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (let r = 0; r < n; r++, x += PANEL_BYTES) {
    const f = splat(factors ? float(factors, r) : 1);
    a0 = madd(f, v128.load(x), a0), a1 = madd(f, v128.load(x, 16), a1), a2 = madd(f, v128.load(x, 32), a2), a3 = madd(f, v128.load(x, 48), a3);
    a4 = madd(f, v128.load(x, 64), a4), a5 = madd(f, v128.load(x, 80), a5), a6 = madd(f, v128.load(x, 96), a6), a7 = madd(f, v128.load(x, 112), a7);
  }
  add(y, a0, left), add(y + 16, a1, left - 4), add(y + 32, a2, left - 8), add(y + 48, a3, left - 12);
  add(y + 64, a4, left - 16), add(y + 80, a5, left - 20), add(y + 96, a6, left - 24), add(y + 112, a7, left - 28);
}

// @ts-ignore: decorator
@inline
function add(y: usize, x: v128, left: i32): void {
  if (left > 0) store(y, f32x4.add(load(y, left), x), left);
}

/** What the rows of one symbol give in one panel; the entries of column j end at ends[j]. */
function backOfSymbol(D: i32, entry: usize, ends: usize, gathered: usize, row: usize, panel: usize, dPanel: usize, dRow: usize): void {
  for (let j = 0; j < D; j++, panel += PANEL_BYTES, dPanel += PANEL_BYTES) {
    const end = <usize>int(ends, j);
    if (entry == end) continue;
    const here = dRow + (<usize>j << 2);
    f32.store(here, f32.load(here) + backOfEntries(entry, end, gathered, float(row, j), panel, dPanel));
    entry = end;
  }
}

/** Entries of column j of the g-th run of rows of one symbol end at ends[g, j]: the place of the row, and f (m - usual). */
function listByColumn(first: i32, n: i32, D: i32, ids: usize, maskRows: usize, factors: usize, mask: usize, usual: f32, ends: usize, entries: usize): void {
  let at = entries;
  for (let i = 0, together = 0; i < n; i += together) {
    together = sameSymbol(ids, first + i, n - i);
    for (let j = 0; j < D; j++, ends += 4) {
      for (let r = 0; r < together; r++) {
        const row = first + i + r;
        const value = float(mask, int(maskRows, row) * D + j);
        i32.store(at, r << 7);
        f32.store(at, (factors ? float(factors, row) : 1) * (value - usual), 4);
        at += select(ENTRY, 0, value != usual);
      }
      i32.store(ends, <i32>at);
    }
  }
}

/** q = Σ weight · gathered row, over entries: dPanel += e q; returns q · panel. */
// @ts-ignore: decorator
@inline
function backOfEntries(entry: usize, end: usize, gathered: usize, e: f32, panel: usize, dPanel: usize): f32 {
  let a0 = splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (; entry < end; entry += ENTRY) {
    const x = gathered + <usize>i32.load(entry), w = v128.load32_splat(entry, 4);
    a0 = madd(w, v128.load(x), a0), a1 = madd(w, v128.load(x, 16), a1), a2 = madd(w, v128.load(x, 32), a2), a3 = madd(w, v128.load(x, 48), a3);
    a4 = madd(w, v128.load(x, 64), a4), a5 = madd(w, v128.load(x, 80), a5), a6 = madd(w, v128.load(x, 96), a6), a7 = madd(w, v128.load(x, 112), a7);
  }
  const s = splat(e);
  v128.store(dPanel, madd(s, a0, v128.load(dPanel))), v128.store(dPanel, madd(s, a1, v128.load(dPanel, 16)), 16);
  v128.store(dPanel, madd(s, a2, v128.load(dPanel, 32)), 32), v128.store(dPanel, madd(s, a3, v128.load(dPanel, 48)), 48);
  v128.store(dPanel, madd(s, a4, v128.load(dPanel, 64)), 64), v128.store(dPanel, madd(s, a5, v128.load(dPanel, 80)), 80);
  v128.store(dPanel, madd(s, a6, v128.load(dPanel, 96)), 96), v128.store(dPanel, madd(s, a7, v128.load(dPanel, 112)), 112);
  const even = madd(a6, v128.load(panel, 96), madd(a4, v128.load(panel, 64), madd(a2, v128.load(panel, 32), f32x4.mul(a0, v128.load(panel)))));
  const odd = madd(a7, v128.load(panel, 112), madd(a5, v128.load(panel, 80), madd(a3, v128.load(panel, 48), f32x4.mul(a1, v128.load(panel, 16)))));
  return lanesSum(f32x4.add(even, odd));
}

/** y[k, j] += x[j, k] for k < width, j < D; rows of x have 32 floats; `room` for 16 floats */
function addTurned(width: i32, D: i32, x: usize, y: usize, room: usize): void {
  const ld = <usize>D * 4;
  let k = 0;
  for (; k + 4 <= width; k += 4) {
    let j = 0;
    for (; j + 4 <= D; j += 4) {
      transpose4(x + <usize>(j * PANEL + k) * 4, PANEL_BYTES, room, 16);
      for (let r: usize = 0; r < 4; r++) {
        const to = y + <usize>k * ld + r * ld + <usize>j * 4;
        v128.store(to, f32x4.add(v128.load(to), v128.load(room + r * 16)));
      }
    }
    for (; j < D; j++) for (let r = 0; r < 4; r++) addOne(x, j, k + r, y, D);
  }
  for (; k < width; k++) for (let j = 0; j < D; j++) addOne(x, j, k, y, D);
}

// @ts-ignore: decorator
@inline
function addOne(x: usize, j: i32, k: i32, y: usize, D: i32): void {
  const to = y + (<usize>(k * D + j) << 2);
  f32.store(to, f32.load(to) + float(x, j * PANEL + k));
}
