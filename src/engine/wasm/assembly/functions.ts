/**
 * exp, sigmoid and tanh on four lanes, by range reduction and a polynomial.
 *
 * Error against the exact function, measured over a dense sweep by test/conformance: exp below 1 ulp, sigmoid and tanh
 * below 1e-7 absolute. NaN in gives NaN out. The polynomial is that of Moshier's Cephes library (expf).
 */
import { madd } from "./simd";

// Constants lie in memory: V8 builds a constant vector anew wherever it stands, in three instructions, and loads one in one.
const EXP5: usize = memory.data<f32>([1.9875691500e-4]);
const EXP4: usize = memory.data<f32>([1.3981999507e-3]);
const EXP3: usize = memory.data<f32>([8.3334519073e-3]);
const EXP2: usize = memory.data<f32>([4.1665795894e-2]);
const EXP1: usize = memory.data<f32>([1.6666665459e-1]);
const EXP0: usize = memory.data<f32>([5.0000001201e-1]);
export const ONE: usize = memory.data<f32>([1]);
const EXP_MOST: usize = memory.data<f32>([87]);
const EXP_LEAST: usize = memory.data<f32>([-87]);
const LOG2E: usize = memory.data<f32>([1.44269504088896341]);
const LN2_HIGH: usize = memory.data<f32>([-0.693359375]);
const LN2_LOW: usize = memory.data<f32>([2.12194440e-4]);
const WIDE_MOST: usize = memory.data<f32>([90]);
const WIDE_LEAST: usize = memory.data<f32>([-105]);
const TWO: usize = memory.data<f32>([2]);
const TANH_MOST: usize = memory.data<f32>([20]);
const SIGN: usize = memory.data<f32>([-0.0]);
const BIAS: usize = memory.data<i32>([127]);

/** A constant on all lanes. */
// @ts-ignore: decorator
@inline
export function the(constant: usize): v128 {
  return v128.load32_splat(constant);
}

/**
 * Added to a number of moderate size, 1.5 2^23 leaves no room for a fraction: the sum is rounded to a whole number, which
 * stands in its lowest bits. One addition does what rounding and converting do in many instructions, because WebAssembly
 * promises what they give for NaN and for numbers out of range. For the same reason pmin and pmax, not min and max.
 */
const SHIFT: usize = memory.data<f32>([12582912]);

/** e^r - 1 on [-ln2/2, ln2/2]: r + r² P(r) */
// @ts-ignore: decorator
@inline
function expMinusOne(r: v128): v128 {
  let p = madd(the(EXP5), r, the(EXP4));
  p = madd(p, r, the(EXP3));
  p = madd(p, r, the(EXP2));
  p = madd(p, r, the(EXP1));
  p = madd(p, r, the(EXP0));
  return madd(p, f32x4.mul(r, r), r);
}

/** x - n ln 2, with ln 2 in two parts so that nothing is lost */
// @ts-ignore: decorator
@inline
function withoutPowers(x: v128, n: v128): v128 {
  return madd(n, the(LN2_LOW), madd(n, the(LN2_HIGH), x));
}

/** 2^n for the whole number in the lowest bits of each lane; higher bits, as SHIFT leaves them, fall out */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, the(BIAS)), 23);
}

/** e^x for |x| up to about 87, clamped beyond: for gates, whose results saturate long before. */
// @ts-ignore: decorator
@inline
export function expClamped(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, the(EXP_MOST)), the(EXP_LEAST));
  const shifted = f32x4.add(f32x4.mul(x, the(LOG2E)), the(SHIFT));
  const r = withoutPowers(x, f32x4.sub(shifted, the(SHIFT)));
  const power = powerOfTwo(shifted);
  return f32x4.mul(f32x4.add(expMinusOne(r), the(ONE)), power);
}

/** e^x on the whole range, down to the smallest subnormal and up to infinity: 2^n is applied in two halves. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, the(WIDE_MOST)), the(WIDE_LEAST));
  const n = f32x4.nearest(f32x4.mul(x, the(LOG2E)));
  const r = withoutPowers(x, n);
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const power1 = powerOfTwo(half);
  const power2 = powerOfTwo(i32x4.sub(whole, half));
  return f32x4.mul(f32x4.mul(f32x4.add(expMinusOne(r), the(ONE)), power1), power2);
}

/** 1 / (1 + e^-x) */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(the(ONE), f32x4.add(the(ONE), expClamped(f32x4.neg(x))));
}

/**
 * m / (m + 2) with m = e^2|x| - 1 and the sign of x; m is made without cancelling: 2^n (e^r - 1) + (2^n - 1), where e^2x = 2^n e^r.
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, the(SIGN));
  const twice = f32x4.pmin(f32x4.abs(f32x4.add(x, x)), the(TANH_MOST));
  const shifted = f32x4.add(f32x4.mul(twice, the(LOG2E)), the(SHIFT));
  const r = withoutPowers(twice, f32x4.sub(shifted, the(SHIFT)));
  const power = powerOfTwo(shifted);
  const m = madd(expMinusOne(r), power, f32x4.sub(power, the(ONE)));
  return v128.or(f32x4.div(m, f32x4.add(m, the(TWO))), sign);
}
