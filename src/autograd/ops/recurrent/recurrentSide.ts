/**
 * The recurrent side of a recurrent op: the weights and the mask as the kernels take them, and the weights' gradient.
 *
 *   U_k (h_{t-1} ⊙ m_k)        dU_k += da_kᵀ (h_prev ⊙ m_k)
 *
 * Under a mask of kept units U is packed once for all steps: [GH, K], its kept columns with the scale in them.
 * Stored, in scalars: T·B·H per group of masks; or, with K kept units, T·B·K and GH·K.
 */
import type { Ptr, RecurrentMask } from "../../../engine/index.ts";
import { KeptUnits } from "../../keptUnits.ts";
import { Tensor } from "../../tensor.ts";
import { addKeptGradient, keptColumns } from "../keptProduct.ts";
import { addWeightGradient, type GateBlock } from "./gateBlocks.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";

type RecurrentInputs = Pick<SequenceInputs, "wHh" | "recurrentMask">;

/** What a sequence kernel is told about U, its mask, and where to put masked states. */
export interface RecurrentSide {
  readonly wHh: Ptr;
  readonly mask: RecurrentMask;
  readonly hMasked: Ptr;
}

export function recurrentSide(
  { wHh, recurrentMask: mask }: RecurrentInputs,
  { T, B, H }: SequenceSizes,
): RecurrentSide {
  const { tape } = wHh;
  if (mask instanceof KeptUnits) {
    return {
      wHh: keptColumns(wHh, mask),
      mask: { ptr: 0, steps: 1, groups: 1, kept: mask.ptr, count: mask.count },
      hMasked: tape.scratch(T * B * mask.count),
    };
  }
  const [steps, groups] = (mask?.shape ?? [1, 1]) as readonly [number, number];
  return {
    wHh: wHh.ptr,
    mask: { ptr: mask?.ptr ?? 0, steps, groups, kept: 0, count: 0 },
    hMasked: mask ? tape.scratch(groups * T * B * H) : 0,
  };
}

/** Where the gradient of the mask goes: 0 unless it is one to train. */
export function maskGradient({ recurrentMask: mask }: RecurrentInputs): Ptr {
  return mask instanceof Tensor && mask.requiresGrad ? mask.gradient() : 0;
}

/** dU += daᵀ (h_prev ⊙ m) over all T·B rows, from what each gate's U_k was multiplied with. */
export function addRecurrentGradient(
  { wHh, recurrentMask }: RecurrentInputs,
  { G, T, B, H }: SequenceSizes,
  blocks: readonly GateBlock[],
  da: Ptr,
): void {
  if (!wHh.requiresGrad) return;
  const rows = T * B;
  if (recurrentMask instanceof KeptUnits) addKeptGradient(wHh, recurrentMask, rows, da, blocks[0]!.operand);
  else addWeightGradient(wHh.tape.engine, { rows, columns: G * H, K: H }, blocks, da, wHh.gradient());
}
