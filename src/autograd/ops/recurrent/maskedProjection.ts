/**
 * The input side of a recurrent op whose inputs are rows of a table under a mask, where not every position is projected by
 * itself: rows r are pairs or positions (lookedUpRows.ts), and maskedLookup.ts says in which way and why.
 *
 *   x_r = f_r E[v_r] ⊙ m_r        z[t, b] = W_k x_r        dz_r = the sum of dz over the positions of r
 *   by products      Z_k = X_k W_kᵀ        dW_k += dZ_kᵀ X_k        dE[v_r] += f_r Σ_k m_rk ⊙ (dz_rk W_k)
 *   by exceptions    W_k x_r = f_r (c W_k E[v_r] + Σ over j with m_rkj ≠ c of (m_rkj - c) E[v_r, j] W_k[:, j]), and back
 *
 * Stored for the way back, in scalars: by products R·D per group of masks for R rows, and R·GH; by exceptions V·D; and a few
 * numbers for each position.
 */
import type { MaskedRows, Ptr } from "../../../engine/index.ts";
import type { Tensor } from "../../tensor.ts";
import { addWeightGradient, blockProducts, equalBlocks, operandGradient } from "./gateBlocks.ts";
import type { InputBackward } from "./inputProjection.ts";
import { type LookedUpRows, positionsInOrder } from "./lookedUpRows.ts";
import type { MaskedLookup } from "./maskedLookup.ts";
import type { SequenceInputs, SequenceSizes } from "./sequenceShapes.ts";

type Weights = Pick<SequenceInputs, "wIh"> & { readonly inputMask: Tensor };

/** Writes the input projections of all positions into `z` [T, B, GH]. */
export function projectMasked(
  x: MaskedLookup,
  weights: Weights,
  sizes: SequenceSizes,
  z: Ptr,
): InputBackward {
  return x.usual === undefined
    ? projectByProducts(x, weights, sizes, z)
    : projectByExceptions(x, x.usual, weights, sizes, z);
}

function projectByProducts(
  { tape, table, ids, rows: { count, symbols, maskRows, factors, rowOf } }: MaskedLookup,
  { wIh, inputMask }: Weights,
  { G, B, D, H }: SequenceSizes,
  z: Ptr,
): InputBackward {
  const { engine } = tape;
  const groups = inputMask.shape[1]!;
  const size = count * D;
  const columns = G * H;
  const matrix = { rows: count, columns, K: D };
  const operands = tape.scratch(groups * size); // f x ⊙ m_g, one group after the other
  const blocks = equalBlocks(matrix, groups, operands);
  /** y = x ⊙ m_g; y may be x */
  const underMask = (g: number, x: Ptr, y: Ptr): void =>
    tape.step(() => {
      const mask = tape.scratch(size);
      engine.gatherRows(count, D, maskRows, inputMask.ptr + g * B * D, 0, mask);
      engine.binary("mul", size, x, mask, y);
    });
  for (const [g, { operand }] of blocks.entries()) {
    engine.gatherRows(count, D, symbols, table.ptr, factors, operand);
    underMask(g, operand, operand);
  }
  tape.step(() => {
    const projected = tape.scratch(count * columns);
    blockProducts(engine, matrix, blocks, wIh.ptr, projected);
    engine.gatherRows(ids.size, columns, rowOf, projected, 0, z);
  });

  return (dz) => {
    const dRows = tape.scratch(count * columns);
    engine.fill(count * columns, dRows, 0);
    engine.scatterAddRows(ids.size, columns, rowOf, dz, 0, dRows);
    if (wIh.requiresGrad) addWeightGradient(engine, matrix, blocks, dRows, wIh.gradient());
    if (table.requiresGrad) {
      const dx = tape.scratch(size);
      for (const [g, block] of blocks.entries()) {
        operandGradient(engine, matrix, block, dRows, wIh.ptr, dx, false);
        underMask(g, dx, dx);
        engine.scatterAddRows(count, D, symbols, dx, factors, table.gradient());
      }
    }
    return { count, ptr: dRows };
  };
}

/** The projections of the whole table under the usual value, and what differs from it. */
function projectByExceptions(
  x: MaskedLookup,
  usual: number,
  { wIh, inputMask }: Weights,
  { G, B, D, H }: SequenceSizes,
  z: Ptr,
): InputBackward {
  const { tape, table, rows } = x;
  const { engine } = tape;
  const [V, columns] = [table.shape[0]!, G * H];
  const [steps, groups] = inputMask.shape as readonly [number, number];
  const width = columns / groups;
  const rowsOfGroup = (
    { count, symbols, maskRows, factors, starts, places }: Omit<LookedUpRows, "rowOf">,
    g: number,
  ): MaskedRows => ({
    N: count,
    V,
    D,
    columns: width,
    ld: columns,
    ids: symbols,
    maskRows,
    factors,
    starts,
    places,
    mask: inputMask.ptr + g * B * D,
    usual,
    table: table.ptr,
    weight: wIh.ptr + g * width * D,
  });
  const isBased = usual !== 0;
  const usually = isBased ? tape.scratch(V * D) : 0; // c E
  tape.step(() => {
    const base = isBased ? tape.scratch(V * columns) : 0;
    if (isBased) {
      engine.scale(V * D, usual, table.ptr, usually);
      engine.gemm(false, true, V, columns, D, usually, D, wIh.ptr, D, base, columns, false);
    }
    const inOrder = rows.count === x.ids.size ? positionsInOrder(x, [steps, groups]) : rows;
    for (let g = 0; g < groups; g++)
      engine.maskedRowsForward(rowsOfGroup(inOrder, g), base && base + g * width, z + g * width);
  });

  return (dz) => {
    const zeros = (n: number): Ptr => {
      const p = tape.scratch(n);
      engine.fill(n, p, 0);
      return p;
    };
    const gradientOf = (tensor: Tensor): Ptr =>
      tensor.requiresGrad ? tensor.gradient() : zeros(tensor.size);
    const [dTable, dWeight] = [gradientOf(table), gradientOf(wIh)];
    const sums = zeros(V * columns);
    const total = rows.factors && zeros(columns);
    for (let g = 0; g < groups; g++)
      engine.maskedRowsBackward(rowsOfGroup(rows, g), dz + g * width, {
        dTable,
        dWeight: dWeight + g * width * D,
        sums: sums + g * width,
        total: total && total + g * width,
      });
    if (isBased) {
      const dUsually = tape.scratch(V * D);
      engine.gemm(false, false, V, D, columns, sums, columns, wIh.ptr, D, dUsually, D, false);
      engine.axpy(V * D, usual, dUsually, dTable);
      engine.gemm(true, false, columns, D, V, sums, columns, usually, D, dWeight, D, true);
    }
    return total ? { count: 1, ptr: total } : { count: V, ptr: sums };
  };
}
