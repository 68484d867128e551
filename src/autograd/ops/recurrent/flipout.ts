/**
 * Flipout: each row of the batch sees a weight of its own, at the price of a second product instead of one for every row.
 *
 *   W_b = W + Δ ⊙ (r_b s_bᵀ)        W_b (x ⊙ m) = W (x ⊙ m) + r_b ⊙ (Δ (x ⊙ m ⊙ s_b))
 *   dΔ += (r ⊙ dz)ᵀ (x ⊙ m ⊙ s)    dx += m ⊙ s ⊙ ((r ⊙ dz) Δ)
 *
 * r_b and s_b are signs, the same at all steps. Where the noise Δ is symmetric about 0, W_b has its distribution in each row,
 * and the rows are not correlated. m ⊙ s is made on the tape, so that a mask to train gets its gradient through it.
 *
 * Source: Wen, Vicol, Ba, Tran & Grosse 2018, "Flipout", §3.1.
 * Stored, in scalars: groups·T·B·K for the operand of Δ, and T·B·GH for the second product of the input side; T·B·GH while
 * backward runs.
 */
import type { FlipoutSide, Ptr } from "../../../engine/index.ts";
import { checkAxes } from "../../checkAxes.ts";
import { checkConstant } from "../../checkConstant.ts";
import { type DropoutMask, KeptUnits, maskOfKept } from "../../keptUnits.ts";
import type { Tensor } from "../../tensor.ts";
import { mul } from "../binary.ts";
import { reshape } from "../movement.ts";
import { addWeightGradient, type GateBlock } from "./gateBlocks.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";

/** Flipout on a weight [GH, K], where K is D or H. */
export interface Flipout {
  /** Δ [GH, K], which r and s turn; gradients flow to it */
  readonly delta: Tensor;
  /** r [B, GH], 1 or -1; a constant */
  readonly outputSigns: Tensor;
  /** s [B, K], 1 or -1; a constant */
  readonly inputSigns: Tensor;
}

/** The same with the mask of the operand in the signs. */
export interface SettledFlipout {
  readonly delta: Tensor;
  readonly outputSigns: Tensor;
  /** m ⊙ s: [1|T, 1|G, B, K] */
  readonly mask: Tensor;
}

/** Flipout on the two sides of a sequence. */
export interface FlipoutSides {
  readonly input: SettledFlipout | undefined;
  readonly recurrent: SettledFlipout | undefined;
}

/**
 * Checks Flipout on both sides against the sizes, and lays the masks over the signs.
 *
 * @throws ShapeError naming the op and the argument that does not fit
 * @throws ConfigError when signs require a gradient
 */
export function settleFlipout(op: string, inputs: SequenceInputs, sizes: SequenceSizes): FlipoutSides {
  const { inputFlipout, recurrentFlipout, inputMask, recurrentMask } = inputs;
  const { D, H } = sizes;
  return {
    input: inputFlipout && settle(op, "inputFlipout", inputFlipout, inputMask, sizes, ["D", D]),
    recurrent:
      recurrentFlipout && settle(op, "recurrentFlipout", recurrentFlipout, recurrentMask, sizes, ["H", H]),
  };
}

function settle(
  op: string,
  name: string,
  { delta, outputSigns, inputSigns }: Flipout,
  mask: DropoutMask | undefined,
  { G, B, H }: SequenceSizes,
  width: readonly ["D" | "H", number],
): SettledFlipout {
  const rows = [`${G}H`, G * H] as const;
  checkAxes(op, `${name}.delta does not fit its weight`, delta.shape, [rows, width]);
  checkAxes(op, `${name}.outputSigns does not fit x and wHh`, outputSigns.shape, [["B", B], rows]);
  checkAxes(op, `${name}.inputSigns does not fit x and wHh`, inputSigns.shape, [["B", B], width]);
  checkConstant(op, `${name}.outputSigns`, outputSigns);
  checkConstant(op, `${name}.inputSigns`, inputSigns);
  const signs = reshape(inputSigns, [1, 1, B, width[1]]);
  const factors = mask instanceof KeptUnits ? maskOfKept(mask, signs.shape) : mask;
  return { delta, outputSigns, mask: factors ? mul(factors, signs) : signs };
}

/** What gradients flow to. */
export function flipoutSources({ input, recurrent }: FlipoutSides): Tensor[] {
  return [input, recurrent].flatMap((side) => (side ? [side.delta, side.mask] : []));
}

/** r ⊙ dz over all steps, [T, B, GH]; in the open step. */
export function flipGates({ outputSigns }: SettledFlipout, { G, T, B, H }: SequenceSizes, dz: Ptr): Ptr {
  const { tape } = outputSigns;
  const flipped = tape.scratch(T * B * G * H);
  tape.engine.maskMul(T, B * G * H, dz, outputSigns.ptr, 1, flipped, false);
  return flipped;
}

/** What a sequence kernel is told of the recurrent side. @param isResetBefore - a GRU whose r enters the product with Δ_n */
export function flipoutSide(
  flipout: SettledFlipout | undefined,
  { T, B, H }: SequenceSizes,
  isResetBefore = false,
): FlipoutSide | undefined {
  if (!flipout) return undefined;
  const { delta, outputSigns, mask } = flipout;
  const { tape } = delta;
  return {
    delta: delta.ptr,
    outputSigns: outputSigns.ptr,
    mask: mask.ptr,
    hMasked: tape.scratch(mask.shape[1]! * T * B * H),
    candidate: isResetBefore ? tape.scratch(T * B * H) : 0,
  };
}

/** Where the gradient of m ⊙ s of the recurrent side goes: 0 unless a mask is one to train. */
export function flipoutMaskGradient({ recurrent }: FlipoutSides): Ptr {
  return recurrent?.mask.requiresGrad ? recurrent.mask.gradient() : 0;
}

/** dΔ += (r ⊙ da)ᵀ (h_prev ⊙ m ⊙ s) over all T·B rows, from what each gate's Δ_k was multiplied with. */
export function addDeltaGradient(
  { recurrent }: FlipoutSides,
  sizes: SequenceSizes,
  blocks: readonly GateBlock[],
  da: Ptr,
): void {
  if (!recurrent?.delta.requiresGrad) return;
  const { G, T, B, H } = sizes;
  const { delta } = recurrent;
  const matrix = { rows: T * B, columns: G * H, K: H };
  addWeightGradient(delta.tape.engine, matrix, blocks, flipGates(recurrent, sizes, da), delta.gradient());
}
