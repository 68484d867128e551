/** The exports of assembly/index.ts as TypeScript sees them. Pointers are byte offsets; sizes and strides are in elements. */
import type { RecurrentKernels } from "./recurrentKernels.ts";

type N = number;

export interface WasmKernels extends RecurrentKernels {
  beHand(index: N): void;
  useSmallKernels(on: N): void;
  layOutTransposed(n: N, K: N, first: N, last: N, u: N, out: N): void;
  packB(transB: N, K: N, n: N, b: N, ldb: N, out: N): void;
  gatherColumns(n: N, D: N, K: N, kept: N, scale: N, x: N, y: N): void;
  scatterAddColumns(n: N, D: N, K: N, kept: N, scale: N, y: N, x: N): void;
  fill(n: N, y: N, value: N): void;
  scale(n: N, alpha: N, x: N, y: N): void;
  axpy(n: N, alpha: N, x: N, y: N): void;
  mulAdd(n: N, a: N, b: N, y: N): void;
  unary(op: N, n: N, x: N, y: N): void;
  unaryBackward(op: N, n: N, x: N, y: N, dy: N, dx: N): void;
  binary(op: N, n: N, a: N, b: N, y: N): void;
  stridedCopy(
    n0: N,
    n1: N,
    n2: N,
    n3: N,
    x: N,
    x0: N,
    x1: N,
    x2: N,
    x3: N,
    y: N,
    y0: N,
    y1: N,
    y2: N,
    y3: N,
    accumulate: N,
  ): void;
  maskMul(steps: N, rowSize: N, x: N, mask: N, maskSteps: N, y: N, accumulate: N): void;
  sum(n: N, x: N): number;
  sumOfSquares(n: N, x: N): number;
  gemm(
    way: N,
    transA: N,
    transB: N,
    M: N,
    n: N,
    K: N,
    a: N,
    lda: N,
    b: N,
    ldb: N,
    c: N,
    ldc: N,
    accumulate: N,
    scratch: N,
  ): void;
  packRow(n: N, K: N, w: N, out: N): void;
  rowProduct(n: N, K: N, x: N, packed: N, y: N, accumulate: N): void;
  gatherRows(n: N, D: N, ids: N, table: N, scale: N, y: N): void;
  scatterAddRows(n: N, D: N, width: N, ids: N, dy: N, scale: N, dTable: N): void;
  pickScale(n: N, rows: N, V: N, ids: N, mask: N, s: N): void;
  softmaxCrossEntropy(n: N, V: N, logits: N, targets: N, losses: N, delta: N, scratch: N): void;
  softmaxRows(n: N, V: N, temperature: N, x: N, y: N): void;
  layerNorm(n: N, D: N, ld: N, x: N, gain: N, bias: N, epsilon: N, normalised: N, inverse: N, y: N): void;
  layerNormBackward(n: N, D: N, ld: N, dy: N, gain: N, normalised: N, inverse: N, dx: N, accumulate: N): void;
  sumProducts(n: N, D: N, width: N, a: N, b: N, y: N): void;
  drawMask(
    y: N,
    steps: N,
    allRows: N,
    firstRow: N,
    rows: N,
    columns: N,
    threshold: N,
    kept: N,
    key0: N,
    key1: N,
    counter: N,
    lane: N,
  ): void;
  drawNoise(
    y: N,
    steps: N,
    stepSize: N,
    firstRow: N,
    rows: N,
    columns: N,
    table: N,
    mean: N,
    scale: N,
    key0: N,
    key1: N,
    counter: N,
    lane: N,
  ): void;
  holdSteps(steps: N, size: N, n: N, fresh: N, y: N): void;
  maskedRowsForward(
    n: N,
    D: N,
    columns: N,
    ids: N,
    maskRows: N,
    factors: N,
    starts: N,
    places: N,
    mask: N,
    usual: N,
    table: N,
    weight: N,
    base: N,
    z: N,
    ld: N,
    scratch: N,
  ): void;
  maskedRowsBackward(
    n: N,
    V: N,
    D: N,
    columns: N,
    ids: N,
    maskRows: N,
    factors: N,
    starts: N,
    places: N,
    mask: N,
    usual: N,
    table: N,
    weight: N,
    dz: N,
    ld: N,
    dTables: N,
    dWeight: N,
    sums: N,
    total: N,
    portion: N,
    scratch: N,
  ): void;
  sgd(n: N, w: N, g: N, v: N, learningRate: N, momentum: N, weightDecay: N, nesterov: N): void;
  rmsprop(n: N, w: N, g: N, v: N, learningRate: N, alpha: N, rest: N, epsilon: N, weightDecay: N): void;
  adam(
    n: N,
    w: N,
    g: N,
    m: N,
    v: N,
    stepSize: N,
    beta1: N,
    rest1: N,
    beta2: N,
    rest2: N,
    epsilon: N,
    l2: N,
    kept: N,
    rootCorrection2: N,
  ): void;
}
