/** Masks from Philox 4x32-10, four blocks of four words at a time; defined by reference/masks.ts to the bit. */
import { splat, store } from "./simd";


// @ts-ignore: decorator
@inline
function low(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function high(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 1, 3, 5, 7);
}

export function drawMask(y: usize, steps: i32, rows: i32, columns: i32, threshold: u32, kept: f32, key0: u32, key1: u32, counter: u32, lane: u32): void {
  const value = splat(kept);
  const below = i32x4.splat(threshold);
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57);
  for (let t = 0; t < steps; t++) {
    for (let r = 0; r < rows; r++, y += <usize>columns * 4) {
      for (let c = 0; c < columns; c += 16) {
        let c0 = i32x4.add(i32x4.splat((t << 16) + (c >> 2)), i32x4(0, 1, 2, 3));
        let c1 = i32x4.splat(r), c2 = i32x4.splat(counter), c3 = i32x4.splat(lane);
        let k0 = key0, k1 = key1;
        for (let round = 0; round < 10; round++) {
          const e0 = i64x2.extmul_low_i32x4_u(m0, c0), o0 = i64x2.extmul_high_i32x4_u(m0, c0);
          const e1 = i64x2.extmul_low_i32x4_u(m1, c2), o1 = i64x2.extmul_high_i32x4_u(m1, c2);
          c0 = v128.xor(v128.xor(high(e1, o1), c1), i32x4.splat(k0));
          c1 = low(e1, o1);
          c2 = v128.xor(v128.xor(high(e0, o0), c3), i32x4.splat(k1));
          c3 = low(e0, o0);
          k0 += 0x9e3779b9;
          k1 += 0xbb67ae85;
        }
        // lane b of c0..c3 are the four words of block b: transpose to columns
        const p = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5), q = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
        const u = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7), v = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
        const at = y + <usize>c * 4;
        const left = columns - c;
        put(at, v128.shuffle<i32>(p, q, 0, 1, 4, 5), below, value, left);
        if (left > 4) put(at + 16, v128.shuffle<i32>(p, q, 2, 3, 6, 7), below, value, left - 4);
        if (left > 8) put(at + 32, v128.shuffle<i32>(u, v, 0, 1, 4, 5), below, value, left - 8);
        if (left > 12) put(at + 48, v128.shuffle<i32>(u, v, 2, 3, 6, 7), below, value, left - 12);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function put(p: usize, words: v128, below: v128, value: v128, left: i32): void {
  store(p, v128.andnot(value, i32x4.lt_u(words, below)), left);
}
