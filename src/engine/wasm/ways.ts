/** How a product is made; the numbers are those of assembly/gemm.ts. */

import type { Sharing } from "./sharing.ts";

/** Operands packed for the tiles. */
export const PACKED = 0;
/** One row at a time, the other operand as it lies. */
export const DIRECT = 1;
/** The system's BLAS. */
export const SYSTEM = 2;
/** One row at a time, the other operand kept packed for it. */
export const ROW = 3;
/** The system's BLAS, for a narrow second operand: in pieces, where the library has kernels for them. */
export const NARROW = 4;
/** Not at all: the product stands there already. */
export const MADE = 5;

/** Rows and columns of such a piece, as in assembly/system.ts. */
export const NARROW_ROWS = 32;
const NARROW_COLUMNS = 64;

/** Fewer products of a row with a matrix than this do not win back the packing of the matrix. */
const FEW_ROWS = 8;

/** The way of C[M,N] = op(A) op(B). */
export function wayOfProduct(
  { system, thresholds }: Sharing,
  transA: boolean,
  transB: boolean,
  M: number,
  N: number,
  K: number,
): number {
  if (M === 1 && transB && !transA) return DIRECT;
  if (!system || M * N * K < thresholds.system) return PACKED;
  return !transA && !transB && N <= NARROW_COLUMNS ? NARROW : SYSTEM;
}

/** The way of the recurrent products of T steps of B rows with a matrix of `weights` numbers. */
export function wayOfSequence(
  { system, thresholds }: Sharing,
  T: number,
  B: number,
  weights: number,
  masked: boolean,
  isPacked = false,
): number {
  if (T * B < FEW_ROWS && !masked) return isPacked ? ROW : DIRECT;
  return system && B * weights >= thresholds.system ? SYSTEM : PACKED;
}
