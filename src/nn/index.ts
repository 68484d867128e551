export type { LayerState, RecurrentCell } from "./cells/cell.ts";
export { GRU_GATES } from "./cells/gru.ts";
export { LSTM_GATES } from "./cells/lstm.ts";
export { describeDropout, type SiteInUse, sitesInUse } from "./dropout/describeDropout.ts";
export { drawMasks, type MaskPosition, type MaskSizes, type RecurrentMasks } from "./dropout/drawMasks.ts";
export { type DropoutPreset, type PresetName, presetNames, presets } from "./dropout/presets.ts";
export {
  type GateSharing,
  gateSharings,
  type RecurrentDropout,
  recurrentDropout,
  type Site,
  type SiteRule,
  sites,
  type Tie,
  ties,
} from "./dropout/recurrentDropout.ts";
export { checkInit, type Init, initialise } from "./init.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export {
  activationRegularisation,
  temporalActivationRegularisation,
} from "./losses/activationRegularisation.ts";
export { meanSquaredError } from "./losses/meanSquaredError.ts";
export { smoothedCrossEntropy } from "./losses/smoothedCrossEntropy.ts";
export { symmetricDivergence } from "./losses/symmetricDivergence.ts";
export { collectParameters, countParameters, type Parameters } from "./parameters.ts";
export {
  RecurrentStack,
  type RecurrentStackOptions,
  type RecurrentState,
  type StackMasks,
} from "./recurrentStack.ts";
