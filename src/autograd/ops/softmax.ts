/** Softmax over the last axis. */
import { positiveNumber, ShapeError } from "../../errors.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Probabilities over the last axis.
 *
 *   y = softmax(x / τ)        dx += y ⊙ (dy - Σ dy ⊙ y) / τ
 *
 * @param x - [..., V]
 * @param options.temperature - τ > 0: below 1 sharpens, above 1 flattens. Default 1
 * @returns [..., V]
 * @throws ConfigError when the temperature is not a positive number
 * @example softmax(logits, { temperature: 0.8 });
 */
export function softmax(x: Tensor, { temperature = 1 }: { temperature?: number } = {}): Tensor {
  const { tape } = x;
  const { engine } = tape;
  positiveNumber("softmax", "temperature", temperature);
  const V = x.shape.at(-1);
  if (V === undefined)
    throw new ShapeError("a scalar has no last axis", { where: "softmax", expected: "[..., V]", got: "[]" });
  const N = x.size / V;
  const y = tape.output(x.shape, [x]);
  engine.softmaxRows(N, V, temperature, x.ptr, y.ptr);
  tape.record([y], () => {
    const rows = [1, 1, N, V] as const;
    const p = tape.scratch(x.size); // dy ⊙ y, then dy - Σ
    const q = tape.scratch(x.size); // Σ spread over the row, then y ⊙ (dy - Σ)
    const sums = tape.scratch(N); // Σ dy ⊙ y
    engine.binary("mul", x.size, y.gradientPtr, y.ptr, p);
    engine.fill(N, sums, 0);
    engine.stridedCopy(rows, p, [0, 0, V, 1], sums, [0, 0, 1, 0], true);
    engine.stridedCopy(rows, sums, [0, 0, 1, 0], q, [0, 0, V, 1], false);
    engine.binary("sub", x.size, y.gradientPtr, q, p);
    engine.binary("mul", x.size, p, y.ptr, q);
    engine.axpy(x.size, 1 / temperature, q, x.gradient());
  });
  return y;
}
