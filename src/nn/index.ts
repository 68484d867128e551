export type { LayerState, RecurrentCell } from "./cells/cell.ts";
export { GRU_GATES } from "./cells/gru.ts";
export { LSTM_GATES } from "./cells/lstm.ts";
export { type ActivationSizes, activationMask, maskActivations } from "./dropout/activationMask.ts";
export { describeDropout, ruleDetails, type SiteInUse, sitesInUse } from "./dropout/describeDropout.ts";
export { drawMasks, type MaskSizes, type RecurrentMasks } from "./dropout/drawMasks.ts";
export { dropoutSchema } from "./dropout/dropoutSchema.ts";
export { evaluationNoise, type KeptShares, keptShares } from "./dropout/evaluationNoise.ts";
export {
  boundRates,
  createLearnedRates,
  type LearnedRate,
  type LearnedRates,
  learnedName,
  presentRates,
  rateOfLogit,
  ratesToLearn,
} from "./dropout/learnedRates.ts";
export { type MaskBytes, maskBytes } from "./dropout/maskBytes.ts";
export type { MaskPosition } from "./dropout/maskCounters.ts";
export { checkMaskBytes } from "./dropout/maskMemory.ts";
export { checkNetworkFit, type NetworkShape } from "./dropout/networkFit.ts";
export {
  type DropoutPreset,
  isPresetWord,
  type PresetAlias,
  type PresetName,
  presetAliases,
  presetNames,
  presets,
  presetWords,
  resolvePreset,
} from "./dropout/presets.ts";
export { type RateSchedule, rateScheduleNames } from "./dropout/rateSchedule.ts";
export {
  DROPOUT_VERSION,
  dropoutJson,
  type RecurrentDropout,
  recurrentDropout,
} from "./dropout/recurrentDropout.ts";
export { type RateBounds, ratesOf, scaleRates } from "./dropout/scaleRates.ts";
export { changesEachStep, isActive, isForAllRows, rateAt, type SiteRule } from "./dropout/siteRule.ts";
export {
  abilities,
  type GateSharing,
  gateSharings,
  type Kind,
  kinds,
  LEARNED_RATES,
  type Site,
  type SiteAbilities,
  sites,
  type Tie,
  ties,
} from "./dropout/sites.ts";
export { concreteMoments } from "./dropout/softMask.ts";
export { checkInit, type Init, initialise } from "./init.ts";
export { type LayerSizesOptions, layerSizes } from "./layerSizes.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { FeedForward, type FeedForwardOptions } from "./layers/feedForward.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export {
  activationRegularisation,
  temporalActivationRegularisation,
} from "./losses/activationRegularisation.ts";
export { type ConcreteTerm, concreteRegularisation } from "./losses/concreteRegularisation.ts";
export { meanSquaredError } from "./losses/meanSquaredError.ts";
export { smoothedCrossEntropy } from "./losses/smoothedCrossEntropy.ts";
export { symmetricDivergence } from "./losses/symmetricDivergence.ts";
export type { WeightFlips } from "./maskedWeights.ts";
export { collectParameters, countParameters, type Parameters } from "./parameters.ts";
export {
  checkLayerNorm,
  RecurrentStack,
  type RecurrentStackOptions,
  type RecurrentState,
  type StackMasks,
} from "./recurrentStack.ts";
