/**
 * Packing of operands into the order in which the micro-kernels read them. Strides in bytes.
 *
 *   B: panels of 8 columns, [K][8] each, the last padded with zeros
 *   A: tiles of rows one after the other, [K][R] each: as many of MR rows as possible, then some of 4, then single rows
 */
import { MR } from "./tiles";
import { transpose4 } from "./transpose";

/** How M rows are cut: tiles of MR rows, of 4, and single rows. As few fours as leave no single row, where M allows it. */
export function countFours(M: i32): i32 {
  for (let fours = 0; fours < MR && 4 * fours <= M; fours++) if ((M - 4 * fours) % MR == 0) return fours;
  return (M % MR) / 4;
}

/** The height of the tile at row m of M. */
// @ts-ignore: decorator
@inline
export function tileRows(M: i32, m: i32, fours: i32): i32 {
  const large = ((M - 4 * fours) / MR) * MR;
  return m < large ? MR : m < large + 4 * fours ? 4 : 1;
}

/** Packs op(A)[m.., k..] of size M x K: A stored by rows, or transposed as [K, M]. Takes M K floats at `out`. */
export function packA(transA: i32, M: i32, K: i32, a: usize, lda: usize, out: usize): void {
  const fours = countFours(M);
  for (let m = 0; m < M; ) {
    const R = tileRows(M, m, fours);
    if (transA) packTransposedTile(R, K, a + <usize>m * 4, lda, out);
    else packTile(R, K, a + <usize>m * lda, lda, out);
    out += <usize>(R * K) * 4;
    m += R;
  }
}

/** R rows of length K, transposed into [K][R]. */
function packTile(R: i32, K: i32, a: usize, lda: usize, out: usize): void {
  if (R == 1) {
    memory.copy(out, a, <usize>K * 4);
    return;
  }
  const step = <usize>R * 4;
  let k = 0;
  for (; k + 4 <= K; k += 4, a += 16, out += 4 * step) {
    transpose4(a, lda, out, step);
    for (let r = 4; r < R; r++) {
      const row = v128.load(a + <usize>r * lda);
      const at = out + <usize>r * 4;
      v128.store32_lane(at, row, 0);
      v128.store32_lane(at + step, row, 1);
      v128.store32_lane(at + 2 * step, row, 2);
      v128.store32_lane(at + 3 * step, row, 3);
    }
  }
  for (; k < K; k++, a += 4, out += step) {
    for (let r = 0; r < R; r++) store<f32>(out + <usize>r * 4, load<f32>(a + <usize>r * lda));
  }
}

/** K rows of which the first R elements are taken. */
function packTransposedTile(R: i32, K: i32, a: usize, lda: usize, out: usize): void {
  for (let k = 0; k < K; k++, a += lda, out += <usize>R * 4) {
    let r = 0;
    if (R >= 4) {
      v128.store(out, v128.load(a));
      r = 4;
    }
    for (; r < R; r++) store<f32>(out + <usize>r * 4, load<f32>(a + <usize>r * 4));
  }
}

/** Packs op(B)[k0.., n0..] of size K x N into panels of 8 columns at `out`. */
export function packB(transB: i32, K: i32, N: i32, b: usize, ldb: usize, out: usize): void {
  for (let n = 0; n < N; n += 8) {
    const columns = min(8, N - n);
    if (transB) packPanelTransposed(columns, K, b + <usize>n * ldb, ldb, out);
    else packPanel(columns, K, b + <usize>n * 4, ldb, out);
    out += <usize>K * 32;
  }
}

function packPanel(columns: i32, K: i32, from: usize, ldb: usize, to: usize): void {
  for (let k = 0; k < K; k++, from += ldb, to += 32) {
    if (columns == 8) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    } else {
      for (let j = 0; j < 8; j++) store<f32>(to + <usize>j * 4, j < columns ? load<f32>(from + <usize>j * 4) : 0);
    }
  }
}

function packPanelTransposed(columns: i32, K: i32, rows: usize, ldb: usize, out: usize): void {
  let k = 0;
  if (columns == 8) {
    for (; k + 4 <= K; k += 4) {
      const at = rows + <usize>k * 4;
      transpose4(at, ldb, out + <usize>k * 32, 32);
      transpose4(at + 4 * ldb, ldb, out + <usize>k * 32 + 16, 32);
    }
  }
  for (; k < K; k++) {
    for (let j = 0; j < 8; j++) {
      store<f32>(out + <usize>((k << 3) + j) * 4, j < columns ? load<f32>(rows + <usize>j * ldb + <usize>k * 4) : 0);
    }
  }
}
