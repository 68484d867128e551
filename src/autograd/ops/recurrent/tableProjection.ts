/**
 * The input side of a recurrent op whose inputs are rows of a table: the table is projected once, not every position.
 *
 *   P = E Wᵀ        z[t, b] = s[t, b] P[ids[t, b]]        dP[ids[t, b]] += s[t, b] dz[t, b], then dE, dW as of P = E Wᵀ
 *
 * With V symbols and N = T·B positions that is V rows in each of three products instead of N, and N rows moved.
 * A layer-normalised cell normalises the rows of P; where positions have factors s it must be the positions (inputProjection.ts).
 * Stored for the way back, in scalars: nothing; V·GH while it lasts, twice.
 */
import type { Ptr } from "../../../engine/index.ts";
import { EmbeddedIds } from "../../embeddedIds.ts";
import { KeptUnits } from "../../keptUnits.ts";
import type { Tensor } from "../../tensor.ts";
import { projectDense } from "./denseProjection.ts";
import type { InputBackward } from "./inputProjection.ts";
import { MaskedLookup, maskedLookup } from "./maskedLookup.ts";
import { projectMasked } from "./maskedProjection.ts";
import { normaliseInput } from "./sequenceNorm.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";

/** A table of more than half as many rows as there are positions is not worth projecting. */
const WORTH = 2;

/** The inputs, with vectors looked up where they are not better projected as a table, or as fewer rows under a mask; under Flipout always. */
export function settleInput<T extends SequenceInputs>(inputs: T): T {
  const { x, wIh, inputMask, inputFlipout } = inputs;
  if (!(x instanceof EmbeddedIds)) return inputs;
  const [V, D] = x.table.shape as readonly [number, number];
  if (WORTH * V <= x.ids.size && !inputFlipout) {
    if (inputMask === undefined || inputMask instanceof KeptUnits) return inputs;
    const fits = D === wIh.shape[1] && isMaskOf(inputMask, x); // else the checks that follow say what is wrong
    const masked = fits && !inputMask.requiresGrad && maskedLookup(x, inputMask);
    if (masked) return { ...inputs, x: masked };
  }
  return { ...inputs, x: x.lookUp() };
}

/** Whether a mask is [1|T, 1|G, B, D]; and whether every id has a row. */
function isMaskOf(mask: Tensor, { tape, table, ids }: EmbeddedIds): boolean {
  const [steps, , B, D] = mask.shape;
  if (mask.shape.length !== 4 || ids.shape.length !== 2 || mask.tape !== tape) return false;
  const [T, rows] = ids.shape;
  if (!(steps === 1 || steps === T) || B !== rows || D !== table.shape[1]) return false;
  return tape.engine.memory.ints(ids.ptr, ids.size).every((id) => id >= 0 && id < table.shape[0]!);
}

/** Whether x is a table whose projections `projectTable` has normalised: LN(s P[id]) differs from s LN(P[id]), and under masks there is no P. */
export function isNormalisedTable(x: SequenceInputs["x"]): boolean {
  return x instanceof EmbeddedIds && !(x instanceof MaskedLookup) && x.scale === undefined;
}

/** Writes the input projections of all positions into `z` [T, B, GH]. */
export function projectTable(
  x: EmbeddedIds,
  inputs: SequenceInputs,
  sizes: SequenceSizes,
  z: Ptr,
): InputBackward {
  const { wIh, inputMask } = inputs;
  if (x instanceof MaskedLookup) return projectMasked(x, { wIh, inputMask: inputMask as Tensor }, sizes, z);
  const { table, ids, scale } = x;
  const { tape } = table;
  const { engine } = tape;
  const V = table.shape[0]!;
  const columns = sizes.G * sizes.H;
  const factors = scale?.ptr ?? 0;
  const projected = tape.scratch(V * columns); // P
  const backward = projectDense(table, wIh, inputMask, { ...sizes, T: V, B: 1 }, projected);
  const toProjected = normaliseInput(factors ? undefined : inputs.layerNorm, sizes, V, projected);
  engine.gatherRows(ids.size, columns, ids.ptr, projected, factors, z);
  return (dz) => {
    const dProjected = tape.scratch(V * columns);
    engine.fill(V * columns, dProjected, 0);
    engine.scatterAddRows(ids.size, columns, ids.ptr, dz, factors, dProjected);
    backward(toProjected(dProjected));
    return factors ? { count: ids.size, ptr: dz } : { count: V, ptr: dProjected };
  };
}
