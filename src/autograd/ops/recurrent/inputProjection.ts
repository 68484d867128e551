/** The input side of a recurrent op, by what its inputs are: vectors, one-hot rows as ids, or rows of a table by their ids. */
import type { Ptr } from "../../../engine/index.ts";
import { EmbeddedIds } from "../../embeddedIds.ts";
import { Ids } from "../../tensor.ts";
import { projectDense } from "./denseProjection.ts";
import { projectOneHot } from "./oneHotProjection.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";
import { projectTable } from "./tableProjection.ts";

/** Adds to the gradients of x and wIh, given the gradient dZ [T, B, GH]. Gradients must have been made before. */
export type InputBackward = (dz: Ptr) => void;

/**
 * Writes the input projections of all steps into `z` [T, B, GH].
 *
 * @returns the way back
 */
export function projectInput(inputs: SequenceInputs, sizes: SequenceSizes, z: Ptr): InputBackward {
  const { x, wIh, inputMask } = inputs;
  if (x instanceof Ids) return projectOneHot(x, wIh, inputMask, sizes, z);
  if (x instanceof EmbeddedIds) return projectTable(x, inputs, sizes, z);
  return projectDense(x, wIh, inputMask, sizes, z);
}
