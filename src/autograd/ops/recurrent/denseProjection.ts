/**
 * The input side of a recurrent op whose inputs are vectors: W_k (x_t ⊙ m_k) for every gate k and all steps at once, and its
 * way back.
 *
 *   Z_k = (X ⊙ m_k) W_kᵀ        dX += Σ_k m_k ⊙ (dZ_k W_k)        dW_k += dZ_kᵀ (X ⊙ m_k)
 *   dm_k += x_t ⊙ (dZ_k W_k), summed over the steps and gates that share a mask; only of a mask to train
 *
 * No mask or a mask shared by the gates: one gemm each. A mask per gate: one gemm per gate. A mask that keeps the same
 * units in all rows: one smaller gemm (keptProduct.ts).
 * Stored for the way back, in scalars: T·B·D per group of masks; nothing without a mask.
 *
 * Source: Gal & Ghahramani 2016 for the masks (their "tied" is shared here, their "untied" is per gate).
 */
import type { Engine, Ptr } from "../../../engine/index.ts";
import { type DropoutMask, KeptUnits } from "../../keptUnits.ts";
import type { Tape } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { keptProduct } from "../keptProduct.ts";
import {
  addWeightGradient,
  type BlockSizes,
  blockProducts,
  equalBlocks,
  operandGradient,
} from "./gateBlocks.ts";
import type { SequenceSizes } from "./sequenceShapes.ts";

/** The projections of vectors x [T, B, D]. */
export function projectDense(
  x: Tensor,
  wIh: Tensor,
  mask: DropoutMask | undefined,
  sizes: SequenceSizes,
  z: Ptr,
): (dz: Ptr) => void {
  if (mask instanceof KeptUnits) return keptProduct(x, wIh, mask, z, false);
  const { tape } = x;
  const { engine } = tape;
  const { G, T, B, D, H } = sizes;
  const matrix: BlockSizes = { rows: T * B, columns: G * H, K: D };
  const groups = mask?.shape[1] ?? 1;
  const operands = mask ? maskedOperands(tape, x, mask, sizes) : x.ptr;
  const blocks = equalBlocks(matrix, groups, operands);
  blockProducts(engine, matrix, blocks, wIh.ptr, z);

  return (dz) => {
    if (wIh.requiresGrad) addWeightGradient(engine, matrix, blocks, dz, wIh.gradient());
    if (!x.requiresGrad && !mask?.requiresGrad) return;
    if (!mask) return operandGradient(engine, matrix, blocks[0]!, dz, wIh.ptr, x.gradient(), true);
    const masked = tape.scratch(x.size); // gradient of x ⊙ m_g, one group after the other
    for (const [g, block] of blocks.entries()) {
      operandGradient(engine, matrix, block, dz, wIh.ptr, masked, false);
      if (x.requiresGrad) multiplyByGroup(engine, sizes, mask, g, masked, x.gradient(), true);
      if (mask.requiresGrad) addMaskGradient(engine, sizes, mask, g, x.ptr, masked);
    }
  };
}

/** x ⊙ m_g for every group g: [groups, T, B, D] */
function maskedOperands(tape: Tape, x: Tensor, mask: Tensor, sizes: SequenceSizes): Ptr {
  const groups = mask.shape[1]!;
  const operands = tape.scratch(groups * x.size);
  for (let g = 0; g < groups; g++)
    multiplyByGroup(tape.engine, sizes, mask, g, x.ptr, operands + g * x.size, false);
  return operands;
}

/** y = or += x ⊙ m_g for one group of a mask [steps, groups, B, D]; x and y are [T, B, D]. */
function multiplyByGroup(
  engine: Engine,
  { T, B, D }: SequenceSizes,
  mask: Tensor,
  g: number,
  x: Ptr,
  y: Ptr,
  accumulate: boolean,
): void {
  const [steps, groups] = mask.shape as readonly [number, number];
  const row = B * D;
  if (steps === 1 || groups === 1) {
    engine.maskMul(T, row, x, mask.ptr + g * row, steps, y, accumulate);
    return;
  }
  // Per step and per gate: the masks of one gate do not lie together, so each step is a call of its own.
  for (let t = 0; t < T; t++)
    engine.maskMul(1, row, x + t * row, mask.ptr + (t * groups + g) * row, 1, y + t * row, accumulate);
}

/** dm_g += x ⊙ d for one group of a mask, given the gradient d [T, B, D] of x ⊙ m_g. */
function addMaskGradient(
  engine: Engine,
  { T, B, D }: SequenceSizes,
  mask: Tensor,
  g: number,
  x: Ptr,
  d: Ptr,
): void {
  const [steps, groups] = mask.shape as readonly [number, number];
  const row = B * D;
  const dMask = mask.gradient();
  for (let t = 0; t < T; t++) {
    const at = ((steps === 1 ? 0 : t) * groups + g) * row;
    engine.mulAdd(row, x + t * row, d + t * row, dMask + at);
  }
}
