/** Symbols and the table of their vectors, before the vectors are looked up. */
import { checkTable } from "./checkTable.ts";
import { embedding } from "./ops/embedding.ts";
import type { Tape } from "./tape.ts";
import type { Ids, Shape, Tensor } from "./tensor.ts";

/**
 * Stands for `embedding(table, ids, scale)` where an op may have a shorter way than to look the vectors up: a recurrent op
 * projects the table once instead of every position. Made by `embeddedIds`, never with `new`.
 */
export class EmbeddedIds {
  readonly table: Tensor;
  readonly ids: Ids;
  readonly scale: Tensor | undefined;
  /** [...ids.shape, D] */
  readonly shape: Shape;

  /** @internal */
  constructor(table: Tensor, ids: Ids, scale: Tensor | undefined) {
    this.table = table;
    this.ids = ids;
    this.scale = scale;
    this.shape = [...ids.shape, table.shape[1]!];
  }

  get tape(): Tape {
    return this.table.tape;
  }

  /** The vectors, [...ids.shape, D]. */
  lookUp(): Tensor {
    return embedding(this.table, this.ids, this.scale);
  }
}

/**
 * Symbols as the input of a recurrent op, which looks their vectors up, or does what is shorter.
 *
 *   x[i] = s[i] E[ids[i]]
 *
 * @param table - E [V, D]
 * @param ids - [T, B], values in [0, V)
 * @param scale - s, one factor per id; a constant
 * @throws ShapeError when the table is not a matrix, or `scale` has another number of elements than `ids`
 * @example lstmSequence({ x: embeddedIds(table, tape.ids([4, 2], [2, 1])), wIh, wHh });
 */
export function embeddedIds(table: Tensor, ids: Ids, scale?: Tensor): EmbeddedIds {
  checkTable("embeddedIds", table, ids, scale);
  return new EmbeddedIds(table, ids, scale);
}
