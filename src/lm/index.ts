export { loadModel, saveTrainer } from "./checkpointOnDisk.ts";
export { learnedRates, type Rates, storedRates } from "./concreteTerms.ts";
export {
  type AdjustmentDirection,
  type AdjustmentState,
  adjusted,
  adjustedDropout,
  adjustedRates,
  unadjusted,
} from "./dropoutAdjustment.ts";
export {
  type DropoutAdjustment,
  type DropoutAdjustmentOptions,
  dropoutAdjustmentConfig,
  type ValidationGap,
} from "./dropoutAdjustmentConfig.ts";
export { type CheckDropoutOptions, checkDropout } from "./dropoutCheck/checkDropout.ts";
export type { DropoutFunctions } from "./dropoutCheck/checkNetwork.ts";
export type { DropoutFinding } from "./dropoutCheck/finding.ts";
export { type EvaluateOptions, evaluate, scoreChars, scoreInDetail } from "./evaluate.ts";
export { cacheDefaults, type NeuralCache } from "./evaluation/cache.ts";
export { type CharScores, type Evaluation, summariseScores } from "./evaluation/charScores.ts";
export type { Dynamic } from "./evaluation/dynamic.ts";
export {
  type GradientStatistics,
  type GradientStatisticsOptions,
  gradientStatistics,
} from "./evaluation/gradientStatistics.ts";
export type { EvaluationMode, Expectation, Temperature } from "./evaluation/mode.ts";
export type { MonteCarlo } from "./evaluation/monteCarlo.ts";
export type { PassMean } from "./evaluation/passMean.ts";
export {
  type FitTemperatureOptions,
  type FittedTemperature,
  fitTemperature,
} from "./evaluation/temperature.ts";
export type {
  AdjustmentEvent,
  EndReason,
  StepEvent,
  TrainEvent,
  TrainResult,
  ValidationEvent,
} from "./events.ts";
export { LanguageModel, type MaskSource } from "./languageModel.ts";
export { parameterCount, trainingBytes } from "./memoryEstimate.ts";
export { bitsPerChar, perplexity } from "./metrics.ts";
export { type MetricsLine, metricsLine } from "./metricsLine.ts";
export { defaultModelConfig, type ModelConfig, modelConfig, modelPart, networkShape } from "./modelConfig.ts";
export type { Progress } from "./progress.ts";
export type { Recipe } from "./recipes/recipe.ts";
export { type RecipeName, recipe, recipeNames, recipes } from "./recipes/recipes.ts";
export type { ConsistencyConfig, RegularisationConfig } from "./regularisationConfig.ts";
export { type SampleOptions, sample } from "./sample.ts";
export { scoringOf } from "./scoringOf.ts";
export { type RunOptions, Trainer, type TrainerOptions } from "./trainer.ts";
export {
  type CheckpointMeta,
  checkpointMeta,
  modelFromCheckpoint,
  resumeTrainer,
  type TrainedModel,
  trainerCheckpoint,
} from "./trainingCheckpoint.ts";
export { type TrainingConfig, type TrainingOptions, trainingConfig, trainingKeys } from "./trainingConfig.ts";
