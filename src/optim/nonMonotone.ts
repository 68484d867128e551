/** The trigger of NT-ASGD. */

/**
 * Whether a validation is no better than what stood more than `patience` validations ago.
 *
 *   t > n  and  v_t > min(v_0 … v_{t-n-1})        t = losses so far, n = patience
 *
 * Looking past the last n lets a single bad validation go by. Source: Merity, Keskar & Socher 2017, algorithm 1, and
 * awd-lstm-lm's `val_loss > min(best_val_loss[:-nonmono])`.
 *
 * @param losses - v_0 … v_{t-1}, without the newest
 * @param newest - v_t
 * @example nonMonotone([3, 2, 2.5], 2.1, 1) // true: 2.1 > min(3, 2)
 */
export function nonMonotone(losses: readonly number[], newest: number, patience: number): boolean {
  return losses.length > patience && newest > Math.min(...losses.slice(0, losses.length - patience));
}
