/** The compiled engines: the kernels of assembly/, over one WebAssembly memory. */
import {
  type AdamStep,
  type Axes,
  Binary,
  type BinaryOp,
  type Engine,
  type GruGradients,
  type GruSequence,
  type LstmGradients,
  type LstmSequence,
  type MaskDraw,
  type Ptr,
  Unary,
  type UnaryOp,
} from "../engine.ts";
import { type Backing, Memory } from "../memory.ts";
import { dropThreshold } from "../reference/masks.ts";
import type { WasmKernels } from "./kernels.ts";

const PAGE = 65536;
/** Blocking of gemm.ts: packed B and packed A, in floats. */
const GEMM_SCRATCH = 256 * 512 + 256 * 120;

/** Instantiates a compiled module as an engine. */
export async function createWasmEngine(
  name: "strict" | "relaxed",
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Engine> {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const abort = (): never => {
    throw new Error("a compiled kernel aborted");
  };
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory, abort } });
  return new WasmEngine(name, memory, instance.exports as unknown as WasmKernels);
}

class WasmEngine implements Engine {
  readonly name: "strict" | "relaxed";
  readonly precision = "float32";
  readonly memory: Memory;
  readonly #kernels: WasmKernels;
  #scratchPtr: Ptr = 0;
  #scratchSize = 0;

  constructor(name: "strict" | "relaxed", memory: WebAssembly.Memory, kernels: WasmKernels) {
    this.name = name;
    this.memory = new Memory(new WasmBacking(memory), "float32");
    this.#kernels = kernels;
  }

  fill(n: number, y: Ptr, value: number): void {
    this.#kernels.fill(n, y * 4, value);
  }
  scale(n: number, alpha: number, x: Ptr, y: Ptr): void {
    this.#kernels.scale(n, alpha, x * 4, y * 4);
  }
  axpy(n: number, alpha: number, x: Ptr, y: Ptr): void {
    this.#kernels.axpy(n, alpha, x * 4, y * 4);
  }
  mulAdd(n: number, a: Ptr, b: Ptr, y: Ptr): void {
    this.#kernels.mulAdd(n, a * 4, b * 4, y * 4);
  }
  unary(op: UnaryOp, n: number, x: Ptr, y: Ptr): void {
    this.#kernels.unary(Unary[op], n, x * 4, y * 4);
  }
  unaryBackward(op: UnaryOp, n: number, x: Ptr, y: Ptr, dy: Ptr, dx: Ptr): void {
    this.#kernels.unaryBackward(Unary[op], n, x * 4, y * 4, dy * 4, dx * 4);
  }
  binary(op: BinaryOp, n: number, a: Ptr, b: Ptr, y: Ptr): void {
    this.#kernels.binary(Binary[op], n, a * 4, b * 4, y * 4);
  }
  stridedCopy(sizes: Axes, x: Ptr, xs: Axes, y: Ptr, ys: Axes, accumulate: boolean): void {
    this.#kernels.stridedCopy(...sizes, x * 4, ...xs, y * 4, ...ys, +accumulate);
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
    this.#kernels.maskMul(steps, rowSize, x * 4, mask * 4, maskSteps, y * 4, +accumulate);
  }
  sum(n: number, x: Ptr): number {
    return this.#kernels.sum(n, x * 4);
  }
  sumOfSquares(n: number, x: Ptr): number {
    return this.#kernels.sumOfSquares(n, x * 4);
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
    this.#kernels.gemm(
      +transA,
      +transB,
      M,
      N,
      K,
      a * 4,
      lda,
      b * 4,
      ldb,
      c * 4,
      ldc,
      +accumulate,
      this.#scratch(GEMM_SCRATCH),
    );
  }
  gatherRows(N: number, D: number, ids: Ptr, table: Ptr, scale: Ptr, y: Ptr): void {
    this.#kernels.gatherRows(N, D, ids * 4, table * 4, scale * 4, y * 4);
  }
  scatterAddRows(N: number, D: number, ids: Ptr, dy: Ptr, scale: Ptr, dTable: Ptr): void {
    this.#kernels.scatterAddRows(N, D, ids * 4, dy * 4, scale * 4, dTable * 4);
  }
  pickScale(N: number, rows: number, V: number, ids: Ptr, mask: Ptr, s: Ptr): void {
    this.#kernels.pickScale(N, rows, V, ids * 4, mask * 4, s * 4);
  }
  softmaxCrossEntropy(N: number, V: number, logits: Ptr, targets: Ptr, losses: Ptr, delta: Ptr): void {
    this.#kernels.softmaxCrossEntropy(N, V, logits * 4, targets * 4, losses * 4, delta * 4, this.#scratch(V));
  }
  softmaxRows(N: number, V: number, temperature: number, x: Ptr, y: Ptr): void {
    this.#kernels.softmaxRows(N, V, temperature, x * 4, y * 4);
  }

  lstmForward({ T, B, H, gates, wHh, bIh, bHh, hs, cs, mask, hMasked }: LstmSequence): void {
    const scratch = this.#scratch(aligned(4 * H) + aligned(B * H) + 4 * packed(H, H));
    this.#kernels.lstmForward(
      T,
      B,
      H,
      gates * 4,
      wHh * 4,
      bIh * 4,
      bHh * 4,
      hs * 4,
      cs * 4,
      mask.ptr * 4,
      mask.groups,
      mask.steps,
      hMasked * 4,
      scratch,
    );
  }
  lstmBackward(
    { T, B, H, gates, wHh, cs, mask }: LstmSequence,
    { dhs, dhT, dcT, dGates, dh0, dc0 }: LstmGradients,
  ): void {
    const scratch = this.#scratch(7 * aligned(B * H) + packed(4 * H, H));
    this.#kernels.lstmBackward(
      T,
      B,
      H,
      gates * 4,
      wHh * 4,
      cs * 4,
      mask.ptr * 4,
      mask.groups,
      mask.steps,
      dhs * 4,
      dhT * 4,
      dcT * 4,
      dGates * 4,
      dh0 * 4,
      dc0 * 4,
      scratch,
    );
  }
  gruForward({ T, B, H, gates, wHh, bIh, bHh, hs, mask, hMasked, resetAfter, candidate }: GruSequence): void {
    const scratch = this.#scratch(
      2 * aligned(3 * H) + aligned(3 * B * H) + aligned(B * H) + 3 * packed(H, H),
    );
    this.#kernels.gruForward(
      T,
      B,
      H,
      gates * 4,
      wHh * 4,
      bIh * 4,
      bHh * 4,
      hs * 4,
      mask.ptr * 4,
      mask.groups,
      mask.steps,
      hMasked * 4,
      +resetAfter,
      candidate * 4,
      scratch,
    );
  }
  gruBackward(
    { T, B, H, gates, wHh, hs, mask, resetAfter, candidate }: GruSequence,
    { dhs, dhT, dGates, dRecurrent, dh0 }: GruGradients,
  ): void {
    const scratch = this.#scratch(5 * aligned(B * H) + packed(3 * H, H));
    this.#kernels.gruBackward(
      T,
      B,
      H,
      gates * 4,
      wHh * 4,
      hs * 4,
      mask.ptr * 4,
      mask.groups,
      mask.steps,
      +resetAfter,
      candidate * 4,
      dhs * 4,
      dhT * 4,
      dGates * 4,
      dRecurrent * 4,
      dh0 * 4,
      scratch,
    );
  }

  drawMask({ y, steps, rows, columns, rate, key, counter, lane }: MaskDraw): void {
    this.#kernels.drawMask(
      y * 4,
      steps,
      rows,
      columns,
      dropThreshold(rate),
      1 / (1 - rate),
      key[0],
      key[1],
      counter,
      lane,
    );
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
    this.#kernels.sgd(n, w * 4, g * 4, v * 4, learningRate, momentum, weightDecay, +nesterov);
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
    this.#kernels.rmsprop(n, w * 4, g * 4, v * 4, learningRate, alpha, 1 - alpha, epsilon, weightDecay);
  }
  adam(n: number, w: Ptr, g: Ptr, m: Ptr, v: Ptr, step: AdamStep): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, correction1, correction2 } = step;
    const l2 = decoupled ? 0 : weightDecay;
    const kept = decoupled ? 1 - learningRate * weightDecay : 1;
    this.#kernels.adam(
      n,
      w * 4,
      g * 4,
      m * 4,
      v * 4,
      learningRate / correction1,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      epsilon,
      l2,
      kept,
      Math.sqrt(correction2),
    );
  }

  /** Room for `n` floats that a kernel may use while it runs: one array, which only grows. Returns its byte offset. */
  #scratch(n: number): number {
    if (n > this.#scratchSize) {
      if (this.#scratchPtr) this.memory.release(this.#scratchPtr, this.#scratchSize);
      this.#scratchPtr = this.memory.persistent(n);
      this.#scratchSize = n;
    }
    return this.#scratchPtr * 4;
  }
}

class WasmBacking implements Backing {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }
  grow(bytes: number): void {
    this.#memory.grow(Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE));
  }
}

/** As the compiled kernels lay out their scratch: 16 floats. */
function aligned(n: number): number {
  return (n + 15) & ~15;
}

/** Floats of a [K, N] matrix packed in panels of 8 columns. */
function packed(K: number, N: number): number {
  return K * ((N + 7) & ~7);
}
