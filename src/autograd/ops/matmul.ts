/** The matrix product. */
import { ShapeError } from "../../errors.ts";
import { showShape, sizeOf, type Tensor } from "../tensor.ts";

/** Which operands are stored transposed. */
export interface MatmulOptions {
  /** a is stored as [K, M]. Default false */
  readonly transA?: boolean;
  /** b is stored as [N, K]. Default false */
  readonly transB?: boolean;
}

/**
 * The matrix product; leading axes of `a` are rows.
 *
 *   Y = op(A) op(B)        dA += dY op(B)ᵀ        dB += op(A)ᵀ dY        (transposed when the operand is)
 *
 * @param a - [..., K], or [K, M] with transA
 * @param b - [K, N], or [N, K] with transB
 * @returns [..., N], or [M, N] with transA
 * @throws ShapeError when the inner sizes differ
 * @example matmul(xs, w); // [T, B, D] x [D, N] -> [T, B, N]
 */
export function matmul(a: Tensor, b: Tensor, { transA = false, transB = false }: MatmulOptions = {}): Tensor {
  const { tape } = a;
  const { engine } = tape;
  checkRanks(a, b, transA);
  const rows = transA ? [a.shape[1]!] : a.shape.slice(0, -1);
  const M = sizeOf(rows);
  const K = a.size / M;
  const [N, inner] = transB ? [b.shape[0]!, b.shape[1]!] : [b.shape[1]!, b.shape[0]!];
  if (K !== inner) throw doesNotFit(a, b, transA, transB, `K=${K} and K=${inner}`);
  const lda = transA ? M : K;
  const ldb = transB ? K : N;
  const y = tape.output([...rows, N], [a, b]);
  engine.gemm(transA, transB, M, N, K, a.ptr, lda, b.ptr, ldb, y.ptr, N, false);
  tape.record([y], () => {
    const dy = y.gradientPtr; // [M, N]
    if (a.requiresGrad) {
      if (transA) engine.gemm(transB, true, K, M, N, b.ptr, ldb, dy, N, a.gradient(), M, true);
      else engine.gemm(false, !transB, M, K, N, dy, N, b.ptr, ldb, a.gradient(), K, true);
    }
    if (b.requiresGrad) {
      if (transB) engine.gemm(true, transA, N, K, M, dy, N, a.ptr, lda, b.gradient(), K, true);
      else engine.gemm(!transA, false, K, N, M, a.ptr, lda, dy, N, b.gradient(), N, true);
    }
  });
  return y;
}

function checkRanks(a: Tensor, b: Tensor, transA: boolean): void {
  if (b.shape.length === 2 && (transA ? a.shape.length === 2 : a.shape.length >= 1)) return;
  throw new ShapeError("these are not matrices", {
    where: "matmul",
    expected: transA ? "a [K, M] and b with two axes" : "a [..., K] and b with two axes",
    got: `a ${showShape(a.shape)} and b ${showShape(b.shape)}`,
  });
}

function doesNotFit(a: Tensor, b: Tensor, transA: boolean, transB: boolean, inner: string): ShapeError {
  return new ShapeError("the inner sizes differ", {
    where: "matmul",
    expected: `a ${transA ? "[K, M]" : "[..., K]"} and b ${transB ? "[N, K]" : "[K, N]"}`,
    got: `a ${showShape(a.shape)} and b ${showShape(b.shape)}, that is ${inner}`,
  });
}
