/**
 * The engine interface: every kernel once, with shapes.
 *
 * Above this line nothing knows whether plain TypeScript, WebAssembly or a BLAS does the work. All arrays are row-major,
 * contiguous unless a leading dimension is given, and addressed by `Ptr`: the index of their first element in the
 * engine's one memory. Sequences are time-major.
 *
 *   B rows of a batch   T steps of a window   D input size   H hidden size   V vocabulary   N rows in general
 *
 * Conventions, stated once:
 *   - an argument named `d…` that is written is overwritten, unless its comment says `+=`;
 *   - an optional array is `0` when absent;
 *   - ids are int32, one per element slot of the memory (see Memory.ints).
 */
import type { MaskDraw, MaskedRows, MaskedRowsGradients, NoiseDraw } from "./masks.ts";
import type { Memory } from "./memory.ts";
import type { GruGradients, GruSequence, LstmGradients, LstmSequence } from "./sequences.ts";

export type { MaskDraw, MaskedRows, MaskedRowsGradients, NoiseDraw } from "./masks.ts";
export type {
  CellNorm,
  FlipoutSide,
  GruGradients,
  GruSequence,
  LstmGradients,
  LstmSequence,
  RecurrentMask,
  RecurrentNorm,
  StateFactors,
  StateNoise,
} from "./sequences.ts";

/** Index of an array's first element in the engine's memory; 0 means "no array". */
export type Ptr = number;

/** The engines that can be asked for by name; `auto` takes the fastest that this runtime can run. */
export type EngineName = "strict" | "relaxed" | "blas" | "reference" | "auto";

/** Elementwise functions of one argument. The numbers are the codes that the compiled kernels switch on. */
export const Unary = {
  neg: 0,
  exp: 1,
  log: 2,
  sigmoid: 3,
  tanh: 4,
  relu: 5,
  square: 6,
  sqrt: 7,
  abs: 8,
  reciprocal: 9,
} as const;
export type UnaryOp = keyof typeof Unary;

/** Elementwise functions of two arguments of one shape. */
export const Binary = { add: 0, sub: 1, mul: 2, div: 3 } as const;
export type BinaryOp = keyof typeof Binary;

/** A 4-axis walk over memory: sizes and element strides, outermost first. Unused leading axes have size 1. */
export type Axes = readonly [number, number, number, number];

/** Hyper-parameters of one Adam update; see optim/adam.ts for the equations. */
export interface AdamStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** true: AdamW (decay added to the step); false: L2 (decay added to the gradient) */
  readonly decoupled: boolean;
  /** 1 - beta1^t and 1 - beta2^t */
  readonly correction1: number;
  readonly correction2: number;
}

/** Every kernel. A kernel exists first in reference/, which defines it. */
export interface Kernels {
  /** y[n] = value */
  fill(n: number, y: Ptr, value: number): void;
  /** y[n] = alpha x[n] */
  scale(n: number, alpha: number, x: Ptr, y: Ptr): void;
  /** y[n] += alpha x[n] */
  axpy(n: number, alpha: number, x: Ptr, y: Ptr): void;
  /** y[n] += a[n] b[n] */
  mulAdd(n: number, a: Ptr, b: Ptr, y: Ptr): void;
  /** y[n] = f(x[n]); y may be x */
  unary(op: UnaryOp, n: number, x: Ptr, y: Ptr): void;
  /** dx[n] += f'(x[n]) dy[n], with y = f(x) given as well */
  unaryBackward(op: UnaryOp, n: number, x: Ptr, y: Ptr, dy: Ptr, dx: Ptr): void;
  /** y[n] = a[n] op b[n] */
  binary(op: BinaryOp, n: number, a: Ptr, b: Ptr, y: Ptr): void;
  /** y[i·yStrides] = or += x[i·xStrides] for every index i below sizes: transpose, slice, concat, broadcast and sum in one */
  stridedCopy(sizes: Axes, x: Ptr, xStrides: Axes, y: Ptr, yStrides: Axes, accumulate: boolean): void;
  /** y[t, r, c] = or += x[t, r, c] m[t or 0, r, c]: a mask [maskSteps, rowSize] laid over [steps, rowSize] */
  maskMul(
    steps: number,
    rowSize: number,
    x: Ptr,
    mask: Ptr,
    maskSteps: number,
    y: Ptr,
    accumulate: boolean,
  ): void;
  /** scale · sum of x[n], accumulated in float64 */
  sum(n: number, x: Ptr): number;
  /** sum of x[n]², accumulated in float64 */
  sumOfSquares(n: number, x: Ptr): number;

  /** C[M,N] = or += op(A) op(B), op(A) being [M,K]; lda, ldb, ldc are the row lengths of the stored arrays */
  gemm(
    transA: boolean,
    transB: boolean,
    M: number,
    N: number,
    K: number,
    a: Ptr,
    lda: number,
    b: Ptr,
    ldb: number,
    c: Ptr,
    ldc: number,
    accumulate: boolean,
  ): void;
  /** W [N, K] laid out as this engine multiplies it fastest with a single row; packed takes packedRowSize(N, K) elements */
  packRow(N: number, K: number, w: Ptr, packed: Ptr): void;
  /** y[N] = or += W x[K], W as `packRow` laid it out */
  rowProduct(N: number, K: number, x: Ptr, packed: Ptr, y: Ptr, accumulate: boolean): void;

  /** y[i, :] = s[i] table[ids[i], :]; scale s [N] or 0; ids [N] in [0, V) */
  gatherRows(N: number, D: number, ids: Ptr, table: Ptr, scale: Ptr, y: Ptr): void;
  /** dTable[ids[i], :] += s[i] dy[i, :] */
  scatterAddRows(N: number, D: number, ids: Ptr, dy: Ptr, scale: Ptr, dTable: Ptr): void;
  /** y[n, k] = scale x[n, kept[k]] for x [N, D], y [N, K]; kept int32 [K] in [0, D) */
  gatherColumns(N: number, D: number, K: number, kept: Ptr, scale: number, x: Ptr, y: Ptr): void;
  /** x[n, kept[k]] += scale y[n, k]; no column is named twice */
  scatterAddColumns(N: number, D: number, K: number, kept: Ptr, scale: number, y: Ptr, x: Ptr): void;
  /** s[i] = mask[i mod rows, ids[i]]: the mask of a type, for each position; mask [rows, V] */
  pickScale(N: number, rows: number, V: number, ids: Ptr, mask: Ptr, s: Ptr): void;

  /** losses[i] = logsumexp(logits[i]) - logits[i, targets[i]]; delta[i] = softmax - onehot (or not written when 0); a target of -1 gives 0 */
  softmaxCrossEntropy(N: number, V: number, logits: Ptr, targets: Ptr, losses: Ptr, delta: Ptr): void;
  /** y[i, :] = softmax(x[i, :] / temperature) */
  softmaxRows(N: number, V: number, temperature: number, x: Ptr, y: Ptr): void;

  /**
   * x̂ = (x - mean) / √(var + epsilon) over each of N rows of D, y = gain x̂ + bias; y may be x. Rows lie `ld` apart in x,
   * normalised and y; gain, bias [D] or 0. Written: normalised, which is x̂, and inverse [N], which is 1/√(var + epsilon)
   */
  layerNorm(
    N: number,
    D: number,
    ld: number,
    x: Ptr,
    gain: Ptr,
    bias: Ptr,
    epsilon: number,
    normalised: Ptr,
    inverse: Ptr,
    y: Ptr,
  ): void;
  /** dx = or += inverse (g - mean g - x̂ mean(g x̂)), g = gain dy, row by row; dx may be dy. Rows of dy, normalised and dx lie `ld` apart */
  layerNormBackward(
    N: number,
    D: number,
    ld: number,
    dy: Ptr,
    gain: Ptr,
    normalised: Ptr,
    inverse: Ptr,
    dx: Ptr,
    accumulate: boolean,
  ): void;
  /** y[d] += Σ_n a[n, d] b[n, d] for a, b [N, D]: the gradient of a gain */
  sumProducts(N: number, D: number, a: Ptr, b: Ptr, y: Ptr): void;

  /** A whole sequence of a cell, forward and backward in time: arguments and shapes in sequences.ts */
  lstmForward(sequence: LstmSequence): void;
  lstmBackward(sequence: LstmSequence, gradients: LstmGradients): void;
  gruForward(sequence: GruSequence): void;
  gruBackward(sequence: GruSequence, gradients: GruGradients): void;

  drawMask(draw: MaskDraw): void;
  drawNoise(draw: NoiseDraw): void;
  /** y[t, k] = y[t-1, k] where fresh[t, k] is 0, step after step; y and fresh [steps, size] */
  holdSteps(steps: number, size: number, fresh: Ptr, y: Ptr): void;
  /** z[place, k] = f_i base[ids[i], k] + Σ_j f_i (m_i[j] - usual) E[ids[i], j] W[k, j] at every place of row i; base [V, ld] or 0 */
  maskedRowsForward(rows: MaskedRows, base: Ptr, z: Ptr): void;
  /** The way back of what differs from the usual: adds to all of `gradients`. */
  maskedRowsBackward(rows: MaskedRows, dz: Ptr, gradients: MaskedRowsGradients): void;

  /** v = momentum v + (g + weightDecay w); w -= learningRate v (nesterov: g + momentum v). v is 0 when momentum is 0 */
  sgd(
    n: number,
    w: Ptr,
    g: Ptr,
    v: Ptr,
    learningRate: number,
    momentum: number,
    weightDecay: number,
    nesterov: boolean,
  ): void;
  /** v = alpha v + (1-alpha) g²; w -= learningRate g / (sqrt(v) + epsilon), with g including weightDecay w */
  rmsprop(
    n: number,
    w: Ptr,
    g: Ptr,
    v: Ptr,
    learningRate: number,
    alpha: number,
    epsilon: number,
    weightDecay: number,
  ): void;
  adam(n: number, w: Ptr, g: Ptr, m: Ptr, v: Ptr, step: AdamStep): void;
}

/** Elements that `packRow` writes for W [N, K], at most. */
export function packedRowSize(N: number, K: number): number {
  return K * ((N + 7) & ~7);
}

/** An engine: kernels over one memory. */
export interface Engine extends Kernels {
  readonly name: Exclude<EngineName, "auto">;
  readonly precision: "float32" | "float64";
  /** Threads that share the work, this one included. The results do not depend on it, but for the last bits of `blas`. */
  readonly threads: number;
  /** What the BLAS that makes the large products says of itself, or its name; undefined where there is none. */
  readonly blas: string | undefined;
  /** What a person should know about how the engine was chosen, one line each: a BLAS that was not found, fewer threads than asked for. */
  readonly notes: readonly string[];
  readonly memory: Memory;
  /** Ends the engine's threads; they end by themselves when nobody holds the engine. Afterwards it must not be used. */
  close(): void;
}
