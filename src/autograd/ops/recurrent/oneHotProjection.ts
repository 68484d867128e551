/**
 * The input side of a recurrent op whose inputs are one-hot, given as ids: W_k onehot(id) is a column of W_k.
 *
 *   Z_k[t, b] = s_k[t, b] W_k[:, id]        dW_k[:, id] += s_k[t, b] dZ_k[t, b]        s_k[t, b] = m_k[t or 0, b, id]
 *
 * The columns are gathered from a transposed copy of W, so that each is read and written as one row. There is no product
 * here that a mask of kept types could shrink: it is applied as factors.
 * Stored, in scalars: D·GH for the copy, and T·B (shared mask) or T·B·GH (mask per gate) for the factors.
 */
import type { Axes, Ptr } from "../../../engine/index.ts";
import { type DropoutMask, KeptUnits, maskOfKept } from "../../keptUnits.ts";
import type { Tape } from "../../tape.ts";
import type { Ids, Tensor } from "../../tensor.ts";
import type { SequenceSizes } from "./sequenceShapes.ts";

/** Writes the columns of `wIh` that `ids` select into `z` [T, B, GH], and returns the way back. */
export function projectOneHot(
  ids: Ids,
  wIh: Tensor,
  mask: DropoutMask | undefined,
  sizes: SequenceSizes,
  z: Ptr,
): (dz: Ptr) => void {
  const { tape } = wIh;
  const { engine } = tape;
  const { G, T, B, D, H } = sizes;
  const N = T * B;
  const columns = G * H;
  const across: Axes = [1, 1, D, columns];
  const byRow: Axes = [0, 0, columns, 1]; // [D, GH]
  const byColumn: Axes = [0, 0, 1, D]; // the same walk over [GH, D]
  const groups = mask instanceof KeptUnits ? 1 : (mask?.shape[1] ?? 1);
  const factors = mask ? pickFactors(tape, ids, mask, sizes) : 0; // [groups, N]
  const perRow = groups === 1 ? factors : 0;
  const perGate = groups === 1 ? 0 : spreadFactors(tape, factors, groups, N, H); // [N, GH]

  const table = tape.scratch(D * columns); // Wᵀ [D, GH]
  engine.stridedCopy(across, wIh.ptr, byColumn, table, byRow, false);
  if (perGate) {
    const gathered = tape.scratch(N * columns);
    engine.gatherRows(N, columns, ids.ptr, table, 0, gathered);
    engine.binary("mul", N * columns, gathered, perGate, z);
  } else engine.gatherRows(N, columns, ids.ptr, table, perRow, z);

  return (dz) => {
    if (!wIh.requiresGrad) return;
    const dTable = tape.scratch(D * columns);
    engine.fill(D * columns, dTable, 0);
    let d = dz;
    if (perGate) {
      d = tape.scratch(N * columns);
      engine.binary("mul", N * columns, dz, perGate, d);
    }
    engine.scatterAddRows(N, columns, ids.ptr, d, perRow, dTable);
    engine.stridedCopy(across, dTable, byRow, wIh.gradient(), byColumn, true);
  };
}

/** s[g, t, b] = m[t or 0, g, b, ids[t, b]] for a mask [steps, groups, B, D], or one that keeps the same types in all rows */
function pickFactors(tape: Tape, ids: Ids, mask: DropoutMask, { T, B, D }: SequenceSizes): Ptr {
  const { engine } = tape;
  if (mask instanceof KeptUnits) {
    const shared = tape.scratch(T * B);
    engine.pickScale(T * B, 1, D, ids.ptr, maskOfKept(mask, [D]).ptr, shared);
    return shared;
  }
  const [steps, groups] = mask.shape as readonly [number, number];
  const factors = tape.scratch(groups * T * B);
  for (let g = 0; g < groups; g++) {
    let group = mask.ptr + g * B * D; // [steps, B, D], which lies together unless there are many steps and groups
    if (steps > 1 && groups > 1) {
      const together = tape.scratch(steps * B * D);
      engine.stridedCopy(
        [1, 1, steps, B * D],
        group,
        [0, 0, groups * B * D, 1],
        together,
        [0, 0, B * D, 1],
        false,
      );
      group = together;
    }
    engine.pickScale(T * B, steps * B, D, ids.ptr, group, factors + g * T * B);
  }
  return factors;
}

/** Factors [groups, N] of each gate, repeated over its H units: [N, groups·H] */
function spreadFactors(tape: Tape, factors: Ptr, groups: number, N: number, H: number): Ptr {
  const spread = tape.scratch(N * groups * H);
  const sizes: Axes = [1, N, groups, H];
  tape.engine.stridedCopy(sizes, factors, [0, 1, N, 0], spread, [0, groups * H, H, 1], false);
  return spread;
}
