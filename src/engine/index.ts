export { createEngine, type EngineOptions, engineNames } from "./createEngine.ts";
export {
  type AdamStep,
  type Axes,
  Binary,
  type BinaryOp,
  type CellNorm,
  type Engine,
  type EngineName,
  type FlipoutSide,
  type GruGradients,
  type GruSequence,
  type Kernels,
  type LstmGradients,
  type LstmSequence,
  type MaskDraw,
  type MaskedRows,
  type MaskedRowsGradients,
  type NoiseDraw,
  type Ptr,
  packedRowSize,
  type RecurrentMask,
  type RecurrentNorm,
  type StateFactors,
  type StateNoise,
  Unary,
  type UnaryOp,
} from "./engine.ts";
export { hostModule } from "./hostModule.ts";
export { type Floats, Memory, type StepMark } from "./memory.ts";
export { philox } from "./random/philox.ts";
export { type RandomKey, randomKey, type Seed } from "./random/randomKey.ts";
export { RandomStream } from "./random/randomStream.ts";
export { dropThreshold } from "./reference/masks.ts";
export { createReferenceEngine } from "./reference/referenceEngine.ts";
export { NO_NOISE, normalisedRows } from "./sequences.ts";
export { coresHere, mostThreads } from "./threads/threadsPossible.ts";
