/** What the module exports. Pointers are byte offsets into the imported memory; sizes and strides are in elements. */
export { axpy, binary, fill, maskMul, mulAdd, scale, stridedCopy, sum, sumOfSquares, unary, unaryBackward } from "./elementwise";
export { gatherColumns, scatterAddColumns } from "./columns";
export { beHand, gemm } from "./gemm";
export { gruBackward, gruForward } from "./gru";
export { layerNorm, layerNormBackward, sumProducts } from "./layerNorm";
export { lstmBackward, lstmForward } from "./lstm";
export { drawMask } from "./masks";
export { drawNoise, holdSteps } from "./noise";
export { maskedRowsBackward, maskedRowsForward } from "./maskedRows";
export { packB } from "./packing";
export { packRow, rowProduct } from "./row";
export { adam, rmsprop, sgd } from "./optimizers";
export { gatherRows, pickScale, scatterAddRows, softmaxCrossEntropy, softmaxRows } from "./rows";
export { layOutTransposed, useSmallKernels } from "./system";
