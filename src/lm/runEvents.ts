/** The events of a run, worded from where it stands. */
import { countParameters, describeDropout } from "../nn/index.ts";
import { learnedRates } from "./concreteTerms.ts";
import { type AdjustmentState, adjustedRates, directionOf } from "./dropoutAdjustment.ts";
import type { AdjustmentEvent, StepEvent, TrainEvent, ValidationEvent } from "./events.ts";
import { shareDone } from "./limits.ts";
import { bitsPerChar, perplexity } from "./metrics.ts";
import { networkShape } from "./modelConfig.ts";
import type { Trainer } from "./trainer.ts";
import type { UpdateResult } from "./trainingUpdate.ts";

/** Before the first update of a session. */
export function startEvent({ config, model, streams, progress, totalSteps }: Trainer): TrainEvent {
  return {
    type: "start",
    step: progress.step,
    engine: model.tape.engine.name,
    threads: model.tape.engine.threads,
    parameters: countParameters(model.parameters),
    dropout: describeDropout(config.dropout, networkShape(config)),
    batchesPerEpoch: streams.batchesPerEpoch,
    totalSteps,
  };
}

/** After an update that the progress has counted. */
export function stepEvent(
  { config, streams, progress, totalSteps }: Trainer,
  update: UpdateResult,
): StepEvent {
  const { step, chars, trainingSeconds, seconds } = progress;
  const done = shareDone(config, progress, totalSteps);
  return {
    type: "step",
    step,
    epoch: step / streams.batchesPerEpoch,
    ...update,
    charsPerSecond: chars / trainingSeconds,
    progress: done,
    secondsLeft: done > 0 ? (seconds * (1 - done)) / done : null,
  };
}

/** After a validation that the progress has taken in. */
export function validationEvent(
  { config, streams, progress, model }: Trainer,
  { nats, isBest, isAveraged }: Pick<ValidationEvent, "nats" | "isBest" | "isAveraged">,
  before: AdjustmentState,
): ValidationEvent {
  const change = directionOf(before, progress.adjustment);
  const learned = learnedRates(model);
  const rates = adjustedRates(config, progress.adjustment.factor);
  return {
    type: "validation",
    step: progress.step,
    epoch: progress.step / streams.batchesPerEpoch,
    nats,
    bitsPerChar: bitsPerChar(nats),
    perplexity: perplexity(nats),
    trainNats: progress.trainNats ?? Number.NaN,
    isBest,
    bestNats: progress.bestNats ?? nats,
    isAveraged,
    ...(learned ? { learnedRates: learned } : {}),
    ...(rates ? { dropoutRates: rates } : {}),
    ...(change ? { dropoutChange: change } : {}),
  };
}

/** One event when the rates of dropout have been adjusted after a validation, else none. */
export function adjustmentEvents({ config, progress }: Trainer, before: AdjustmentState): AdjustmentEvent[] {
  const { step, adjustment, trainNats, bestNats } = progress;
  const direction = directionOf(before, adjustment);
  const { factor } = adjustment;
  if (!direction) return [];
  return [
    {
      ...({
        type: "dropoutAdjustment",
        step,
        direction,
        factor,
        rates: adjustedRates(config, factor)!,
      } as const),
      ...{ trainNats: trainNats ?? Number.NaN, bestNats: bestNats ?? Number.NaN },
    },
  ];
}
