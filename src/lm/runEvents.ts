/** The events of a run, worded from where it stands. */
import { countParameters, describeDropout } from "../nn/index.ts";
import { learnedRates } from "./concreteTerms.ts";
import type { StepEvent, TrainEvent, ValidationEvent } from "./events.ts";
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
  { streams, progress, model }: Trainer,
  { nats, isBest, isAveraged }: Pick<ValidationEvent, "nats" | "isBest" | "isAveraged">,
): ValidationEvent {
  const learned = learnedRates(model);
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
  };
}
