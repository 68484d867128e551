/**
 * Products of a [.., GH] gate array with a weight [GH, K], when gates may see different (masked) operands.
 *
 * A block is a run of neighbouring gate columns that see one operand: all of them without a mask or under a shared one,
 * one gate each under per-gate masks. Each product then is one gemm per block on sub-matrices (leading dimension GH).
 */
import type { Engine, Ptr } from "../../../engine/index.ts";

/** Gate columns [column, column + width) and the operand [rows, K] that they see. */
export interface GateBlock {
  readonly column: number;
  readonly width: number;
  readonly operand: Ptr;
}

/** Rows (T·B), gate columns (GH) and operand columns (K) of the products. */
export interface BlockSizes {
  readonly rows: number;
  readonly columns: number;
  readonly K: number;
}

/** `groups` blocks of equal width, whose operands [rows, K] lie one after another at `operands`. */
export function equalBlocks({ rows, columns, K }: BlockSizes, groups: number, operands: Ptr): GateBlock[] {
  const width = columns / groups;
  return Array.from({ length: groups }, (_, g) => ({
    column: g * width,
    width,
    operand: operands + g * rows * K,
  }));
}

/** Z[:, block] = operand Wᵀ[:, block] */
export function blockProducts(
  engine: Engine,
  { rows, columns, K }: BlockSizes,
  blocks: readonly GateBlock[],
  weight: Ptr,
  z: Ptr,
): void {
  for (const { column, width, operand } of blocks)
    engine.gemm(false, true, rows, width, K, operand, K, weight + column * K, K, z + column, columns, false);
}

/** dW[block] += dZ[:, block]ᵀ operand */
export function addWeightGradient(
  engine: Engine,
  { rows, columns, K }: BlockSizes,
  blocks: readonly GateBlock[],
  dz: Ptr,
  dWeight: Ptr,
): void {
  for (const { column, width, operand } of blocks)
    engine.gemm(true, false, width, K, rows, dz + column, columns, operand, K, dWeight + column * K, K, true);
}

/** d = or += dZ[:, block] W[block] */
export function operandGradient(
  engine: Engine,
  { rows, columns, K }: BlockSizes,
  { column, width }: GateBlock,
  dz: Ptr,
  weight: Ptr,
  d: Ptr,
  accumulate: boolean,
): void {
  engine.gemm(false, false, rows, K, width, dz + column, columns, weight + column * K, K, d, K, accumulate);
}
