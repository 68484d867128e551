/** Layer normalisation over the last axis. */
import { positiveNumber, ShapeError } from "../../errors.ts";
import { checkAxes } from "../checkAxes.ts";
import type { Tensor } from "../tensor.ts";
import { addColumnSums } from "./columnSum.ts";

/** Added to the variance where nothing else is said, as in the authors' code and in PyTorch. */
export const LAYER_NORM_EPSILON = 1e-5;

/** The parameters of a layer normalisation; each may be absent. */
export interface LayerNormOptions {
  /** α [D]. Default ones */
  readonly gain?: Tensor | undefined;
  /** β [D]. Default zeros */
  readonly bias?: Tensor | undefined;
  /** ε, added to the variance: positive. Default 1e-5 */
  readonly epsilon?: number | undefined;
}

/**
 * Normalises the last axis, row by row, and gives it a gain and a bias.
 *
 *   x̂ = (x - mean x) / √(var x + ε)        y = α ⊙ x̂ + β
 *   g = α ⊙ dy      dx += (g - mean g - x̂ mean(g ⊙ x̂)) / √(var x + ε)      dα += Σ dy ⊙ x̂      dβ += Σ dy
 *
 * Source: Ba, Kiros & Hinton 2016, eq. 3 and 4; ε in the root as in their code and PyTorch's LayerNorm.
 *
 * Stored for backward, in scalars: x̂, of the size of x, and one per row.
 *
 * @param x - [..., D]
 * @returns [..., D]
 * @throws ShapeError when x is a scalar, or gain or bias is not [D]
 * @throws ConfigError when ε is not a positive number
 * @example layerNorm(x, { gain, bias }); // x [T, B, D], gain and bias [D]
 */
export function layerNorm(
  x: Tensor,
  { gain, bias, epsilon = LAYER_NORM_EPSILON }: LayerNormOptions = {},
): Tensor {
  const { tape } = x;
  const { engine } = tape;
  positiveNumber("layerNorm", "epsilon", epsilon);
  const D = x.shape.at(-1);
  if (D === undefined)
    throw new ShapeError("a scalar has no last axis", {
      where: "layerNorm",
      expected: "[..., D]",
      got: "[]",
    });
  if (gain) checkAxes("layerNorm", "gain does not fit x", gain.shape, [["D", D]]);
  if (bias) checkAxes("layerNorm", "bias does not fit x", bias.shape, [["D", D]]);
  const N = x.size / D;
  const y = tape.output(x.shape, [x, gain, bias]);
  const normalised = tape.scratch(x.size); // x̂
  const inverse = tape.scratch(N);
  const [alpha, beta] = [gain?.ptr ?? 0, bias?.ptr ?? 0];
  engine.layerNorm(N, D, D, x.ptr, alpha, beta, epsilon, normalised, inverse, y.ptr);
  tape.record([y], () => {
    const dy = y.gradientPtr;
    if (gain?.requiresGrad) engine.sumProducts(N, D, dy, normalised, gain.gradient());
    addColumnSums(tape, N, D, dy, [bias]);
    if (x.requiresGrad) engine.layerNormBackward(N, D, D, dy, alpha, normalised, inverse, x.gradient(), true);
  });
  return y;
}
