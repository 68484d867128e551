/** The check that ids point into a table: compiled kernels do not look, and would read somewhere else. */
import { ShapeError } from "../errors.ts";
import type { Tape } from "./tape.ts";
import type { Ids } from "./tensor.ts";

/**
 * Throws when an id is not in [lowest, V).
 *
 * @param lowest - 0, or -1 where -1 means "not scored"
 * @throws ShapeError naming the id, its position and V
 */
export function checkIds(where: string, tape: Tape, ids: Ids, V: number, lowest: 0 | -1 = 0): void {
  const values = tape.engine.memory.ints(ids.ptr, ids.size);
  for (let position = 0; position < values.length; position++) {
    const id = values[position]!;
    if (id >= lowest && id < V) continue;
    throw new ShapeError(`id ${id} is outside the vocabulary`, {
      where,
      expected: `ids in [${lowest}, V=${V})`,
      got: `${id} at position ${position}`,
    });
  }
}
