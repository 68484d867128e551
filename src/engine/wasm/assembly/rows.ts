/** Kernels on rows: embedding rows, softmax, cross-entropy; defined by reference/rows.ts. */
import { exp4 } from "./functions";
import { lanesSum, load, madd, splat, store } from "./simd";

export function gatherRows(N: i32, D: i32, ids: usize, table: usize, scale: usize, y: usize): void {
  for (let i = 0; i < N; i++, y += <usize>D * 4) {
    const from = table + <usize>(i32.load(ids + <usize>i * 4) * D) * 4;
    if (!scale) {
      memory.copy(y, from, <usize>D * 4);
      continue;
    }
    const s = splat(f32.load(scale + <usize>i * 4));
    for (let d = 0; d < D; d += 4) store(y + <usize>d * 4, f32x4.mul(s, load(from + <usize>d * 4, D - d)), D - d);
  }
}

/** Columns 0 .. width - 1 of rows of D: a thread takes some columns of all rows, because rows meet in the table. */
export function scatterAddRows(N: i32, D: i32, width: i32, ids: usize, dy: usize, scale: usize, dTable: usize): void {
  for (let i = 0; i < N; i++, dy += <usize>D * 4) {
    const to = dTable + <usize>(i32.load(ids + <usize>i * 4) * D) * 4;
    const s = splat(scale ? f32.load(scale + <usize>i * 4) : 1);
    let d = 0;
    for (; d + 16 <= width; d += 16) {
      const x = dy + <usize>d * 4, sum = to + <usize>d * 4;
      v128.store(sum, madd(s, v128.load(x), v128.load(sum)));
      v128.store(sum, madd(s, v128.load(x, 16), v128.load(sum, 16)), 16);
      v128.store(sum, madd(s, v128.load(x, 32), v128.load(sum, 32)), 32);
      v128.store(sum, madd(s, v128.load(x, 48), v128.load(sum, 48)), 48);
    }
    for (; d < width; d += 4) {
      const at = <usize>d * 4, left = width - d;
      store(to + at, madd(s, load(dy + at, left), load(to + at, left)), left);
    }
  }
}

export function pickScale(N: i32, rows: i32, V: i32, ids: usize, mask: usize, s: usize): void {
  let row = 0;
  for (let i = 0; i < N; i++) {
    f32.store(s + <usize>i * 4, f32.load(mask + <usize>(row * V + i32.load(ids + <usize>i * 4)) * 4));
    if (++row == rows) row = 0;
  }
}

/** The largest of a row; NaN when one is there. */
function rowMax(V: i32, x: usize): f32 {
  let m = splat(-Infinity);
  let v = 0;
  for (; v + 4 <= V; v += 4) m = f32x4.max(m, v128.load(x + <usize>v * 4));
  let max = laneMax(m);
  for (; v < V; v++) max = f32.max(max, f32.load(x + <usize>v * 4));
  return max;
}

// @ts-ignore: decorator
@inline
function laneMax(m: v128): f32 {
  return f32.max(f32.max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)), f32.max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
}

/** y = exp((x - max) inverseTemperature), returns the sum of y. */
function expRow(V: i32, inverseTemperature: f32, max: f32, x: usize, y: usize): f32 {
  const m = splat(max), inverse = splat(inverseTemperature);
  let sums = splat(0);
  let v = 0;
  for (; v + 4 <= V; v += 4) {
    const e = exp4(f32x4.mul(f32x4.sub(v128.load(x + <usize>v * 4), m), inverse));
    v128.store(y + <usize>v * 4, e);
    sums = f32x4.add(sums, e);
  }
  let sum = lanesSum(sums);
  if (v < V) {
    const left = V - v;
    const e = exp4(f32x4.mul(f32x4.sub(load(x + <usize>v * 4, left), m), inverse));
    store(y + <usize>v * 4, e, left);
    sum += f32x4.extract_lane(e, 0);
    if (left > 1) sum += f32x4.extract_lane(e, 1);
    if (left > 2) sum += f32x4.extract_lane(e, 2);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function scaleRow(V: i32, factor: f32, y: usize): void {
  const s = splat(factor);
  for (let v = 0; v < V; v += 4) store(y + <usize>v * 4, f32x4.mul(s, load(y + <usize>v * 4, V - v)), V - v);
}

/** `scratch` is one row [V], used when no delta is wanted. */
export function softmaxCrossEntropy(N: i32, V: i32, logits: usize, targets: usize, losses: usize, delta: usize, scratch: usize): void {
  for (let i = 0; i < N; i++) {
    const target = i32.load(targets + <usize>i * 4);
    const row = logits + <usize>(i * V) * 4;
    const out = delta ? delta + <usize>(i * V) * 4 : scratch;
    if (target < 0) {
      f32.store(losses + <usize>i * 4, 0);
      if (delta) memory.fill(out, 0, <usize>V * 4);
      continue;
    }
    const max = rowMax(V, row);
    const logit = f32.load(row + <usize>target * 4); // read before delta, which may lie on the logits
    const sum = expRow(V, 1, max, row, out);
    f32.store(losses + <usize>i * 4, NativeMathf.log(sum) + (max - logit));
    if (!delta) continue;
    scaleRow(V, 1 / sum, out);
    const at = out + <usize>target * 4;
    f32.store(at, f32.load(at) - 1);
  }
}

export function softmaxRows(N: i32, V: i32, temperature: f32, x: usize, y: usize): void {
  for (let i = 0; i < N; i++) {
    const row = <usize>(i * V) * 4;
    const sum = expRow(V, 1 / temperature, rowMax(V, x + row), x + row, y + row);
    scaleRow(V, 1 / sum, y + row);
  }
}
