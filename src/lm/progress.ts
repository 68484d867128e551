/** Where a training run stands: the numbers that a checkpoint keeps beside the tensors. */
import { type AveragingState, type ScheduleState, unaveraged } from "../optim/index.ts";
import { type AdjustmentState, unadjusted } from "./dropoutAdjustment.ts";

/** Everything about a run that is not a tensor. A JSON value, so that it can be stored as it is. */
export interface Progress {
  /** updates done; data position, masks and random numbers are functions of it and the seed */
  step: number;
  chars: number;
  /** seconds of earlier sessions and this one */
  seconds: number;
  /** seconds of those spent on updates, for chars/s */
  trainingSeconds: number;
  /** sum of losses and number of updates since the last evaluation */
  lossSum: number;
  lossCount: number;
  /** mean training loss up to the last evaluation, nats per character */
  trainNats: number | null;
  bestNats: number | null;
  bestStep: number | null;
  /** evaluations since the best */
  sinceBest: number;
  schedule: ScheduleState;
  averaging: AveragingState;
  adjustment: AdjustmentState;
}

/** A run that has not begun. */
export function newProgress(schedule: ScheduleState): Progress {
  return {
    step: 0,
    chars: 0,
    seconds: 0,
    trainingSeconds: 0,
    lossSum: 0,
    lossCount: 0,
    trainNats: null,
    bestNats: null,
    bestStep: null,
    sinceBest: 0,
    schedule,
    averaging: unaveraged,
    adjustment: unadjusted,
  };
}
