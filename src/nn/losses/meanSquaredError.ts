/** The mean squared error, for sequence tasks with numbers as targets. */
import { mean, square, sub, type Tensor } from "../../autograd/index.ts";

/**
 * Averages the squared difference over all elements.
 *
 *   L = mean (y - target)²
 *
 * @param y - any shape
 * @param target - the same shape
 * @returns a scalar
 * @throws ShapeError when the shapes cannot be broadcast
 */
export function meanSquaredError(y: Tensor, target: Tensor): Tensor {
  return mean(square(sub(y, target)));
}
