/**
 * Layer normalisation of rows; defined by reference/layerNorm.ts.
 *
 * A row is summed in four times four lanes, joined in a fixed order: one sum after the other would wait for itself. The mean
 * comes first and the squares after it, because Σx² - n mean² loses what is left where a row is nearly even.
 */
import { maskMul, mulAdd } from "./elementwise";
import { lanesSum, load, loadTail, madd, splat, store, storeTail } from "./simd";

/** Σ x[n] */
function sumOfRow(n: i32, x: usize): f32 {
  let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 16; n -= 16, x += 64) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    s2 = f32x4.add(s2, v128.load(x, 32));
    s3 = f32x4.add(s3, v128.load(x, 48));
  }
  for (; n > 0; n -= 4, x += 16) s0 = f32x4.add(s0, load(x, n));
  return lanesSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** Σ (x[n] - mean)² */
function squaresOfRow(n: i32, x: usize, mean: f32): f32 {
  const m = splat(mean);
  let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 16; n -= 16, x += 64) {
    const a = f32x4.sub(v128.load(x), m), b = f32x4.sub(v128.load(x, 16), m);
    const c = f32x4.sub(v128.load(x, 32), m), d = f32x4.sub(v128.load(x, 48), m);
    s0 = madd(a, a, s0);
    s1 = madd(b, b, s1);
    s2 = madd(c, c, s2);
    s3 = madd(d, d, s3);
  }
  for (; n >= 4; n -= 4, x += 16) {
    const a = f32x4.sub(v128.load(x), m);
    s0 = madd(a, a, s0);
  }
  let sum = lanesSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; n > 0; n--, x += 4) {
    const a = f32.load(x) - mean;
    sum += a * a;
  }
  return sum;
}

/** y = (x - mean) / √(var + ε) for one row, which y may be; returns 1/√(var + ε). */
export function normaliseRow(n: i32, x: usize, epsilon: f32, y: usize): f32 {
  const mean = sumOfRow(n, x) / <f32>n;
  const inverse: f32 = 1 / f32.sqrt(squaresOfRow(n, x, mean) / <f32>n + epsilon);
  const m = splat(mean), scale = splat(inverse);
  for (; n >= 4; n -= 4, x += 16, y += 16) v128.store(y, f32x4.mul(f32x4.sub(v128.load(x), m), scale));
  if (n > 0) storeTail(y, f32x4.mul(f32x4.sub(loadTail(x, n), m), scale), n);
  return inverse;
}

/** α dy, or dy when there is no α */
// @ts-ignore: decorator
@inline
function gained(gain: usize, dy: usize, at: usize, left: i32): v128 {
  return gain ? f32x4.mul(load(gain + at, left), load(dy + at, left)) : load(dy + at, left);
}

/** dx = or += inverse (g - mean g - x̂ mean(g x̂)) for one row, g = α dy; dx may be dy. */
export function normaliseRowBackward(n: i32, dy: usize, gain: usize, normalised: usize, inverse: f32, dx: usize, accumulate: i32): void {
  let s0 = splat(0), s1 = s0, p0 = s0, p1 = s0;
  let at: usize = 0, left = n;
  for (; left >= 8; left -= 8, at += 32) {
    const a = gained(gain, dy, at, 4), b = gained(gain, dy, at + 16, 4);
    s0 = f32x4.add(s0, a);
    s1 = f32x4.add(s1, b);
    p0 = madd(a, v128.load(normalised + at), p0);
    p1 = madd(b, v128.load(normalised + at, 16), p1);
  }
  for (; left > 0; left -= 4, at += 16) {
    const a = gained(gain, dy, at, left);
    s0 = f32x4.add(s0, a);
    p0 = madd(a, load(normalised + at, left), p0);
  }
  const mean = splat(lanesSum(f32x4.add(s0, s1)) / <f32>n);
  const along = splat(lanesSum(f32x4.add(p0, p1)) / <f32>n);
  const scale = splat(inverse);
  at = 0;
  for (left = n; left >= 4; left -= 4, at += 16) fourBack(4, at, dy, gain, normalised, mean, along, scale, dx, accumulate);
  if (left > 0) fourBack(left, at, dy, gain, normalised, mean, along, scale, dx, accumulate);
}

// @ts-ignore: decorator
@inline
function fourBack(left: i32, at: usize, dy: usize, gain: usize, normalised: usize, mean: v128, along: v128, scale: v128, dx: usize, accumulate: i32): void {
  const centred = f32x4.sub(gained(gain, dy, at, left), mean);
  const d = f32x4.mul(scale, f32x4.sub(centred, f32x4.mul(load(normalised + at, left), along)));
  store(dx + at, accumulate ? f32x4.add(load(dx + at, left), d) : d, left);
}

export function layerNorm(N: i32, D: i32, ld: i32, x: usize, gain: usize, bias: usize, epsilon: f32, normalised: usize, inverse: usize, y: usize): void {
  for (let i = 0; i < N; i++) {
    const row = <usize>(i * ld) * 4;
    const from = normalised + row, to = y + row;
    f32.store(inverse + <usize>i * 4, normaliseRow(D, x + row, epsilon, from));
    if (!gain && !bias) {
      memory.copy(to, from, <usize>D * 4);
      continue;
    }
    for (let left = D, at: usize = 0; left > 0; left -= 4, at += 16) {
      let v = load(from + at, left);
      if (gain) v = f32x4.mul(load(gain + at, left), v);
      if (bias) v = f32x4.add(v, load(bias + at, left));
      store(to + at, v, left);
    }
  }
}

export function layerNormBackward(N: i32, D: i32, ld: i32, dy: usize, gain: usize, normalised: usize, inverse: usize, dx: usize, accumulate: i32): void {
  for (let i = 0; i < N; i++) {
    const row = <usize>(i * ld) * 4;
    normaliseRowBackward(D, dy + row, gain, normalised + row, f32.load(inverse + <usize>i * 4), dx + row, accumulate);
  }
}

/** y[d] += Σ a[n, d] b[n, d] for columns 0 .. width - 1 of rows of D: a thread takes some columns of all rows. */
export function sumProducts(N: i32, D: i32, width: i32, a: usize, b: usize, y: usize): void {
  const row = <usize>D * 4;
  for (let i = 0; i < N; i++, a += row, b += row) mulAdd(width, a, b, y);
}

/**
 * Products with U [rows, G H] of one step, made where their x̂ is kept, become x̂: the first `width` columns as one row of a
 * normalisation, what is left of G H as another. Their 1/√(var + ε) go to inverse and to inverse + TB bytes.
 */
export function normaliseProducts(rows: i32, GH: i32, width: i32, products: usize, epsilon: f32, inverse: usize, TB: usize): void {
  for (let b = 0; b < rows; b++) {
    const row = products + <usize>(b * GH) * 4, to = inverse + <usize>b * 4;
    f32.store(to, normaliseRow(width, row, epsilon, row));
    const rest = row + <usize>width * 4;
    if (width < GH) f32.store(to + TB, normaliseRow(GH - width, rest, epsilon, rest));
  }
}

/** From da [rows, G H], the gradient of α x̂, to that of the products, dp; arguments as above. */
export function normaliseProductsBackward(rows: i32, GH: i32, width: i32, da: usize, gain: usize, normalised: usize, inverse: usize, TB: usize, dp: usize): void {
  const rest = <usize>width * 4;
  for (let b = 0; b < rows; b++) {
    const row = <usize>(b * GH) * 4, from = inverse + <usize>b * 4;
    normaliseRowBackward(width, da + row, gain, normalised + row, f32.load(from), dp + row, 0);
    if (width < GH) {
      const at = row + rest;
      normaliseRowBackward(GH - width, da + at, gain + rest, normalised + at, f32.load(from + TB), dp + at, 0);
    }
  }
}

/** z[rows, n] += α x̂, row by row */
export function addGained(rows: i32, n: i32, gain: usize, normalised: usize, z: usize): void {
  for (let b = 0; b < rows; b++) mulAdd(n, gain, normalised + <usize>(b * n) * 4, z + <usize>(b * n) * 4);
}

/** y[rows, n] = α x̂, row by row */
export function gainRows(rows: i32, n: i32, gain: usize, normalised: usize, y: usize): void {
  for (let b = 0; b < rows; b++) maskMul(1, n, normalised + <usize>(b * n) * 4, gain, 1, y + <usize>(b * n) * 4, 0);
}
