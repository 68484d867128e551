/** How the texts of a run are scored: as it was trained. */
import type { EvaluateOptions } from "./evaluate.ts";
import type { TrainingConfig } from "./trainingConfig.ts";

/**
 * The options of `evaluate` under which a run scores validation and test: with the state carried, or every window of the
 * training's length from the zero state.
 * @example await evaluate(trainer.model, test, scoringOf(trainer.config))
 */
export function scoringOf({
  carryState,
  sequenceLength,
}: Pick<TrainingConfig, "carryState" | "sequenceLength">): EvaluateOptions {
  return carryState ? {} : { carryState, sequenceLength };
}
