/** How far two predictions of one thing are apart: what R-Drop adds to the loss. */
import { mul, scale, showShape, softmax, sub, sum, type Tensor } from "../../autograd/index.ts";
import { ShapeError } from "../../errors.ts";

/**
 * The mean of both Kullback-Leibler divergences between two softmax distributions, averaged over the rows.
 *
 *   D = ½ [KL(p‖q) + KL(q‖p)] = ½ Σ_v (p_v - q_v)(a_v - b_v)        p = softmax(a), q = softmax(b)
 *
 * The normalisers cancel because p - q sums to zero, so no logarithm is taken. Gradients flow to both.
 *
 * Source: Liang et al. 2021, "R-Drop: regularized dropout for neural networks", §2.1.
 *
 * @param a - logits [..., V]
 * @param b - logits of the same shape
 * @returns a scalar, nats per row
 * @throws ShapeError when the shapes differ or are scalars
 * @example add(halfOfBothLosses, scale(symmetricDivergence(first, second), alpha))
 */
export function symmetricDivergence(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 0 || a.shape.join() !== b.shape.join()) {
    throw new ShapeError("the two predictions do not fit together", {
      where: "symmetricDivergence",
      expected: "two tensors of one shape [..., V]",
      got: `${showShape(a.shape)} and ${showShape(b.shape)}`,
    });
  }
  const rows = a.size / a.shape.at(-1)!;
  return scale(sum(mul(sub(softmax(a), softmax(b)), sub(a, b))), 1 / (2 * rows));
}
