/** The sum of rows, which is the gradient of a bias: db[n] += Σ_m dy[m, n]. */
import type { Ptr } from "../../engine/index.ts";
import type { Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/** db[N] += Σ over M rows of dy [M, N], for every bias that requires it; rows are summed once, however many there are. */
export function addColumnSums(
  tape: Tape,
  M: number,
  N: number,
  dy: Ptr,
  biases: readonly (Tensor | undefined)[],
): void {
  const { engine } = tape;
  const wanted = biases.filter((bias) => bias?.requiresGrad) as readonly Tensor[];
  const sumInto = (target: Ptr): void =>
    engine.stridedCopy([1, 1, M, N], dy, [0, 0, N, 1], target, [0, 0, 0, 1], true);
  if (wanted.length <= 1) {
    for (const bias of wanted) sumInto(bias.gradient());
    return;
  }
  const sums = tape.scratch(N);
  engine.fill(N, sums, 0);
  sumInto(sums);
  for (const bias of wanted) engine.axpy(N, 1, sums, bias.gradient());
}
