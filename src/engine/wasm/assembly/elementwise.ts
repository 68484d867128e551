/** Elementwise kernels, data movement and sums; defined by reference/elementwise.ts. */
import { exp4, sigmoid4, tanh4 } from "./functions";
import { load, madd, splat, store } from "./simd";

export function fill(n: i32, y: usize, value: f32): void {
  const v = splat(value);
  for (let k = 0; k < n; k += 4) store(y + <usize>k * 4, v, n - k);
}

export function scale(n: i32, alpha: f32, x: usize, y: usize): void {
  const a = splat(alpha);
  for (let k = 0; k < n; k += 4) store(y + <usize>k * 4, f32x4.mul(a, load(x + <usize>k * 4, n - k)), n - k);
}

export function axpy(n: i32, alpha: f32, x: usize, y: usize): void {
  const a = splat(alpha);
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    store(y + at, madd(a, load(x + at, left), load(y + at, left)), left);
  }
}

export function mulAdd(n: i32, a: usize, b: usize, y: usize): void {
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    store(y + at, madd(load(a + at, left), load(b + at, left), load(y + at, left)), left);
  }
}

/** log of each lane; taken one by one, because nothing that is trained takes many logarithms. */
function log4(x: v128): v128 {
  let y = f32x4.splat(NativeMathf.log(f32x4.extract_lane(x, 0)));
  y = f32x4.replace_lane(y, 1, NativeMathf.log(f32x4.extract_lane(x, 1)));
  y = f32x4.replace_lane(y, 2, NativeMathf.log(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(y, 3, NativeMathf.log(f32x4.extract_lane(x, 3)));
}

/** The codes are those of `Unary` in engine.ts. */
export function unary(op: i32, n: i32, x: usize, y: usize): void {
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const v = load(x + at, left);
    let r = v;
    switch (op) {
      case 0: r = f32x4.neg(v); break;
      case 1: r = exp4(v); break;
      case 2: r = log4(v); break;
      case 3: r = sigmoid4(v); break;
      case 4: r = tanh4(v); break;
      case 5: r = f32x4.max(v, splat(0)); break;
      case 6: r = f32x4.mul(v, v); break;
      case 7: r = f32x4.sqrt(v); break;
      case 8: r = f32x4.abs(v); break;
      case 9: r = f32x4.div(splat(1), v); break;
    }
    store(y + at, r, left);
  }
}

export function unaryBackward(op: i32, n: i32, x: usize, y: usize, dy: usize, dx: usize): void {
  const one = splat(1), zero = splat(0);
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const v = load(x + at, left), r = load(y + at, left);
    let slope = one;
    switch (op) {
      case 0: slope = splat(-1); break;
      case 1: slope = r; break;
      case 2: slope = f32x4.div(one, v); break;
      case 3: slope = f32x4.mul(r, f32x4.sub(one, r)); break;
      case 4: slope = f32x4.sub(one, f32x4.mul(r, r)); break;
      case 5: slope = v128.and(one, f32x4.gt(v, zero)); break;
      case 6: slope = f32x4.add(v, v); break;
      case 7: slope = f32x4.div(splat(0.5), r); break;
      case 8: slope = f32x4.sub(v128.and(one, f32x4.gt(v, zero)), v128.and(one, f32x4.lt(v, zero))); break;
      case 9: slope = f32x4.neg(f32x4.mul(r, r)); break;
    }
    store(dx + at, madd(slope, load(dy + at, left), load(dx + at, left)), left);
  }
}

/** The codes are those of `Binary` in engine.ts. */
export function binary(op: i32, n: i32, a: usize, b: usize, y: usize): void {
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const p = load(a + at, left), q = load(b + at, left);
    let r = p;
    switch (op) {
      case 0: r = f32x4.add(p, q); break;
      case 1: r = f32x4.sub(p, q); break;
      case 2: r = f32x4.mul(p, q); break;
      case 3: r = f32x4.div(p, q); break;
    }
    store(y + at, r, left);
  }
}

/** Sizes and strides in elements, outermost first. */
export function stridedCopy(n0: i32, n1: i32, n2: i32, n3: i32, x: usize, x0: i32, x1: i32, x2: i32, x3: i32, y: usize, y0: i32, y1: i32, y2: i32, y3: i32, accumulate: i32): void {
  const vector = x3 == 1 && y3 == 1;
  const spread = x3 == 0 && y3 == 1 && !accumulate;
  for (let a = 0; a < n0; a++) {
    for (let b = 0; b < n1; b++) {
      for (let c = 0; c < n2; c++) {
        let from = x + <usize>(a * x0 + b * x1 + c * x2) * 4;
        let to = y + <usize>(a * y0 + b * y1 + c * y2) * 4;
        if (vector) {
          if (accumulate) {
            for (let d = 0; d < n3; d += 4) {
              const at = <usize>d * 4, left = n3 - d;
              store(to + at, f32x4.add(load(to + at, left), load(from + at, left)), left);
            }
          } else memory.copy(to, from, <usize>n3 * 4);
        } else if (spread) fill(n3, to, f32.load(from));
        else {
          for (let d = 0; d < n3; d++, from += <usize>x3 * 4, to += <usize>y3 * 4) {
            f32.store(to, accumulate ? f32.load(to) + f32.load(from) : f32.load(from));
          }
        }
      }
    }
  }
}

export function maskMul(steps: i32, rowSize: i32, x: usize, mask: usize, maskSteps: i32, y: usize, accumulate: i32): void {
  for (let t = 0; t < steps; t++) {
    const row = <usize>(t * rowSize) * 4;
    const m = maskSteps == 1 ? mask : mask + row;
    for (let k = 0; k < rowSize; k += 4) {
      const at = <usize>k * 4, left = rowSize - k;
      const v = load(x + row + at, left), w = load(m + at, left);
      store(y + row + at, accumulate ? madd(v, w, load(y + row + at, left)) : f32x4.mul(v, w), left);
    }
  }
}

export function sum(n: i32, x: usize): f64 {
  let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
  let k = 0;
  for (; k + 4 <= n; k += 4, x += 16) {
    s0 += <f64>f32.load(x);
    s1 += <f64>f32.load(x, 4);
    s2 += <f64>f32.load(x, 8);
    s3 += <f64>f32.load(x, 12);
  }
  for (; k < n; k++, x += 4) s0 += <f64>f32.load(x);
  return (s0 + s1) + (s2 + s3);
}

export function sumOfSquares(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  let k = 0;
  for (; k + 4 <= n; k += 4, x += 16) {
    const v = v128.load(x);
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
    s0 = f64x2.add(s0, f64x2.mul(low, low));
    s1 = f64x2.add(s1, f64x2.mul(high, high));
  }
  const s = f64x2.add(s0, s1);
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; k < n; k++, x += 4) {
    const v = <f64>f32.load(x);
    total += v * v;
  }
  return total;
}
