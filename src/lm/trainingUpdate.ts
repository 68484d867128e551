/** One update: a window forward, backward and into the weights. */
import type { RandomKey } from "../engine/index.ts";
import { boundRates, type Parameters } from "../nn/index.ts";
import {
  addPenaltyGradients,
  clearGradients,
  clipByGlobalNorm,
  globalNorm,
  type Optimizer,
  type OptimizerState,
  type Schedule,
} from "../optim/index.ts";
import type { Batch } from "../text/index.ts";
import { type CarriedState, carry, resetCarriedState } from "./carriedState.ts";
import { diverged } from "./diverged.ts";
import { adjustedDropout } from "./dropoutAdjustment.ts";
import type { LanguageModel } from "./languageModel.ts";
import type { Progress } from "./progress.ts";
import type { TrainingConfig } from "./trainingConfig.ts";
import { windowLoss } from "./windowLoss.ts";

/** What an update works on: rules, and the states that it changes in place. */
export interface UpdateParts {
  readonly config: TrainingConfig;
  readonly model: LanguageModel;
  readonly optimizer: Optimizer;
  /** The same without weight decay, for the logits of learned rates: a decay would pull them to a rate of 1/2. */
  readonly rateOptimizer: Optimizer;
  /** those logits, under their names among the parameters; empty where no rate is learned */
  readonly rates: Parameters;
  readonly optimizerState: OptimizerState;
  readonly carried: CarriedState;
  readonly schedule: Schedule;
  readonly maskKey: RandomKey;
  /** updates of the whole run, by which scheduled rates of dropout go; null when only time ends it */
  readonly totalSteps: number | null;
  /** of the training text */
  readonly characters: number;
}

/** What an update says about itself. */
export interface UpdateResult {
  /** nats per character, under its masks */
  readonly loss: number;
  /** before clipping */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/**
 * Trains on one window and leaves its final state in `carried`. `progress` is read, not changed.
 *
 * @throws DivergenceError when a loss or the gradient is not finite; neither weights nor carried state have changed then
 */
export async function trainingUpdate(
  parts: UpdateParts,
  batch: Batch,
  { step, schedule: scheduleState, adjustment }: Progress,
): Promise<UpdateResult> {
  const { config, model, carried, schedule, maskKey, totalSteps, characters } = parts;
  const { tape, parameters } = model;
  const rate = schedule.rate(config.learningRate, scheduleState, { update: step, epoch: batch.epoch });
  const learningRate = config.windows.name === "fixed" ? rate : rescaled(rate, batch, config);
  if (batch.restart || !config.carryState) resetCarriedState(tape, carried);
  const { loss, gradientNorm } = await tape.step(async () => {
    const shape = [batch.steps, batch.rows];
    const { objective, nats, state } = windowLoss(model, config, {
      inputs: tape.ids(batch.inputs, shape),
      targets: tape.ids(batch.targets, shape),
      state: carried.state,
      masks: {
        dropout: adjustedDropout(config, adjustment.factor),
        key: maskKey,
        window: step,
        stream: config.carryState ? batch.epoch : step, // a stream lasts until the state is reset
        done: totalSteps === null ? 1 : Math.min(1, step / totalSteps),
      },
      characters,
    });
    clearGradients(parameters);
    tape.backward(objective);
    addPenaltyGradients(model.weights, config);
    const value = await nats.item();
    const total = await objective.item();
    const norm = config.clip > 0 ? clipByGlobalNorm(parameters, config.clip) : globalNorm(parameters);
    if (!Number.isFinite(value) || !Number.isFinite(total) || !Number.isFinite(norm)) {
      const penalised = objective === nats ? "" : `, with penalties ${total}`;
      throw diverged(
        step + 1,
        `loss ${value}${penalised}, gradient norm ${norm}, learning rate ${learningRate}`,
        config.clip,
      );
    }
    carry(tape, carried, state);
    return { loss: value, gradientNorm: norm };
  });
  move(parts, learningRate);
  return { loss, gradientNorm, learningRate };
}

/** Weights and, with the same state, learned rates. */
function move(
  { model, optimizer, rateOptimizer, rates, optimizerState }: UpdateParts,
  learningRate: number,
): void {
  const { updates, slots } = optimizerState;
  optimizer.update(model.weights, optimizerState, learningRate);
  if (rates.size === 0) return;
  rateOptimizer.update(rates, { updates, slots }, learningRate);
  boundRates(rates);
}

/** The rate of a window whose length varies: a short one must not move the weights as far. Merity et al. 2017, §4.1. */
function rescaled(rate: number, { steps }: Batch, { sequenceLength }: TrainingConfig): number {
  return Math.fround((rate * steps) / sequenceLength);
}
