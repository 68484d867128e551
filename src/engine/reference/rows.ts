/** The definition of the kernels on rows: embedding rows, softmax, cross-entropy. */
import type { Ptr } from "../engine.ts";
import type { Memory } from "../memory.ts";

export function gatherRows(
  memory: Memory,
  N: number,
  D: number,
  ids: Ptr,
  table: Ptr,
  scale: Ptr,
  y: Ptr,
): void {
  const { f } = memory;
  const id = memory.ints(ids, N);
  for (let i = 0; i < N; i++) {
    const s = scale ? f[scale + i]! : 1;
    for (let d = 0; d < D; d++) f[y + i * D + d] = s * f[table + id[i]! * D + d]!;
  }
}

export function scatterAddRows(
  memory: Memory,
  N: number,
  D: number,
  ids: Ptr,
  dy: Ptr,
  scale: Ptr,
  dTable: Ptr,
): void {
  const { f } = memory;
  const id = memory.ints(ids, N);
  for (let i = 0; i < N; i++) {
    const s = scale ? f[scale + i]! : 1;
    for (let d = 0; d < D; d++) f[dTable + id[i]! * D + d]! += s * f[dy + i * D + d]!;
  }
}

export function gatherColumns(
  memory: Memory,
  N: number,
  D: number,
  K: number,
  kept: Ptr,
  scale: number,
  x: Ptr,
  y: Ptr,
): void {
  const { f } = memory;
  const column = memory.ints(kept, K);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) f[y + n * K + k] = scale * f[x + n * D + column[k]!]!;
  }
}

export function scatterAddColumns(
  memory: Memory,
  N: number,
  D: number,
  K: number,
  kept: Ptr,
  scale: number,
  y: Ptr,
  x: Ptr,
): void {
  const { f } = memory;
  const column = memory.ints(kept, K);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) f[x + n * D + column[k]!]! += scale * f[y + n * K + k]!;
  }
}

export function pickScale(
  memory: Memory,
  N: number,
  rows: number,
  V: number,
  ids: Ptr,
  mask: Ptr,
  s: Ptr,
): void {
  const { f } = memory;
  const id = memory.ints(ids, N);
  for (let i = 0; i < N; i++) f[s + i] = f[mask + (i % rows) * V + id[i]!]!;
}

export function softmaxCrossEntropy(
  memory: Memory,
  N: number,
  V: number,
  logits: Ptr,
  targets: Ptr,
  losses: Ptr,
  delta: Ptr,
): void {
  const { f } = memory;
  const target = memory.ints(targets, N);
  for (let i = 0; i < N; i++) {
    const row = logits + i * V;
    const scored = target[i]! >= 0;
    const { max, sum } = maxAndSum(f, row, V, 1);
    f[losses + i] = scored ? Math.log(sum) + max - f[row + target[i]!]! : 0;
    if (!delta) continue;
    for (let v = 0; v < V; v++) {
      const p = Math.exp(f[row + v]! - max) / sum;
      f[delta + i * V + v] = scored ? p - (v === target[i] ? 1 : 0) : 0;
    }
  }
}

export function softmaxRows(memory: Memory, N: number, V: number, temperature: number, x: Ptr, y: Ptr): void {
  const { f } = memory;
  for (let i = 0; i < N; i++) {
    const { max, sum } = maxAndSum(f, x + i * V, V, temperature);
    for (let v = 0; v < V; v++) f[y + i * V + v] = Math.exp((f[x + i * V + v]! - max) / temperature) / sum;
  }
}

function maxAndSum(
  f: ArrayLike<number>,
  row: number,
  V: number,
  temperature: number,
): { max: number; sum: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < V; v++) max = Math.max(max, f[row + v]!);
  let sum = 0;
  for (let v = 0; v < V; v++) sum += Math.exp((f[row + v]! - max) / temperature);
  return { max, sum };
}
