/**
 * The neural cache: what followed when the model was last in a similar state is likely to follow again.
 *
 * Beside the model's own prediction stands a second one, made of the last N pairs of a hidden state and the symbol that came
 * after it. h_t is what the decoder reads after symbol x_t, the top layer's output or that of a feed-forward layer above it:
 *
 *   p_cache(w) ∝ Σ_{i = t-N}^{t-1} 1[w = x_{i+1}] e^(θ h_t · h_i)          Grave et al. 2017, §3
 *   p(w)       = (1 - λ) p_lm(w) + λ p_cache(w)
 *
 * All N pairs take part: nothing is approximated. While the cache is empty, before the second symbol, p is p_lm.
 *
 * With several rows, each but the first fills its cache on the text before it: it reads N symbols more than without a cache.
 */
import { ConfigError, describe, nonNegativeNumber, positiveInteger } from "../../errors.ts";
import type { LanguageModel } from "../languageModel.ts";
import { type CacheMemory, createCacheMemory } from "./cacheMemory.ts";
import { logAddExp } from "./logSoftmax.ts";
import { forEachWindow, type Reading, readWindow, WARM_UP, withCarriedState } from "./reading.ts";

/** An interpolated cache over the last hidden states. */
export interface NeuralCache {
  readonly name: "cache";
  /** N, pairs that are remembered. Default 500 */
  readonly size?: number;
  /** θ >= 0: how much a similar state counts for more; 0 is the frequency of the last N symbols. Default 0.3 */
  readonly theta?: number;
  /** λ in [0, 1): the share of the cache; 0 is the expectation, to the bit. Default 0.1 */
  readonly lambda?: number;
}

/** What is used when nothing is said; all three are worth fitting on validation. */
export const cacheDefaults = { size: 500, theta: 0.3, lambda: 0.1 } as const;

/** @throws ConfigError naming the option that is out of range */
export function checkCache({ size, theta, lambda }: NeuralCache): Required<Omit<NeuralCache, "name">> {
  const where = "evaluate";
  const share = lambda ?? cacheDefaults.lambda;
  if (!(typeof share === "number" && share >= 0 && share < 1)) {
    throw new ConfigError("lambda must be a share below 1", {
      where,
      expected: "a number in [0, 1): at 1 a symbol that is not in the cache would be impossible",
      got: describe(lambda),
    });
  }
  return {
    size: positiveInteger(where, "size", size ?? cacheDefaults.size, cacheDefaults.size),
    theta: nonNegativeNumber(where, "theta", theta ?? cacheDefaults.theta),
    lambda: share,
  };
}

/** Scores a text with a cache over its own past. */
export async function cache(
  model: LanguageModel,
  ids: Int32Array,
  reading: Reading,
  mode: NeuralCache,
): Promise<Float64Array> {
  const { size: N, theta, lambda } = checkCache(mode);
  const nats = new Float64Array(Math.max(0, ids.length - 1));
  const [own, other] = [Math.log1p(-lambda), Math.log(lambda)];
  let memory: CacheMemory | undefined;
  try {
    await withCarriedState(model, (stateOf) =>
      forEachWindow(ids, { ...reading, warmUp: WARM_UP + N }, (window) => {
        memory ??= createCacheMemory(model, window.rows, N);
        const { rows, steps, places, next } = window;
        const { visitRows } = memory;
        readWindow(model, window, stateOf(window), {}, ({ features, losses }) => {
          const ownNats = Float64Array.from(losses); // a copy: the kernels of the cache may move the memory
          visitRows(features, window, (b, similar) => {
            for (let t = 0; t < steps; t++) {
              const k = t * rows + b;
              if (places[k]! < 0) continue;
              const cached = similar(t, theta, next[k]!);
              const loss = ownNats[k]!;
              nats[places[k]!] =
                cached === undefined ? loss : -logAddExp(own - loss, other + Math.log(cached));
            }
          });
        });
      }),
    );
  } finally {
    memory?.release();
  }
  return nats;
}
