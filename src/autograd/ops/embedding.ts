/** Rows of a table, by number. */
import { checkIds } from "../checkIds.ts";
import { checkTable } from "../checkTable.ts";
import type { Ids, Tensor } from "../tensor.ts";

/**
 * Looks up a row of `table` for every id.
 *
 *   y[i] = s[i] E[ids[i]]        dE[ids[i]] += s[i] dy[i]
 *
 * @param table - [V, D]
 * @param ids - any shape, values in [0, V)
 * @param scale - one factor per id, such as a word mask picked by `pickScale`; a constant
 * @returns [...ids.shape, D]
 * @throws ShapeError when an id has no row, or `scale` has another number of elements than `ids`
 * @example embedding(table, tape.ids([4, 2], [2, 1])); // [2, 1, D]
 */
export function embedding(table: Tensor, ids: Ids, scale?: Tensor): Tensor {
  const { tape } = table;
  const { engine } = tape;
  checkTable("embedding", table, ids, scale);
  const [V, D] = table.shape as readonly [number, number];
  checkIds("embedding", tape, ids, V);
  const factors = scale?.ptr ?? 0;
  const y = tape.output([...ids.shape, D], [table]);
  engine.gatherRows(ids.size, D, ids.ptr, table.ptr, factors, y.ptr);
  tape.record([y], () =>
    engine.scatterAddRows(ids.size, D, ids.ptr, y.gradientPtr, factors, table.gradient()),
  );
  return y;
}
