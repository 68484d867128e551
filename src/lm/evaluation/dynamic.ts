/**
 * Dynamic evaluation: the weights learn from the text while it is scored.
 *
 * A segment s_i of n characters is scored first, and only then learned from, so that nothing is scored with weights that have
 * seen it. θ_g are the trained weights, L the mean loss of the segment, its gradient truncated at the segment's beginning:
 *
 *   SGD   θ += λ (θ_g - θ) - η ∇L(s_i)
 *   RMS   θ += λ R ⊙ (θ_g - θ) - η ∇L(s_i) / (RMS + ε)          R = min(RMS / mean RMS, 1/λ)
 *
 * RMS is the root mean square of the gradient of each weight over the training text, from `gradientStatistics`: weights that
 * learned from large gradients move by as much as the others, and are pulled back more. λ = 0 lets the weights go where they go.
 *
 * Source: Krause et al. 2018, §5, and their program (dynamiceval.py) · differs from it in: mean RMS is over all weights, not
 * the mean of the means of the matrices; every target is scored, those of a short last segment too.
 */
import { crossEntropy, mean } from "../../autograd/index.ts";
import {
  ConfigError,
  DivergenceError,
  describe,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
} from "../../errors.ts";
import { clearGradients, globalNorm } from "../../optim/index.ts";
import { carry } from "../carriedState.ts";
import type { LanguageModel } from "../languageModel.ts";
import { type CheckedStatistics, checkStatistics, type GradientStatistics } from "./gradientStatistics.ts";
import { forEachTarget, forEachWindow, type Reading, withCarriedState } from "./reading.ts";

/** Gradient steps while evaluating. */
export interface Dynamic {
  readonly name: "dynamic";
  /** η >= 0; 0 is the expectation, to the bit. With statistics about 1e-4, without about 0.1: fit it on validation. */
  readonly learningRate: number;
  /** n, characters between two steps. Default 20 */
  readonly segment?: number;
  /** λ in [0, 1]. Default 0 */
  readonly decay?: number;
  /** Of the training text, for the RMS rule; absent: plain SGD. */
  readonly statistics?: GradientStatistics;
  /** ε > 0 of the RMS rule. Default 2e-5, as in the published program */
  readonly epsilon?: number;
}

/** Characters of a segment when nothing is said. */
export const SEGMENT = 20;

/** @throws ConfigError naming the option that is out of range */
export function checkDynamic({ learningRate, segment = SEGMENT, decay = 0, epsilon = 2e-5 }: Dynamic): void {
  const where = "evaluate";
  nonNegativeNumber(where, "learningRate", learningRate);
  positiveInteger(where, "segment", segment, SEGMENT);
  positiveNumber(where, "epsilon", epsilon);
  if (typeof decay === "number" && decay >= 0 && decay <= 1) return;
  throw new ConfigError("decay must be a share", {
    where,
    expected: "a number in [0, 1]: how far the weights go back to the trained ones at each step",
    got: describe(decay),
  });
}

/**
 * Scores a text and learns from it. The weights are as they were when the promise settles, to the bit, however it settles.
 *
 * @param reading - of one row
 * @throws DivergenceError when a loss or gradient is not finite
 */
export async function dynamic(
  model: LanguageModel,
  ids: Int32Array,
  reading: Reading,
  mode: Dynamic,
): Promise<Float64Array> {
  const { tape, parameters } = model;
  const statistics = mode.statistics && checkStatistics(mode.statistics, parameters);
  const nats = new Float64Array(Math.max(0, ids.length - 1));
  const adaptation = createAdaptation(model, mode, statistics);
  try {
    await withCarriedState(model, (stateOf) =>
      forEachWindow(ids, { ...reading, sequenceLength: mode.segment ?? SEGMENT }, (window) => {
        const carried = stateOf(window);
        const loss = tape.step(() => {
          const shape = [window.steps, window.rows];
          const { logits, state } = model.forward(tape.ids(window.inputs, shape), { state: carried.state });
          const losses = crossEntropy(logits, tape.ids(window.targets, shape), { reduction: "none" });
          const values = tape.engine.memory.floats(losses.ptr, losses.size);
          forEachTarget(window, (k, place) => {
            nats[place] = values[k]!;
          });
          carry(tape, carried, state);
          clearGradients(parameters);
          const average = mean(losses);
          tape.backward(average);
          return tape.engine.memory.f[average.ptr]!;
        });
        checkFinite(loss, globalNorm(parameters), window.number, mode);
        adaptation.step();
      }),
    );
  } finally {
    adaptation.undo();
  }
  return nats;
}

/** The update rule, and the way back. */
interface Adaptation {
  /** Moves the weights by their gradients. */
  step(): void;
  /** Gives the weights their trained values, and the memory back. */
  undo(): void;
}

function createAdaptation(
  { tape, parameters }: LanguageModel,
  { learningRate, decay = 0, epsilon = 2e-5 }: Dynamic,
  statistics: CheckedStatistics | undefined,
): Adaptation {
  const { engine } = tape;
  const weights = Array.from(parameters, ([name, weight]) => {
    const rms = statistics?.rms.get(name);
    const R = (x: number): number => Math.min(x / statistics!.mean, 1 / decay);
    return {
      weight,
      trained: tape.keep(weight),
      step:
        rms &&
        tape.constant(
          weight.shape,
          rms.map((x) => learningRate / (x + epsilon)),
        ),
      pull:
        rms && decay > 0
          ? tape.constant(
              weight.shape,
              rms.map((x) => decay * R(x)),
            )
          : undefined,
    };
  });
  return {
    step() {
      tape.step(() => {
        for (const { weight, trained, step, pull } of weights) {
          const { size, ptr, gradientPtr } = weight;
          const way = tape.scratch(size);
          if (decay > 0) {
            engine.binary("sub", size, trained.ptr, ptr, way);
            if (pull) engine.mulAdd(size, pull.ptr, way, ptr);
            else engine.axpy(size, decay, way, ptr);
          }
          if (!gradientPtr) continue;
          if (!step) engine.axpy(size, -learningRate, gradientPtr, ptr);
          else {
            engine.binary("mul", size, step.ptr, gradientPtr, way);
            engine.axpy(size, -1, way, ptr);
          }
        }
      });
    },
    undo() {
      for (const { weight, trained, step, pull } of weights) {
        tape.assign(weight, trained);
        for (const tensor of [trained, step, pull]) if (tensor) tape.release(tensor);
      }
      clearGradients(parameters);
    },
  };
}

function checkFinite(loss: number, norm: number, segment: number, { learningRate }: Dynamic): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  throw new DivergenceError(`dynamic evaluation diverged in segment ${segment + 1}`, {
    where: "evaluate",
    expected: "a finite loss and gradient",
    got: `loss ${loss}, gradient norm ${norm}, learning rate ${learningRate}`,
    mend: "Use a smaller learningRate, or a decay above 0",
  });
}
