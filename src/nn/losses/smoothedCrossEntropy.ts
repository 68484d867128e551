/** Label smoothing: the target keeps 1 - ε of the probability, and all symbols share ε. */
import { add, crossEntropy, type Ids, mul, sum, type Tensor } from "../../autograd/index.ts";
import { ConfigError, describe } from "../../errors.ts";

/**
 * Cross-entropy against smoothed targets, beside the plain one.
 *
 *   q = (1 - ε) onehot(y) + ε/V        loss = -Σ_v q_v ln p_v = nats + ε (a_y - mean_v a_v)        a the logits
 *
 * The second form needs no logarithm of a small probability. A target of -1 is not scored.
 *
 * Source: Szegedy et al. 2016, "Rethinking the Inception architecture", §7, with the uniform distribution.
 *
 * @param logits - [..., V]
 * @param targets - [...], values in [-1, V)
 * @param smoothing - ε, in [0, 1); at 0 both results are the plain cross-entropy, to the bit
 * @returns `loss` to differentiate and `nats` to report, both scalars, means over the scored targets
 * @throws ConfigError when smoothing is out of range or no target is scored
 * @throws ShapeError when the shapes do not fit or a target is outside the vocabulary
 * @example const { loss, nats } = smoothedCrossEntropy(logits, targets, 0.1);
 */
export function smoothedCrossEntropy(
  logits: Tensor,
  targets: Ids,
  smoothing: number,
): { loss: Tensor; nats: Tensor } {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new ConfigError("smoothing must be a fraction", {
      where: "smoothedCrossEntropy",
      expected: "a number in [0, 1): the share of the target that is spread over all symbols",
      got: describe(smoothing),
      mend: "For example 0.1",
    });
  }
  const nats = crossEntropy(logits, targets);
  if (smoothing === 0) return { loss: nats, nats };
  return { loss: add(nats, sum(mul(logits, spread(logits, targets, smoothing)))), nats };
}

/** ε (onehot - 1/V) / scored for each scored row, 0 for the others: a constant of the shape of the logits. */
function spread(logits: Tensor, targets: Ids, smoothing: number): Tensor {
  const { tape } = logits;
  const { memory } = tape.engine;
  const V = logits.shape.at(-1)!;
  const weights = tape.zeros(logits.shape); // before any view, which an allocation may detach
  const y = memory.ints(targets.ptr, targets.size);
  const w = memory.floats(weights.ptr, weights.size);
  let scored = 0;
  for (const target of y) if (target >= 0) scored++;
  const share = smoothing / scored;
  for (const [i, target] of y.entries()) {
    if (target < 0) continue;
    w.fill(-share / V, i * V, (i + 1) * V);
    w[i * V + target] = share - share / V;
  }
  return weights;
}
