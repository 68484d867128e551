/**
 * Symbols whose vectors are masked on their way into a weight: which rows are projected, and in which of the ways that give
 * the same result. It is chosen by counting multiply-adds for a gate column:
 *
 *   each position        3 T B D                     vectors looked up and masked, three products (no MaskedLookup)
 *   each pair            3 P D                       the P pairs of a window (lookedUpRows.ts), where the mask is tied over time
 *   what is unusual      3 V D + 2 share n D         most numbers of a mask are one value c, and W (E ⊙ m) is c W E, which is
 *                                                    made once for V symbols, and the few columns that differ; for n pairs or
 *                                                    positions
 */
import type { Engine } from "../../../engine/index.ts";
import { EmbeddedIds } from "../../embeddedIds.ts";
import type { Tensor } from "../../tensor.ts";
import { type LookedUpRows, lookedUpRows, numberPairs, numberPositions } from "./lookedUpRows.ts";

/** Rows of a table under a mask, and how they are projected. Made by `maskedLookup`, never with `new`. */
export class MaskedLookup extends EmbeddedIds {
  readonly rows: LookedUpRows;
  /** the value that most numbers of the mask have, where the others are treated as exceptions; undefined: all are multiplied */
  readonly usual: number | undefined;

  /** @internal */
  constructor({ table, ids, scale }: EmbeddedIds, rows: LookedUpRows, usual: number | undefined) {
    super(table, ids, scale);
    this.rows = rows;
    this.usual = usual;
  }
}

/** Numbers of a mask that are looked at to see how it is. */
const LOOKED_AT = 4096;

/**
 * Times, in those of a multiply-add of a packed product, measured (bench/LOG.md): of an exception there and back, of what a row
 * and a number of the table take besides, of moving a projected row to its positions and back; and of a BLAS's multiply-add.
 */
const COST = { exception: 2.5, row: 15, table: 6, move: 10, blas: 0.5 } as const;

/**
 * The rows to project instead of every position.
 *
 * @param x - ids [T, B]
 * @param mask - [1|T, 1|G, B, D], a constant
 * @returns undefined when to look every position up is no more work
 */
export function maskedLookup(x: EmbeddedIds, mask: Tensor): MaskedLookup | undefined {
  const { table, ids, tape } = x;
  const [V, D] = table.shape as readonly [number, number];
  const [steps, groups] = mask.shape as readonly [number, number];
  const product = 3 * D * (tape.engine.blas ? COST.blas : 1);
  const { usual, share } = usualValue(tape.engine, mask);
  const pairs = steps === 1 ? numberPairs(x) : undefined;
  const count = pairs?.count ?? ids.size;
  const costs = {
    positions: ids.size * product,
    pairs: pairs ? count * product + COST.move * (count + ids.size) : Number.POSITIVE_INFINITY,
    exceptions: V * product + COST.exception * share * count * D + COST.row * count + COST.table * V * D,
  };
  const least = Math.min(costs.positions, costs.pairs, costs.exceptions);
  if (least === costs.positions) return undefined;
  const rows = lookedUpRows(x, pairs ?? numberPositions(x), [steps, groups]);
  return new MaskedLookup(x, rows, least === costs.pairs ? undefined : usual);
}

/** 0 or the first other number, whichever stands more often at the beginning of a mask, and the share of what differs from it. */
function usualValue({ memory }: Engine, mask: Tensor): { usual: number; share: number } {
  const seen = memory.floats(mask.ptr, Math.min(mask.size, LOOKED_AT));
  const other = seen.find((value) => value !== 0) ?? 0;
  let [zeros, others] = [0, 0];
  for (let k = 0; k < seen.length; k++) {
    if (seen[k] === 0) zeros++;
    else if (seen[k] === other) others++;
  }
  return { usual: others > zeros ? other : 0, share: 1 - Math.max(zeros, others) / seen.length };
}
