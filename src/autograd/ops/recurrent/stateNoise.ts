/** The noise on the state inside a cell: its shapes, and what the kernels are told about it. */
import type { StateFactors, StateNoise } from "../../../engine/index.ts";
import { ConfigError } from "../../../errors.ts";
import { checkAxes } from "../../checkAxes.ts";
import { checkConstant } from "../../checkConstant.ts";
import { showShape, type Tensor } from "../../tensor.ts";
import type { SequenceSizes } from "./sequenceShapes.ts";

/** Noise that the LSTM and the GRU can have: [1, B, H] for all steps or [T, B, H], constants. */
export interface StateNoiseInputs {
  /** m on the candidate where it enters the state, already scaled by 1/(1-p): Semeniuta et al. 2016 */
  readonly candidateMask?: Tensor | undefined;
  /** k_h, the part of h_{t-1} that h_t keeps. Zoneout: 0 or 1 in training, the rate itself in evaluation. Krueger et al. 2017 */
  readonly keepHidden?: Tensor | undefined;
}

/** Noise on the cell, which only the LSTM has; shapes as above. */
export interface CellNoiseInputs extends StateNoiseInputs {
  /** m_c on the new cell, which is carried with it: 0 or 1 in training, 1-p in evaluation, never 1/(1-p). Moon et al. 2015 */
  readonly cellMask?: Tensor | undefined;
  /** k_c, the part of c_{t-1} that c_t keeps; as keepHidden */
  readonly keepCell?: Tensor | undefined;
}

/**
 * The noise as a kernel takes it.
 *
 * @throws ShapeError naming the op and the factors that do not fit
 * @throws ConfigError when factors require a gradient
 */
export function stateNoise(op: string, inputs: CellNoiseInputs, sizes: SequenceSizes): StateNoise {
  const factors = (name: keyof CellNoiseInputs): StateFactors => {
    const given = inputs[name];
    if (!given) return { ptr: 0, steps: 1 };
    checkAxes(op, `${name} does not fit x and wHh`, given.shape, [
      ["T", [1, sizes.T]],
      ["B", sizes.B],
      ["H", sizes.H],
    ]);
    checkConstant(op, name, given);
    return { ptr: given.ptr, steps: given.shape[0]! };
  };
  return {
    candidate: factors("candidateMask"),
    cell: factors("cellMask"),
    keepCell: factors("keepCell"),
    keepHidden: factors("keepHidden"),
  };
}

/** Throws a ConfigError when a cell that has no c is given noise on it; the types say so too. */
export function refuseCellNoise(op: string, inputs: CellNoiseInputs): void {
  for (const name of ["cellMask", "keepCell"] as const) {
    if (!inputs[name]) continue;
    throw new ConfigError(`${name} is given, and this cell has no c`, {
      where: op,
      expected: "candidateMask or keepHidden, or an LSTM",
      got: `a tensor ${showShape(inputs[name].shape)}`,
    });
  }
}

/** All tensors of the noise, of which some may be absent. */
export function noiseSources(inputs: CellNoiseInputs): (Tensor | undefined)[] {
  return [inputs.candidateMask, inputs.cellMask, inputs.keepCell, inputs.keepHidden];
}
