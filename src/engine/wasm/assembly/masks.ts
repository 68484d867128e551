/** Masks from Philox 4x32-10, four blocks of four words at a time; defined by reference/masks.ts to the bit. */
import { splat, store } from "./simd";


// @ts-ignore: decorator
@inline
export function low(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
export function high(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 1, 3, 5, 7);
}

/** Rows firstRow .. firstRow + rows - 1 of a mask [steps, allRows, columns]; `y` is its first row here. */
export function drawMask(y: usize, steps: i32, allRows: i32, firstRow: i32, rows: i32, columns: i32, threshold: u32, kept: f32, key0: u32, key1: u32, counter: u32, lane: u32): void {
  const value = splat(kept);
  const below = i32x4.splat(threshold);
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57);
  const skipped = <usize>((allRows - rows) * columns) * 4;
  for (let t = 0; t < steps; t++, y += skipped) {
    for (let r = firstRow; r < firstRow + rows; r++, y += <usize>columns * 4) {
      // two groups of 16 columns side by side, a and b: the rounds of one wait for each other, those of two do not
      for (let c = 0; c < columns; c += 32) {
        let a0 = i32x4.add(i32x4.splat((t << 16) + (c >> 2)), i32x4(0, 1, 2, 3)), b0 = i32x4.add(a0, i32x4.splat(4));
        let a1 = i32x4.splat(r), a2 = i32x4.splat(counter), a3 = i32x4.splat(lane);
        let b1 = a1, b2 = a2, b3 = a3;
        let k0 = key0, k1 = key1;
        for (let round = 0; round < 10; round++) {
          const key = i32x4.splat(k0), key2 = i32x4.splat(k1);
          let e0 = i64x2.extmul_low_i32x4_u(m0, a0), o0 = i64x2.extmul_high_i32x4_u(m0, a0);
          let e1 = i64x2.extmul_low_i32x4_u(m1, a2), o1 = i64x2.extmul_high_i32x4_u(m1, a2);
          a0 = v128.xor(v128.xor(high(e1, o1), a1), key);
          a1 = low(e1, o1);
          a2 = v128.xor(v128.xor(high(e0, o0), a3), key2);
          a3 = low(e0, o0);
          e0 = i64x2.extmul_low_i32x4_u(m0, b0), o0 = i64x2.extmul_high_i32x4_u(m0, b0);
          e1 = i64x2.extmul_low_i32x4_u(m1, b2), o1 = i64x2.extmul_high_i32x4_u(m1, b2);
          b0 = v128.xor(v128.xor(high(e1, o1), b1), key);
          b1 = low(e1, o1);
          b2 = v128.xor(v128.xor(high(e0, o0), b3), key2);
          b3 = low(e0, o0);
          k0 += 0x9e3779b9;
          k1 += 0xbb67ae85;
        }
        const at = y + <usize>c * 4;
        putGroup(at, a0, a1, a2, a3, below, value, columns - c);
        if (columns - c > 16) putGroup(at + 64, b0, b1, b2, b3, below, value, columns - c - 16);
      }
    }
  }
}

/** Lane b of w0..w3 are the four words of block b: transposed to columns, compared and stored. */
// @ts-ignore: decorator
@inline
function putGroup(at: usize, w0: v128, w1: v128, w2: v128, w3: v128, below: v128, value: v128, left: i32): void {
  const p = v128.shuffle<i32>(w0, w1, 0, 4, 1, 5), q = v128.shuffle<i32>(w2, w3, 0, 4, 1, 5);
  const u = v128.shuffle<i32>(w0, w1, 2, 6, 3, 7), v = v128.shuffle<i32>(w2, w3, 2, 6, 3, 7);
  put(at, v128.shuffle<i32>(p, q, 0, 1, 4, 5), below, value, left);
  if (left > 4) put(at + 16, v128.shuffle<i32>(p, q, 2, 3, 6, 7), below, value, left - 4);
  if (left > 8) put(at + 32, v128.shuffle<i32>(u, v, 0, 1, 4, 5), below, value, left - 8);
  if (left > 12) put(at + 48, v128.shuffle<i32>(u, v, 2, 3, 6, 7), below, value, left - 12);
}

// @ts-ignore: decorator
@inline
function put(p: usize, words: v128, below: v128, value: v128, left: i32): void {
  store(p, v128.andnot(value, i32x4.lt_u(words, below)), left);
}
