/** The mean squared error, for sequence tasks with numbers as targets. */
import { mean, showShape, square, sub, type Tensor } from "../../autograd/index.ts";
import { ShapeError } from "../../errors.ts";

/**
 * Averages the squared difference over all elements.
 *
 *   L = mean (y - target)²
 *
 * @param y - any shape
 * @param target - the same shape
 * @returns a scalar
 * @throws ShapeError when the shapes differ: [B, 1] and [B] would broadcast to [B, B] and train on the wrong loss
 */
export function meanSquaredError(y: Tensor, target: Tensor): Tensor {
  if (y.shape.join() !== target.shape.join()) {
    throw new ShapeError("y and target have different shapes", {
      where: "meanSquaredError",
      expected: `a target of shape ${showShape(y.shape)}`,
      got: showShape(target.shape),
      mend: "Reshape one of them: reshape(y, target.shape)",
    });
  }
  return mean(square(sub(y, target)));
}
