/**
 * What one window is trained on, and what is reported of it.
 *
 *   one pass     J = CE_smoothed + α mean h_drop² + β mean (h_t - h_{t-1})²
 *   two passes   J = ½ (J_1 + J_2) + weight · distance(logits_1, logits_2)        under masks 1 and 2
 *
 * To J is added the regulariser of learned rates, once (concreteRegularisation.ts). Reported is the plain cross-entropy under the masks, averaged over the passes: a number that compares with others.
 */
import { add, type Ids, scale, type Tensor } from "../autograd/index.ts";
import {
  activationRegularisation,
  concreteRegularisation,
  meanSquaredError,
  type RecurrentState,
  smoothedCrossEntropy,
  symmetricDivergence,
  temporalActivationRegularisation,
} from "../nn/index.ts";
import { concreteTerms } from "./concreteTerms.ts";
import type { LanguageModel, MaskSource } from "./languageModel.ts";
import type { RegularisationConfig } from "./regularisationConfig.ts";

type LossConfig = Pick<
  RegularisationConfig,
  | "activationPenalty"
  | "temporalPenalty"
  | "labelSmoothing"
  | "consistency"
  | "concreteWeights"
  | "concreteEntropy"
>;

/** A window and what it is read under. */
export interface Window {
  /** [T, B] */
  readonly inputs: Ids;
  /** [T, B] */
  readonly targets: Ids;
  /** carried in */
  readonly state: RecurrentState;
  readonly masks: MaskSource;
  /** N, characters of the training text, by which the regulariser of learned rates is divided. Default those of the window */
  readonly characters?: number;
}

/** The losses of a window: scalars of the open step. */
export interface WindowLoss {
  /** J, to differentiate; the very tensor `nats` when nothing is added */
  readonly objective: Tensor;
  /** mean cross-entropy, nats per character */
  readonly nats: Tensor;
  /** after the window; of the first pass when there are two */
  readonly state: RecurrentState;
}

/**
 * Runs the window forward.
 * @example const { objective, nats, state } = windowLoss(model, config, { inputs, targets, state: carried.state, masks });
 */
export function windowLoss(model: LanguageModel, config: LossConfig, window: Window): WindowLoss {
  const { objective, nats, state } = unregularised(model, config, window);
  const { concreteWeights, concreteEntropy } = config;
  if (model.rates.size === 0) return { objective, nats, state };
  const { characters = window.inputs.size } = window;
  const coefficients = { wr: concreteWeights / characters, dr: concreteEntropy / characters };
  return {
    objective: add(objective, concreteRegularisation(concreteTerms(model), coefficients)),
    nats,
    state,
  };
}

function unregularised(model: LanguageModel, config: LossConfig, window: Window): WindowLoss {
  const first = onePass(model, config, window);
  const { consistency } = config;
  if (consistency.name === "none") return first;
  const second = onePass(model, config, { ...window, masks: { ...window.masks, pass: 1 } });
  const distance = consistency.name === "fraternal" ? meanSquaredError : symmetricDivergence;
  return {
    objective: add(
      scale(add(first.objective, second.objective), 0.5),
      scale(distance(first.logits, second.logits), consistency.weight!),
    ),
    nats: scale(add(first.nats, second.nats), 0.5),
    state: first.state,
  };
}

function onePass(
  model: LanguageModel,
  { activationPenalty, temporalPenalty, labelSmoothing }: LossConfig,
  { inputs, targets, state: carried, masks }: Window,
): WindowLoss & { readonly logits: Tensor } {
  const pass = model.forward(inputs, { state: carried, masks });
  const { logits, state, y } = pass;
  const { loss, nats } = smoothedCrossEntropy(logits, targets, labelSmoothing);
  let objective = loss;
  if (activationPenalty > 0)
    objective = add(objective, scale(activationRegularisation(pass.output), activationPenalty));
  const slowness = temporalPenalty > 0 ? temporalActivationRegularisation(y) : undefined;
  if (slowness) objective = add(objective, scale(slowness, temporalPenalty));
  return { objective, nats, state, logits };
}
