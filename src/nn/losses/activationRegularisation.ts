/**
 * Penalties on the outputs of a recurrent layer: on their size, and on how fast they change.
 *
 * Source: Merity, McCann & Socher 2017, "Revisiting activation regularization for language RNNs". Both are added to the
 * loss that is differentiated, and left out of the loss that is reported.
 */
import { mean, showShape, slice, square, sub, type Tensor } from "../../autograd/index.ts";
import { ShapeError } from "../../errors.ts";

/**
 * Activation regularisation (AR): pulls outputs toward zero.
 *
 *   AR = mean h²        over T, B and H
 *
 * awd-lstm-lm adds 2 AR of the top layer's output as the decoder reads it, after its mask.
 *
 * @param h - outputs [T, B, H]
 * @returns a scalar
 * @throws ShapeError when h is not a sequence
 * @example add(crossEntropy(logits, targets), scale(activationRegularisation(output), 2))
 */
export function activationRegularisation(h: Tensor): Tensor {
  stepsOf("activationRegularisation", h);
  return mean(square(h));
}

/**
 * Temporal activation regularisation (TAR), or slowness: pulls each output toward the one before.
 *
 *   TAR = mean (h_t - h_{t-1})²        over t = 2 … T, B and H
 *
 * awd-lstm-lm adds 1 TAR of the top layer's output without its mask. The last output of the window before is not a
 * neighbour: no gradient reaches it.
 *
 * @param h - outputs [T, B, H]
 * @returns a scalar; undefined for T = 1, which has no neighbours
 * @throws ShapeError when h is not a sequence
 * @example const slowness = temporalActivationRegularisation(y);
 */
export function temporalActivationRegularisation(h: Tensor): Tensor | undefined {
  const T = stepsOf("temporalActivationRegularisation", h);
  if (T === 1) return undefined;
  return mean(square(sub(slice(h, 0, 1, T), slice(h, 0, 0, T - 1))));
}

/** T of a sequence [T, B, H]; outputs laid out in another way would be compared with the wrong neighbours. */
function stepsOf(where: string, { shape }: Tensor): number {
  if (shape.length === 3) return shape[0]!;
  throw new ShapeError("h is not a sequence", { where, expected: "[T, B, H]", got: showShape(shape) });
}
