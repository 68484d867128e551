/** Whole powers with the same bits in every JavaScript engine. */

/**
 * base^exponent by repeated squaring.
 *
 * Math.pow may differ in its last bit between JavaScript engines (the language leaves its accuracy open), while a product
 * of two doubles may not. A seed must give the same weights everywhere, so learning rates are made of products only.
 *
 * @param exponent - an integer of 0 or more
 * @example integerPower(0.9, 2) // 0.81
 */
export function integerPower(base: number, exponent: number): number {
  let power = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) power *= square;
  }
  return power;
}
