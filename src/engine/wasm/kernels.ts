/** The exports of assembly/index.ts as TypeScript sees them. Pointers are byte offsets; sizes and strides are in elements. */
type N = number;

export interface WasmKernels {
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
  lstmForward(
    way: N,
    T: N,
    B: N,
    rows: N,
    H: N,
    K: N,
    gates: N,
    u: N,
    packed: N,
    bIh: N,
    bHh: N,
    hs: N,
    cs: N,
    mask: N,
    groups: N,
    maskSteps: N,
    kept: N,
    hMasked: N,
    delta: N,
    packedDelta: N,
    signs: N,
    flipMask: N,
    flipMasked: N,
    noise: N,
    noiseSteps: N,
    noiseCell: N,
    noiseCellSteps: N,
    keepCell: N,
    keepCellSteps: N,
    keepHidden: N,
    keepHiddenSteps: N,
    scratch: N,
  ): void;
  lstmBackward(
    way: N,
    T: N,
    B: N,
    rows: N,
    H: N,
    K: N,
    gates: N,
    u: N,
    packed: N,
    hs: N,
    cs: N,
    mask: N,
    groups: N,
    maskSteps: N,
    kept: N,
    delta: N,
    packedDelta: N,
    signs: N,
    flipMask: N,
    noise: N,
    noiseSteps: N,
    noiseCell: N,
    noiseCellSteps: N,
    keepCell: N,
    keepCellSteps: N,
    keepHidden: N,
    keepHiddenSteps: N,
    dhs: N,
    dhT: N,
    dcT: N,
    dGates: N,
    dh0: N,
    dc0: N,
    dMask: N,
    dFlipMask: N,
    scratch: N,
  ): void;
  gruForward(
    way: N,
    T: N,
    B: N,
    rows: N,
    H: N,
    K: N,
    gates: N,
    u: N,
    packed: N,
    bIh: N,
    bHh: N,
    hs: N,
    mask: N,
    groups: N,
    maskSteps: N,
    kept: N,
    hMasked: N,
    delta: N,
    packedDelta: N,
    signs: N,
    flipMask: N,
    flipMasked: N,
    flipCandidate: N,
    resetAfter: N,
    candidate: N,
    noise: N,
    noiseSteps: N,
    keepHidden: N,
    keepHiddenSteps: N,
    scratch: N,
  ): void;
  gruBackward(
    way: N,
    T: N,
    B: N,
    rows: N,
    H: N,
    K: N,
    gates: N,
    u: N,
    packed: N,
    hs: N,
    mask: N,
    groups: N,
    maskSteps: N,
    kept: N,
    delta: N,
    packedDelta: N,
    signs: N,
    flipMask: N,
    resetAfter: N,
    candidate: N,
    noise: N,
    noiseSteps: N,
    keepHidden: N,
    keepHiddenSteps: N,
    dhs: N,
    dhT: N,
    dGates: N,
    dRecurrent: N,
    dh0: N,
    dMask: N,
    dFlipMask: N,
    scratch: N,
  ): void;
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
