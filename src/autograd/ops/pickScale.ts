/** The mask of a type, for each position: what word dropout multiplies embeddings by. */
import { checkAxes } from "../checkAxes.ts";
import { checkIds } from "../checkIds.ts";
import type { Ids, Tensor } from "../tensor.ts";

/**
 * Picks, for every id, the value of its type in a mask. A constant: no gradient flows to the mask.
 *
 *   s[t, b] = mask[b, ids[t, b]]
 *
 * Source: Gal & Ghahramani 2016, word dropout: a type that is dropped is dropped at each of its positions.
 *
 * @param mask - [B, V], one row per batch row; or [1, V], one row for all
 * @param ids - [T, B], values in [0, V)
 * @returns [T, B]
 * @throws ShapeError when the mask has another number of rows, or an id is outside V
 */
export function pickScale(mask: Tensor, ids: Ids): Tensor {
  const { tape } = mask;
  const B = ids.shape.at(-1) ?? 1;
  checkAxes("pickScale", "mask does not fit ids", mask.shape, [["B", [1, B]], ["V"]]);
  const [rows, V] = mask.shape as readonly [number, number];
  checkIds("pickScale", tape, ids, V);
  const s = tape.output(ids.shape, []);
  tape.engine.pickScale(ids.size, rows, V, ids.ptr, mask.ptr, s.ptr);
  return s;
}
