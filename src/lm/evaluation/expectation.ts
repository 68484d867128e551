/** The weights as they are, no masks: the usual figure, with or without a softmax temperature. */
import type { LanguageModel } from "../languageModel.ts";
import { forEachTarget, forEachWindow, type Reading, readWindow, withCarriedState } from "./reading.ts";

/**
 * Scores a text with the weights as they are.
 *
 *   -ln p(w_t),   p = softmax(z_t / τ)
 *
 * @param temperature - τ > 0. Default 1, which changes no bit
 * @returns nats of every character after the first, [N - 1]
 */
export async function expectation(
  model: LanguageModel,
  ids: Int32Array,
  reading: Reading,
  temperature = 1,
): Promise<Float64Array> {
  const nats = new Float64Array(Math.max(0, ids.length - 1));
  await withCarriedState(model, (stateOf) =>
    forEachWindow(ids, reading, (window) =>
      readWindow(model, window, stateOf(window), { temperature }, ({ losses }) =>
        forEachTarget(window, (k, place) => {
          nats[place] = losses[k]!;
        }),
      ),
    ),
  );
  return nats;
}
