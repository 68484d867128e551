/** The sum of rows, which is the gradient of a bias: db[n] += Σ_m dy[m, n]. */
import type { Engine, Ptr } from "../../engine/index.ts";

/** db[N] += Σ over M rows of dy [M, N] */
export function addColumnSums(engine: Engine, M: number, N: number, dy: Ptr, db: Ptr): void {
  engine.stridedCopy([1, 1, M, N], dy, [0, 0, N, 1], db, [0, 0, 0, 1], true);
}
