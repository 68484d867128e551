/** One-hot rows written out, where ids will not do. */
import { checkIds, type DropoutMask, type EmbeddedIds, Ids, Tensor } from "../autograd/index.ts";

/**
 * Inputs as a stack takes them: one-hot rows [T, B, D] in the place of ids when the mask on them is to be trained. Ids gather
 * columns of the weights, and through that no gradient reaches a mask.
 */
export function denseUnderLearnedMask(
  x: Tensor | Ids | EmbeddedIds,
  mask: DropoutMask | undefined,
): Tensor | Ids | EmbeddedIds {
  if (!(x instanceof Ids && mask instanceof Tensor && mask.requiresGrad)) return x;
  const { tape } = mask;
  const { memory } = tape.engine;
  const D = mask.shape.at(-1)!;
  checkIds("RecurrentStack.forward", tape, x, D);
  const rows = tape.zeros([...x.shape, D]);
  const ids = memory.ints(x.ptr, x.size);
  for (let k = 0; k < x.size; k++) memory.f[rows.ptr + k * D + ids[k]!] = 1;
  return rows;
}
