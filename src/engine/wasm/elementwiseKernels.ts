/** Passes over elements, data movement and sums. */
import { type Axes, Binary, type BinaryOp, type Kernels, type Ptr, Unary, type UnaryOp } from "../engine.ts";
import type { WasmKernels } from "./kernels.ts";
import { type Sharing, whole } from "./sharing.ts";

type Elementwise = Pick<
  Kernels,
  | "fill"
  | "scale"
  | "axpy"
  | "mulAdd"
  | "unary"
  | "unaryBackward"
  | "binary"
  | "stridedCopy"
  | "maskMul"
  | "sum"
  | "sumOfSquares"
>;

export function elementwiseKernels(sharing: Sharing, kernels: WasmKernels): Elementwise {
  return {
    fill(n: number, y: Ptr, value: number): void {
      sharing.share("fill", sharing.elements(n), (from, n) => [n, (y + from) * 4, value]);
    },
    scale(n: number, alpha: number, x: Ptr, y: Ptr): void {
      sharing.share("scale", sharing.elements(n), (from, n) => [n, alpha, (x + from) * 4, (y + from) * 4]);
    },
    axpy(n: number, alpha: number, x: Ptr, y: Ptr): void {
      sharing.share("axpy", sharing.elements(n), (from, n) => [n, alpha, (x + from) * 4, (y + from) * 4]);
    },
    mulAdd(n: number, a: Ptr, b: Ptr, y: Ptr): void {
      sharing.share("mulAdd", sharing.elements(n), (from, n) => [
        n,
        (a + from) * 4,
        (b + from) * 4,
        (y + from) * 4,
      ]);
    },
    unary(op: UnaryOp, n: number, x: Ptr, y: Ptr): void {
      sharing.share("unary", sharing.elements(n), (from, n) => [
        Unary[op],
        n,
        (x + from) * 4,
        (y + from) * 4,
      ]);
    },
    unaryBackward(op: UnaryOp, n: number, x: Ptr, y: Ptr, dy: Ptr, dx: Ptr): void {
      sharing.share("unaryBackward", sharing.elements(n), (from, n) => [
        Unary[op],
        n,
        (x + from) * 4,
        (y + from) * 4,
        (dy + from) * 4,
        (dx + from) * 4,
      ]);
    },
    binary(op: BinaryOp, n: number, a: Ptr, b: Ptr, y: Ptr): void {
      sharing.share("binary", sharing.elements(n), (from, n) => [
        Binary[op],
        n,
        (a + from) * 4,
        (b + from) * 4,
        (y + from) * 4,
      ]);
    },
    stridedCopy(sizes: Axes, x: Ptr, xs: Axes, y: Ptr, ys: Axes, accumulate: boolean): void {
      const [n0, n1, n2, n3] = sizes;
      // columns that lie apart in y may be summed into by different hands; rows may meet there
      const parts = ys[3] === 1 ? sharing.elements(n3, n0 * n1 * n2) : whole(n3);
      sharing.share("stridedCopy", parts, (from, n3) => [
        n0,
        n1,
        n2,
        n3,
        (x + from * xs[3]) * 4,
        ...xs,
        (y + from * ys[3]) * 4,
        ...ys,
        +accumulate,
      ]);
    },
    maskMul(
      steps: number,
      rowSize: number,
      x: Ptr,
      mask: Ptr,
      maskSteps: number,
      y: Ptr,
      accumulate: boolean,
    ): void {
      sharing.share("maskMul", sharing.rows(steps, rowSize), (from, steps) => [
        steps,
        rowSize,
        (x + from * rowSize) * 4,
        (mask + (maskSteps === 1 ? 0 : from * rowSize)) * 4,
        maskSteps === 1 ? 1 : steps,
        (y + from * rowSize) * 4,
        +accumulate,
      ]);
    },
    sum(n: number, x: Ptr): number {
      return kernels.sum(n, x * 4);
    },
    sumOfSquares(n: number, x: Ptr): number {
      return kernels.sumOfSquares(n, x * 4);
    },
  };
}
