/** The reference engine: the plain loops of this folder, over plain arrays. It defines every kernel and is slow on purpose. */
import type {
  AdamStep,
  Axes,
  BinaryOp,
  Engine,
  GruGradients,
  GruSequence,
  LstmGradients,
  LstmSequence,
  MaskDraw,
  MaskedRows,
  MaskedRowsGradients,
  NoiseDraw,
  Ptr,
  UnaryOp,
} from "../engine.ts";
import { type Backing, Memory } from "../memory.ts";
import * as elementwise from "./elementwise.ts";
import { gemm } from "./gemm.ts";
import { gruBackward, gruForward } from "./gru.ts";
import { layerNorm, layerNormBackward, sumProducts } from "./layerNorm.ts";
import { lstmBackward, lstmForward } from "./lstm.ts";
import { maskedRowsBackward, maskedRowsForward } from "./maskedRows.ts";
import { drawMask, drawNoise, holdSteps } from "./masks.ts";
import * as optimizers from "./optimizers.ts";
import * as rows from "./rows.ts";

/**
 * Creates an engine that runs the definitions themselves.
 *
 * @param options.precision - "float64" is what gradients are checked in. Default "float32"
 * @param options.notes - why it is this engine that was chosen, one line each. Default none
 * @example const engine = createReferenceEngine({ precision: "float64" });
 */
export function createReferenceEngine({
  precision = "float32",
  notes = [],
}: {
  precision?: "float32" | "float64";
  notes?: readonly string[];
} = {}): Engine {
  return new ReferenceEngine(precision, notes);
}

class ReferenceEngine implements Engine {
  readonly name = "reference";
  readonly precision: "float32" | "float64";
  readonly threads = 1;
  readonly blas = undefined;
  readonly notes: readonly string[];
  readonly memory: Memory;

  constructor(precision: "float32" | "float64", notes: readonly string[]) {
    this.precision = precision;
    this.notes = notes;
    this.memory = new Memory(new PlainBacking(), precision);
  }

  close(): void {}

  fill(n: number, y: Ptr, value: number): void {
    this.memory.f.fill(value, y, y + n);
  }
  scale(n: number, alpha: number, x: Ptr, y: Ptr): void {
    elementwise.scale(this.memory.f, n, alpha, x, y);
  }
  axpy(n: number, alpha: number, x: Ptr, y: Ptr): void {
    elementwise.axpy(this.memory.f, n, alpha, x, y);
  }
  mulAdd(n: number, a: Ptr, b: Ptr, y: Ptr): void {
    elementwise.mulAdd(this.memory.f, n, a, b, y);
  }
  unary(op: UnaryOp, n: number, x: Ptr, y: Ptr): void {
    elementwise.unary(this.memory.f, op, n, x, y);
  }
  unaryBackward(op: UnaryOp, n: number, x: Ptr, y: Ptr, dy: Ptr, dx: Ptr): void {
    elementwise.unaryBackward(this.memory.f, op, n, x, y, dy, dx);
  }
  binary(op: BinaryOp, n: number, a: Ptr, b: Ptr, y: Ptr): void {
    elementwise.binary(this.memory.f, op, n, a, b, y);
  }
  stridedCopy(sizes: Axes, x: Ptr, xStrides: Axes, y: Ptr, yStrides: Axes, accumulate: boolean): void {
    elementwise.stridedCopy(this.memory.f, sizes, x, xStrides, y, yStrides, accumulate);
  }
  maskMul(
    steps: number,
    rowSize: number,
    x: Ptr,
    mask: Ptr,
    maskSteps: number,
    y: Ptr,
    accumulate: boolean,
  ): void {
    elementwise.maskMul(this.memory.f, steps, rowSize, x, mask, maskSteps, y, accumulate);
  }
  sum(n: number, x: Ptr): number {
    return elementwise.sum(this.memory.f, n, x);
  }
  sumOfSquares(n: number, x: Ptr): number {
    return elementwise.sumOfSquares(this.memory.f, n, x);
  }
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
  ): void {
    gemm(this.memory.f, transA, transB, M, N, K, a, lda, b, ldb, c, ldc, accumulate);
  }
  packRow(N: number, K: number, w: Ptr, packed: Ptr): void {
    this.memory.f.copyWithin(packed, w, w + N * K);
  }
  rowProduct(N: number, K: number, x: Ptr, packed: Ptr, y: Ptr, accumulate: boolean): void {
    gemm(this.memory.f, false, true, 1, N, K, x, K, packed, K, y, N, accumulate);
  }
  gatherRows(N: number, D: number, ids: Ptr, table: Ptr, scale: Ptr, y: Ptr): void {
    rows.gatherRows(this.memory, N, D, ids, table, scale, y);
  }
  scatterAddRows(N: number, D: number, ids: Ptr, dy: Ptr, scale: Ptr, dTable: Ptr): void {
    rows.scatterAddRows(this.memory, N, D, ids, dy, scale, dTable);
  }
  gatherColumns(N: number, D: number, K: number, kept: Ptr, scale: number, x: Ptr, y: Ptr): void {
    rows.gatherColumns(this.memory, N, D, K, kept, scale, x, y);
  }
  scatterAddColumns(N: number, D: number, K: number, kept: Ptr, scale: number, y: Ptr, x: Ptr): void {
    rows.scatterAddColumns(this.memory, N, D, K, kept, scale, y, x);
  }
  pickScale(N: number, rowCount: number, V: number, ids: Ptr, mask: Ptr, s: Ptr): void {
    rows.pickScale(this.memory, N, rowCount, V, ids, mask, s);
  }
  softmaxCrossEntropy(N: number, V: number, logits: Ptr, targets: Ptr, losses: Ptr, delta: Ptr): void {
    rows.softmaxCrossEntropy(this.memory, N, V, logits, targets, losses, delta);
  }
  softmaxRows(N: number, V: number, temperature: number, x: Ptr, y: Ptr): void {
    rows.softmaxRows(this.memory, N, V, temperature, x, y);
  }
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
  ): void {
    layerNorm(this.memory.f, N, D, ld, x, gain, bias, epsilon, normalised, inverse, y);
  }
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
  ): void {
    layerNormBackward(this.memory.f, N, D, ld, dy, gain, normalised, inverse, dx, accumulate);
  }
  sumProducts(N: number, D: number, a: Ptr, b: Ptr, y: Ptr): void {
    sumProducts(this.memory.f, N, D, a, b, y);
  }
  lstmForward(sequence: LstmSequence): void {
    lstmForward(this.memory, sequence);
  }
  lstmBackward(sequence: LstmSequence, gradients: LstmGradients): void {
    lstmBackward(this.memory, sequence, gradients);
  }
  gruForward(sequence: GruSequence): void {
    gruForward(this.memory, sequence);
  }
  gruBackward(sequence: GruSequence, gradients: GruGradients): void {
    gruBackward(this.memory, sequence, gradients);
  }
  drawMask(draw: MaskDraw): void {
    drawMask(this.memory.f, draw);
  }
  drawNoise(draw: NoiseDraw): void {
    drawNoise(this.memory.f, draw);
  }
  holdSteps(steps: number, size: number, fresh: Ptr, y: Ptr): void {
    holdSteps(this.memory.f, steps, size, fresh, y);
  }
  maskedRowsForward(rows: MaskedRows, base: Ptr, z: Ptr): void {
    maskedRowsForward(this.memory, rows, base, z);
  }
  maskedRowsBackward(rows: MaskedRows, dz: Ptr, gradients: MaskedRowsGradients): void {
    maskedRowsBackward(this.memory, rows, dz, gradients);
  }
  sgd(
    n: number,
    w: Ptr,
    g: Ptr,
    v: Ptr,
    learningRate: number,
    momentum: number,
    weightDecay: number,
    nesterov: boolean,
  ): void {
    optimizers.sgd(this.memory.f, n, w, g, v, learningRate, momentum, weightDecay, nesterov);
  }
  rmsprop(
    n: number,
    w: Ptr,
    g: Ptr,
    v: Ptr,
    learningRate: number,
    alpha: number,
    epsilon: number,
    weightDecay: number,
  ): void {
    optimizers.rmsprop(this.memory.f, n, w, g, v, learningRate, alpha, epsilon, weightDecay);
  }
  adam(n: number, w: Ptr, g: Ptr, m: Ptr, v: Ptr, step: AdamStep): void {
    optimizers.adam(this.memory.f, n, w, g, m, v, step);
  }
}

/** A plain buffer that is copied when it grows. */
class PlainBacking implements Backing {
  buffer: ArrayBuffer = new ArrayBuffer(65536);

  grow(bytes: number): void {
    const grown = new ArrayBuffer(bytes);
    new Uint8Array(grown).set(new Uint8Array(this.buffer));
    this.buffer = grown;
  }
}
