/** The sum of squares of a tensor, without the tensor of squares between. */
import type { Tensor } from "../tensor.ts";

/**
 * The sum of the squares of all elements, accumulated in float64.
 *
 *   y = Σ x²        dx += 2 x dy
 *
 * @returns a scalar []
 */
export function sumOfSquares(x: Tensor): Tensor {
  const { tape } = x;
  const { engine } = tape;
  const y = tape.output([], [x]);
  engine.fill(1, y.ptr, engine.sumOfSquares(x.size, x.ptr));
  tape.record([y], () => engine.axpy(x.size, 2 * engine.memory.f[y.gradientPtr]!, x.ptr, x.gradient()));
  return y;
}
