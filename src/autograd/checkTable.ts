/** The check of a table of vectors and of the factors of what is looked up in it. */
import { ShapeError } from "../errors.ts";
import { checkAxes } from "./checkAxes.ts";
import { type Ids, showShape, type Tensor } from "./tensor.ts";

/**
 * Throws unless `table` is a matrix and `scale`, where there is one, has a factor for every id.
 *
 * @throws ShapeError naming `where`
 */
export function checkTable(where: string, table: Tensor, ids: Ids, scale: Tensor | undefined): void {
  checkAxes(where, "table is not a matrix", table.shape, [["V"], ["D"]]);
  if (!scale || scale.size === ids.size) return;
  throw new ShapeError("scale does not fit ids", {
    where,
    expected: `${ids.size} factors, one per id of ${showShape(ids.shape)}`,
    got: showShape(scale.shape),
  });
}
