/** Some columns of a matrix: the units that a mask tied over the batch has kept. */
import { splat } from "./simd";

/** y[n, k] = scale x[n, kept[k]] for x [N, D], y [N, K] */
export function gatherColumns(N: i32, D: i32, K: i32, kept: usize, scale: f32, x: usize, y: usize): void {
  const s = splat(scale);
  for (let n = 0; n < N; n++, x += <usize>D * 4, y += <usize>K * 4) {
    let k = 0;
    for (; k + 4 <= K; k += 4) {
      const at = kept + <usize>k * 4;
      let v = v128.load32_zero(x + (<usize>i32.load(at) << 2));
      v = v128.load32_lane(x + (<usize>i32.load(at, 4) << 2), v, 1);
      v = v128.load32_lane(x + (<usize>i32.load(at, 8) << 2), v, 2);
      v = v128.load32_lane(x + (<usize>i32.load(at, 12) << 2), v, 3);
      v128.store(y + <usize>k * 4, f32x4.mul(v, s));
    }
    for (; k < K; k++) f32.store(y + <usize>k * 4, f32.load(x + (<usize>i32.load(kept + <usize>k * 4) << 2)) * scale);
  }
}

/** x[n, kept[k]] += scale y[n, k]; no unit is kept twice */
export function scatterAddColumns(N: i32, D: i32, K: i32, kept: usize, scale: f32, y: usize, x: usize): void {
  for (let n = 0; n < N; n++, x += <usize>D * 4, y += <usize>K * 4) {
    for (let k = 0; k < K; k++) {
      const at = x + (<usize>i32.load(kept + <usize>k * 4) << 2);
      f32.store(at, f32.load(at) + f32.load(y + <usize>k * 4) * scale);
    }
  }
}
