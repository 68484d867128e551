/** The backward of a recurrent op as a nested step, so that its large scratch arrays serve the next layer as well. */
import type { Tape } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Runs `body` in a nested step. The gradients of `inputs` are made before it begins, because they must outlive it.
 */
export function backwardStep(tape: Tape, inputs: readonly (Tensor | undefined)[], body: () => void): void {
  for (const input of inputs) if (input?.requiresGrad) input.gradient();
  tape.step(body);
}
