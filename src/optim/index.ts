export { adam } from "./adam.ts";
export { type Averages, createAverages, moveAverages } from "./averages.ts";
export {
  type Averaging,
  type AveragingConfig,
  type AveragingState,
  averagingNames,
  createAveraging,
  unaveraged,
} from "./averaging.ts";
export { clipByGlobalNorm, globalNorm } from "./clip.ts";
export { createOptimizer } from "./createOptimizer.ts";
export { createSchedule } from "./createSchedule.ts";
export { nonMonotone } from "./nonMonotone.ts";
export type { Optimizer, OptimizerState } from "./optimizer.ts";
export type { AdamConfig, OptimizerConfig, RmspropConfig, SgdConfig } from "./optimizerConfig.ts";
export { restoreState } from "./optimizerState.ts";
export { clearGradients, type Parameters } from "./parameters.ts";
export { rmsprop } from "./rmsprop.ts";
export type {
  ConstantConfig,
  CosineConfig,
  ExponentialConfig,
  MilestonesConfig,
  PlateauConfig,
  Progress,
  Schedule,
  ScheduleConfig,
  ScheduleState,
} from "./schedule.ts";
export { sgd } from "./sgd.ts";
export { addPenaltyGradients, type WeightPenalties } from "./weightPenalties.ts";
