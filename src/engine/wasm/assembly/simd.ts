/**
 * Four float32 lanes: multiply-add, and arrays whose length is not a multiple of four.
 *
 * The build with relaxed SIMD contracts `a b + c` to one rounding; the strict build rounds twice and gives the same bits
 * on every machine. That is the only difference between the two.
 */

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** a b + c */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The last n (1 to 3) elements at p; the other lanes are 0. */
// @ts-ignore: decorator
@inline
export function loadTail(p: usize, n: i32): v128 {
  let x = v128.load32_zero(p);
  if (n > 1) x = v128.load32_lane(p + 4, x, 1);
  if (n > 2) x = v128.load32_lane(p + 8, x, 2);
  return x;
}

/** Stores the first n (1 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function storeTail(p: usize, x: v128, n: i32): void {
  v128.store32_lane(p, x, 0);
  if (n > 1) v128.store32_lane(p + 4, x, 1);
  if (n > 2) v128.store32_lane(p + 8, x, 2);
}

/** Four elements, or the last `left` of them when fewer are left. */
// @ts-ignore: decorator
@inline
export function load(p: usize, left: i32): v128 {
  return left >= 4 ? v128.load(p) : loadTail(p, left);
}

// @ts-ignore: decorator
@inline
export function store(p: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(p, x);
  else storeTail(p, x, left);
}

/** The sum of the lanes, in a fixed order. */
// @ts-ignore: decorator
@inline
export function lanesSum(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
