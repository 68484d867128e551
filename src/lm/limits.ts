/** When a training run ends, and how far it is on the way. */
import { ConfigError } from "../errors.ts";
import type { ScheduleConfig } from "../optim/index.ts";
import type { EndReason } from "./events.ts";
import type { Progress } from "./progress.ts";
import type { TrainingConfig } from "./trainingConfig.ts";

/** Updates until `steps` or `epochs` is reached; null when only time ends the run. */
export function totalSteps({ steps, epochs }: TrainingConfig, batchesPerEpoch: number): number | null {
  const byEpochs = epochs === null ? Number.POSITIVE_INFINITY : epochs * batchesPerEpoch;
  const total = Math.min(steps ?? Number.POSITIVE_INFINITY, byEpochs);
  return Number.isFinite(total) ? total : null;
}

/** The limit that has been reached, if any. */
export function limitReached(
  { steps, epochs, seconds, patience }: TrainingConfig,
  progress: Progress,
  batchesPerEpoch: number,
): EndReason | undefined {
  if (steps !== null && progress.step >= steps) return "steps";
  if (epochs !== null && progress.step >= epochs * batchesPerEpoch) return "epochs";
  if (seconds !== null && progress.seconds >= seconds) return "seconds";
  if (patience > 0 && progress.sinceBest >= patience) return "earlyStopping";
  return undefined;
}

/** Share of the run that is done, in [0, 1], by whichever limit is nearer. */
export function shareDone(config: TrainingConfig, { step, seconds }: Progress, total: number | null): number {
  const bySteps = total === null ? 0 : step / total;
  const byTime = config.seconds === null ? 0 : seconds / config.seconds;
  return Math.min(1, Math.max(bySteps, byTime));
}

/**
 * The run's schedule; a cosine without a total ends with the run.
 * @throws ConfigError when only time ends the run, so that the cosine has no end
 */
export function scheduleOf({ schedule }: TrainingConfig, total: number | null): ScheduleConfig {
  if (schedule.name !== "cosine") return schedule;
  const end = schedule.total ?? total;
  if (end !== null) return { ...schedule, total: end };
  throw new ConfigError("a cosine schedule needs an end", {
    where: "training.schedule",
    expected: "steps, epochs, or schedule.total",
    got: "only a limit in seconds",
    mend: "Give --steps or --epochs as well",
  });
}

/** @throws ConfigError when NT-ASGD, or an adjustment of dropout, would wait for validations that never come */
export function checkValidation(
  { averaging, dropoutAdjustment }: TrainingConfig,
  valid: Int32Array | undefined,
): void {
  if (valid) return;
  if (dropoutAdjustment.name !== "none") {
    throw new ConfigError("rates of dropout follow the validation, and there is none", {
      where: "training.dropoutAdjustment",
      expected: "a validation text",
      got: "none",
      mend: "Give one, or a schedule of the rates: they then change with the share of training that is done",
    });
  }
  if (averaging.name !== "ntAsgd") return;
  throw new ConfigError("ntAsgd begins when validation stops getting better, and there is none", {
    where: "training.averaging",
    expected: "a validation text",
    got: "none",
    mend: 'Give one, or choose averaging { name: "polyak", start: ... }',
  });
}
