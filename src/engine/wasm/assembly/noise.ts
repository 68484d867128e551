/** Numbers from tables of quantiles, four Philox blocks of eight numbers at a time; and masks that stay. Defined by reference/masks.ts to the bit. */
import { high, low } from "./masks";
import { load, store } from "./simd";

/** Rows firstRow .. firstRow + rows - 1 of noise [steps, .., columns]; `y` is its first row here, `stepSize` floats lie between steps. */
export function drawNoise(y: usize, steps: i32, stepSize: i32, firstRow: i32, rows: i32, columns: i32, table: usize, mean: f64, scale: f64, key0: u32, key1: u32, counter: u32, lane: u32): void {
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57);
  for (let t = 0; t < steps; t++, y += <usize>stepSize * 4) {
    for (let r = 0; r < rows; r++) {
      const row = y + <usize>(r * columns) * 4;
      for (let c = 0; c < columns; c += 32) {
        let a0 = i32x4.add(i32x4.splat((t << 16) + (c >> 3)), i32x4(0, 1, 2, 3));
        let a1 = i32x4.splat(firstRow + r), a2 = i32x4.splat(counter), a3 = i32x4.splat(lane);
        let k0 = key0, k1 = key1;
        for (let round = 0; round < 10; round++) {
          const e0 = i64x2.extmul_low_i32x4_u(m0, a0), o0 = i64x2.extmul_high_i32x4_u(m0, a0);
          const e1 = i64x2.extmul_low_i32x4_u(m1, a2), o1 = i64x2.extmul_high_i32x4_u(m1, a2);
          a0 = v128.xor(v128.xor(high(e1, o1), a1), i32x4.splat(k0));
          a1 = low(e1, o1);
          a2 = v128.xor(v128.xor(high(e0, o0), a3), i32x4.splat(k1));
          a3 = low(e0, o0);
          k0 += 0x9e3779b9;
          k1 += 0xbb67ae85;
        }
        // lane b of a0..a3 are the four words of block b: turned, so that each vector has those of one block
        const p = v128.shuffle<i32>(a0, a1, 0, 4, 1, 5), q = v128.shuffle<i32>(a2, a3, 0, 4, 1, 5);
        const u = v128.shuffle<i32>(a0, a1, 2, 6, 3, 7), v = v128.shuffle<i32>(a2, a3, 2, 6, 3, 7);
        const at = row + <usize>c * 4, left = columns - c;
        putBlock(at, v128.shuffle<i32>(p, q, 0, 1, 4, 5), table, mean, scale, left);
        if (left > 8) putBlock(at + 32, v128.shuffle<i32>(p, q, 2, 3, 6, 7), table, mean, scale, left - 8);
        if (left > 16) putBlock(at + 64, v128.shuffle<i32>(u, v, 0, 1, 4, 5), table, mean, scale, left - 16);
        if (left > 24) putBlock(at + 96, v128.shuffle<i32>(u, v, 2, 3, 6, 7), table, mean, scale, left - 24);
      }
    }
  }
}

/** Eight numbers of four words, or the first `left`. */
function putBlock(at: usize, words: v128, table: usize, mean: f64, scale: f64, left: i32): void {
  const w0 = i32x4.extract_lane(words, 0), w1 = i32x4.extract_lane(words, 1), w2 = i32x4.extract_lane(words, 2), w3 = i32x4.extract_lane(words, 3);
  store(at, four(w0, w1, table, mean, scale), left);
  if (left > 4) store(at + 16, four(w2, w3, table, mean, scale), left - 4);
}

// @ts-ignore: decorator
@inline
function four(a: u32, b: u32, table: usize, mean: f64, scale: f64): v128 {
  const x = f32x4.splat(number(a, table, mean, scale));
  const y = f32x4.replace_lane(x, 1, number(a >> 16, table, mean, scale));
  return f32x4.replace_lane(f32x4.replace_lane(y, 2, number(b, table, mean, scale)), 3, number(b >> 16, table, mean, scale));
}

/** mean ± scale q, by fifteen bits and a sign */
// @ts-ignore: decorator
@inline
function number(bits: u32, table: usize, mean: f64, scale: f64): f32 {
  const size = scale * f64.load(table + (<usize>(bits & 0x7fff) << 3));
  return <f32>(mean + reinterpret<f64>(reinterpret<u64>(size) ^ (<u64>(bits & 0x8000) << 48)));
}

/** y[t, k] = y[t-1, k] where fresh[t, k] is 0, for n numbers of each step, which lie `size` floats apart */
export function holdSteps(steps: i32, size: i32, n: i32, fresh: usize, y: usize): void {
  const between = <usize>size * 4;
  for (let t = 1; t < steps; t++) {
    fresh += between;
    y += between;
    for (let k = 0; k < n; k += 4) {
      const at = <usize>k * 4, left = n - k;
      const isHeld = f32x4.eq(load(fresh + at, left), f32x4.splat(0));
      store(y + at, v128.bitselect(load(y + at - between, left), load(y + at, left), isHeld), left);
    }
  }
}
