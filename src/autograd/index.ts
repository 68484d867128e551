/** Tensors, the tape that differentiates, and the operations on them. */

export { checkIds } from "./checkIds.ts";
export { EmbeddedIds, embeddedIds } from "./embeddedIds.ts";
export { type DropoutMask, KeptUnits, keptUnits, maskOfKept } from "./keptUnits.ts";
export { applyMask } from "./ops/applyMask.ts";
export { add, div, mul, sub } from "./ops/binary.ts";
export { concreteMask } from "./ops/concreteMask.ts";
export { crossEntropy, type Reduction } from "./ops/crossEntropy.ts";
export { embedding } from "./ops/embedding.ts";
export { type GruInputs, type GruOutputs, gruSequence } from "./ops/gruSequence.ts";
export { LAYER_NORM_EPSILON, type LayerNormOptions, layerNorm } from "./ops/layerNorm.ts";
export { linear } from "./ops/linear.ts";
export { type LstmInputs, type LstmOutputs, lstmSequence } from "./ops/lstmSequence.ts";
export { type MatmulOptions, matmul } from "./ops/matmul.ts";
export { concat, expand, reshape, slice, transpose } from "./ops/movement.ts";
export { pickScale } from "./ops/pickScale.ts";
export type { Flipout } from "./ops/recurrent/flipout.ts";
export type { LstmNormInputs, SequenceNormInputs } from "./ops/recurrent/sequenceNorm.ts";
export type { SequenceInputs } from "./ops/recurrent/sequenceShapes.ts";
export type { CellNoiseInputs, StateNoiseInputs } from "./ops/recurrent/stateNoise.ts";
export { mean, sum } from "./ops/reduce.ts";
export { addScalar, scale } from "./ops/scalar.ts";
export { softmax } from "./ops/softmax.ts";
export { sumOfSquares } from "./ops/sumOfSquares.ts";
export { abs, exp, log, neg, reciprocal, relu, sigmoid, sqrt, square, tanh } from "./ops/unary.ts";
export { Tape } from "./tape.ts";
export { Ids, type Shape, showAxes, showShape, sizeOf, Tensor } from "./tensor.ts";
