/** Packing of operands into the order in which the micro-kernels read them. Strides in bytes. */

/** Packs op(B)[k0.., n0..] of size K x N into panels of 8 columns at `out`; the last panel is padded with zeros. */
export function packB(transB: i32, K: i32, N: i32, b: usize, ldb: usize, out: usize): void {
  for (let n = 0; n < N; n += 8) {
    const columns = min(8, N - n);
    if (transB) {
      const rows = b + <usize>n * ldb;
      if (columns == 8) packColumns8(K, rows, ldb, out);
      else {
        for (let k = 0; k < K; k++) {
          for (let j = 0; j < 8; j++) store<f32>(out + <usize>((k << 3) + j) * 4, j < columns ? load<f32>(rows + <usize>j * ldb + <usize>k * 4) : 0);
        }
      }
    } else {
      let from = b + <usize>n * 4;
      let to = out;
      if (columns == 8) {
        for (let k = 0; k < K; k++, from += ldb, to += 32) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
        }
      } else {
        for (let k = 0; k < K; k++, from += ldb, to += 32) {
          for (let j = 0; j < 8; j++) store<f32>(to + <usize>j * 4, j < columns ? load<f32>(from + <usize>j * 4) : 0);
        }
      }
    }
    out += <usize>K * 32;
  }
}

/** Eight rows of length K, transposed into [K][8], four columns at a time. */
function packColumns8(K: i32, rows: usize, ldb: usize, out: usize): void {
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    const at = rows + <usize>k * 4;
    transpose4(at, ldb, out + <usize>k * 32);
    transpose4(at + 4 * ldb, ldb, out + <usize>k * 32 + 16);
  }
  for (; k < K; k++) {
    for (let j = 0; j < 8; j++) store<f32>(out + <usize>((k << 3) + j) * 4, load<f32>(rows + <usize>j * ldb + <usize>k * 4));
  }
}

/** Four rows of four become four columns, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, ld: usize, to: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from + ld), r2 = v128.load(from + 2 * ld), r3 = v128.load(from + 3 * ld);
  const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), q = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const u = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), v = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(p, q, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(u, v, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(u, v, 2, 3, 6, 7), 96);
}

/** Packs K x M of a transposed A (stored [K, M]) into tiles of 6 rows, zero-padded. */
export function packA(K: i32, M: i32, a: usize, lda: usize, out: usize): void {
  for (let k = 0; k < K; k++) {
    const from = a + <usize>k * lda;
    let to = out + <usize>k * 24;
    let i = 0;
    for (; i + 6 <= M; i += 6, to += <usize>K * 24) {
      v128.store(to, v128.load(from + <usize>i * 4));
      store<u64>(to, load<u64>(from + <usize>i * 4, 16), 16);
    }
    if (i < M) {
      for (let j = 0; j < 6; j++) store<f32>(to + <usize>j * 4, i + j < M ? load<f32>(from + <usize>(i + j) * 4) : 0);
    }
  }
}
