/** The definition of the elementwise kernels, of data movement and of sums. */
import type { Axes, BinaryOp, Ptr, UnaryOp } from "../engine.ts";
import type { Floats } from "../memory.ts";

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** f(x) and, from x and y = f(x), its derivative. */
const functions: Record<UnaryOp, { value: (x: number) => number; slope: (x: number, y: number) => number }> =
  {
    neg: { value: (x) => -x, slope: () => -1 },
    exp: { value: Math.exp, slope: (_, y) => y },
    log: { value: Math.log, slope: (x) => 1 / x },
    sigmoid: { value: sigmoid, slope: (_, y) => y * (1 - y) },
    tanh: { value: Math.tanh, slope: (_, y) => 1 - y * y },
    relu: { value: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
    square: { value: (x) => x * x, slope: (x) => 2 * x },
    sqrt: { value: Math.sqrt, slope: (_, y) => 0.5 / y },
    abs: { value: Math.abs, slope: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0) },
    reciprocal: { value: (x) => 1 / x, slope: (_, y) => -y * y },
  };

export function unary(f: Floats, op: UnaryOp, n: number, x: Ptr, y: Ptr): void {
  const { value } = functions[op];
  for (let k = 0; k < n; k++) f[y + k] = value(f[x + k]!);
}

export function unaryBackward(f: Floats, op: UnaryOp, n: number, x: Ptr, y: Ptr, dy: Ptr, dx: Ptr): void {
  const { slope } = functions[op];
  for (let k = 0; k < n; k++) f[dx + k]! += slope(f[x + k]!, f[y + k]!) * f[dy + k]!;
}

export function binary(f: Floats, op: BinaryOp, n: number, a: Ptr, b: Ptr, y: Ptr): void {
  for (let k = 0; k < n; k++) {
    const p = f[a + k]!;
    const q = f[b + k]!;
    f[y + k] = op === "add" ? p + q : op === "sub" ? p - q : op === "mul" ? p * q : p / q;
  }
}

export function axpy(f: Floats, n: number, alpha: number, x: Ptr, y: Ptr): void {
  for (let k = 0; k < n; k++) f[y + k]! += alpha * f[x + k]!;
}

export function scale(f: Floats, n: number, alpha: number, x: Ptr, y: Ptr): void {
  for (let k = 0; k < n; k++) f[y + k] = alpha * f[x + k]!;
}

export function mulAdd(f: Floats, n: number, a: Ptr, b: Ptr, y: Ptr): void {
  for (let k = 0; k < n; k++) f[y + k]! += f[a + k]! * f[b + k]!;
}

export function stridedCopy(
  f: Floats,
  sizes: Axes,
  x: Ptr,
  xs: Axes,
  y: Ptr,
  ys: Axes,
  accumulate: boolean,
): void {
  for (let a = 0; a < sizes[0]; a++) {
    for (let b = 0; b < sizes[1]; b++) {
      for (let c = 0; c < sizes[2]; c++) {
        for (let d = 0; d < sizes[3]; d++) {
          const from = x + a * xs[0] + b * xs[1] + c * xs[2] + d * xs[3];
          const to = y + a * ys[0] + b * ys[1] + c * ys[2] + d * ys[3];
          f[to] = accumulate ? f[to]! + f[from]! : f[from]!; // not 0 + x: a copy keeps the sign of -0
        }
      }
    }
  }
}

export function maskMul(
  f: Floats,
  steps: number,
  rowSize: number,
  x: Ptr,
  mask: Ptr,
  maskSteps: number,
  y: Ptr,
  accumulate: boolean,
): void {
  for (let t = 0; t < steps; t++) {
    const m = mask + (maskSteps === 1 ? 0 : t * rowSize);
    for (let k = 0; k < rowSize; k++) {
      const at = t * rowSize + k;
      const product = f[x + at]! * f[m + k]!;
      f[y + at] = accumulate ? f[y + at]! + product : product;
    }
  }
}

export function sum(f: Floats, n: number, x: Ptr): number {
  let total = 0;
  for (let k = 0; k < n; k++) total += f[x + k]!;
  return total;
}

export function sumOfSquares(f: Floats, n: number, x: Ptr): number {
  let total = 0;
  for (let k = 0; k < n; k++) total += f[x + k]! * f[x + k]!;
  return total;
}
