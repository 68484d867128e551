/** The error of a run whose numbers are no longer finite. */
import { DivergenceError } from "../errors.ts";

/**
 * Words a divergence.
 * @param step - the update at which it was seen; nothing has been updated with it
 * @param got - which number is not finite, beside the others
 * @param clip - the run's largest gradient norm, for the advice
 */
export function diverged(step: number, got: string, clip: number): DivergenceError {
  const clipping = clip > 0 ? `a clip below ${clip}` : "clipping (clip: 5)";
  return new DivergenceError(`training diverged at step ${step}`, {
    where: "Trainer",
    expected: "a finite loss and gradient",
    got,
    mend: `Try a smaller learningRate, ${clipping}, or another seed; the last good checkpoint is kept`,
  });
}
