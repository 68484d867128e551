/** The input side of a recurrent op, by what its inputs are: vectors, one-hot rows as ids, or rows of a table by their ids. */
import type { Ptr } from "../../../engine/index.ts";
import { EmbeddedIds } from "../../embeddedIds.ts";
import { Ids } from "../../tensor.ts";
import { projectDense } from "./denseProjection.ts";
import { flipGates, type SettledFlipout } from "./flipout.ts";
import { projectOneHot } from "./oneHotProjection.ts";
import { normaliseInput } from "./sequenceNorm.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";
import { isNormalisedTable, projectTable } from "./tableProjection.ts";

/**
 * Adds to the gradients of x and wIh, given the gradient dZ [T, B, GH]. Gradients must have been made before.
 *
 * @returns rows [count, GH] whose sum is the sum of dZ: dZ itself, or fewer, summed by symbol on the way
 */
export type InputBackward = (dz: Ptr) => SummedRows;

/** Rows at `ptr`, of which there are `count`. */
export interface SummedRows {
  readonly count: number;
  readonly ptr: Ptr;
}

/**
 * Writes the input projections of all steps into `z` [T, B, GH]; under Flipout W (x ⊙ m) + r ⊙ (Δ (x ⊙ m ⊙ s)); normalised
 * where the cell is, after which nothing of what they were is kept.
 *
 * @returns the way back
 */
export function projectInput(
  inputs: SequenceInputs,
  sizes: SequenceSizes,
  flipout: SettledFlipout | undefined,
  z: Ptr,
): InputBackward {
  const backward = projectWithFlipout(inputs, sizes, flipout, z);
  if (!inputs.layerNorm || isNormalisedTable(inputs.x)) return backward;
  const rows = sizes.T * sizes.B;
  const toProjections = normaliseInput(inputs.layerNorm, sizes, rows, z);
  return (dz) => {
    backward(toProjections(dz));
    return { count: rows, ptr: dz };
  };
}

function projectWithFlipout(
  inputs: SequenceInputs,
  sizes: SequenceSizes,
  flipout: SettledFlipout | undefined,
  z: Ptr,
): InputBackward {
  const backward = project(inputs, sizes, z);
  if (!flipout) return backward;
  const { delta, outputSigns, mask } = flipout;
  const { tape } = delta;
  const { G, T, B, H } = sizes;
  const beside = tape.scratch(T * B * G * H);
  const besideBackward = project({ ...inputs, wIh: delta, inputMask: mask }, sizes, beside);
  tape.engine.maskMul(T, B * G * H, beside, outputSigns.ptr, 1, z, true);
  return (dz) => {
    besideBackward(flipGates(flipout, sizes, dz));
    return backward(dz);
  };
}

function project(inputs: SequenceInputs, sizes: SequenceSizes, z: Ptr): InputBackward {
  const { x, wIh, inputMask } = inputs;
  if (x instanceof EmbeddedIds) return projectTable(x, inputs, sizes, z);
  const backward =
    x instanceof Ids ? projectOneHot(x, wIh, inputMask, sizes, z) : projectDense(x, wIh, inputMask, sizes, z);
  return (dz) => {
    backward(dz);
    return { count: sizes.T * sizes.B, ptr: dz };
  };
}
