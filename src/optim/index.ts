export { adam } from "./adam.ts";
export { clipByGlobalNorm, globalNorm } from "./clip.ts";
export { createOptimizer } from "./createOptimizer.ts";
export { createSchedule } from "./createSchedule.ts";
export type { Optimizer, OptimizerState } from "./optimizer.ts";
export type { AdamConfig, OptimizerConfig, RmspropConfig, SgdConfig } from "./optimizerConfig.ts";
export { restoreState } from "./optimizerState.ts";
export { clearGradients, type Parameters } from "./parameters.ts";
export { rmsprop } from "./rmsprop.ts";
export type {
  ConstantConfig,
  CosineConfig,
  ExponentialConfig,
  PlateauConfig,
  Progress,
  Schedule,
  ScheduleConfig,
  ScheduleState,
} from "./schedule.ts";
export { sgd } from "./sgd.ts";
