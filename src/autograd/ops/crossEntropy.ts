/** The loss of a classifier or a language model. */
import { ConfigError, oneOf, ShapeError } from "../../errors.ts";
import { sameShape } from "../broadcast.ts";
import { checkIds } from "../checkIds.ts";
import { type Ids, showShape, type Tensor } from "../tensor.ts";

/** How the losses of the targets become one number, or do not. */
export type Reduction = "mean" | "sum" | "none";

/**
 * Cross-entropy of the softmax of `logits`, in nats.
 *
 *   loss_i = logsumexp(logits_i) - logits_i[target_i]        dlogits_i += (softmax(logits_i) - onehot(target_i)) dloss_i
 *
 * A target of -1 is not scored: its loss is 0, and the mean is over the scored targets only.
 *
 * @param logits - [..., V]
 * @param targets - [...], values in [-1, V)
 * @param options.reduction - Default "mean", nats per scored target
 * @returns a scalar [], or [...] for "none"
 * @throws ShapeError when the shapes do not fit or a target is outside the vocabulary
 * @throws ConfigError when there is no scored target to take a mean over
 * @example tape.backward(crossEntropy(linear(hidden, weight, bias), targets));
 */
export function crossEntropy(
  logits: Tensor,
  targets: Ids,
  { reduction = "mean" }: { reduction?: Reduction } = {},
): Tensor {
  const { tape } = logits;
  const { engine } = tape;
  oneOf("crossEntropy", "reduction", reduction, ["mean", "sum", "none"]);
  const V = logits.shape.at(-1) ?? 1;
  if (logits.shape.length === 0 || !sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw new ShapeError("targets do not fit logits", {
      where: "crossEntropy",
      expected: `logits [..., V] and targets [...]`,
      got: `logits ${showShape(logits.shape)} and targets ${showShape(targets.shape)}`,
    });
  }
  checkIds("crossEntropy", tape, targets, V, -1);
  const N = targets.size;
  const share = reduction === "mean" ? 1 / scored(tape.engine.memory.ints(targets.ptr, N)) : 1;
  const delta = tape.needsGradient([logits]) ? tape.scratch(N * V) : 0; // [N, V], softmax - onehot
  const losses = tape.output(targets.shape, reduction === "none" ? [logits] : []);
  engine.softmaxCrossEntropy(N, V, logits.ptr, targets.ptr, losses.ptr, delta);

  if (reduction === "none") {
    tape.record([losses], () => {
      const spread = tape.scratch(N * V); // dlosses over the rows
      engine.stridedCopy([1, 1, N, V], losses.gradientPtr, [0, 0, 1, 0], spread, [0, 0, V, 1], false);
      engine.mulAdd(N * V, spread, delta, logits.gradient());
    });
    return losses;
  }
  const loss = tape.output([], [logits]);
  engine.fill(1, loss.ptr, share * engine.sum(N, losses.ptr));
  tape.record([loss], () => {
    const dloss = engine.memory.f[loss.gradientPtr]!;
    engine.axpy(N * V, share * dloss, delta, logits.gradient());
  });
  return loss;
}

function scored(targets: Int32Array): number {
  let count = 0;
  for (const target of targets) if (target >= 0) count++;
  if (count > 0) return count;
  throw new ConfigError("no target is scored, so there is no mean", {
    where: "crossEntropy",
    expected: "at least one target that is not -1",
    got: `${targets.length} targets of -1`,
    mend: 'Skip this batch, or use { reduction: "sum" }',
  });
}
