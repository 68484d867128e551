/** The shape of a character language model, as plain data. */
import {
  ConfigError,
  describe,
  knownKeys,
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  trueOrFalse,
} from "../errors.ts";
import {
  checkInit,
  checkLayerNorm,
  checkNetworkFit,
  type Init,
  type NetworkShape,
  type RecurrentDropout,
  recurrentDropout,
} from "../nn/index.ts";

export interface ModelConfig {
  readonly cell: "lstm" | "gru";
  /** H */
  readonly hiddenSize: number;
  readonly layers: number;
  /** H of the last layer; null: hiddenSize */
  readonly lastHiddenSize: number | null;
  /** F of a feed-forward layer between the top layer and the decoder; 0: none */
  readonly feedForwardSize: number;
  /** D; 0 means one-hot input */
  readonly embeddingSize: number;
  /** Whether the decoder's weight is the embedding (Press & Wolf 2017, Inan et al. 2017); its width must be that of what the decoder reads. */
  readonly tieEmbeddings: boolean;
  /** GRU only */
  readonly resetAfter: boolean;
  /** Layer-normalised cells (Ba, Kiros & Hinton 2016); a GRU must be reset-after */
  readonly layerNorm: boolean;
  /** LSTM only */
  readonly forgetBias: number | "uniform";
  /** How the matrices that read the layer below start, each as a whole; null is the default U(±1/√H). */
  readonly inputInit: Init | null;
  /** How recurrent matrices start, each gate by itself; null is the default U(±1/√H). */
  readonly recurrentInit: Init | null;
  /** What it is trained under. Evaluation depends on it only under zoneout, of which it takes the expectation. */
  readonly dropout: RecurrentDropout;
}

/** A two-layer model of 128 units, as char-rnn's default, with an embedding of 64. */
export const defaultModelConfig: ModelConfig = {
  cell: "lstm",
  hiddenSize: 128,
  layers: 2,
  lastHiddenSize: null,
  feedForwardSize: 0,
  embeddingSize: 64,
  tieEmbeddings: false,
  resetAfter: true,
  layerNorm: false,
  forgetBias: 1,
  inputInit: null,
  recurrentInit: null,
  dropout: { name: "none", sites: {} },
};

const modelKeys = Object.keys(defaultModelConfig) as readonly (keyof ModelConfig)[];

/** The model's keys of a larger configuration, such as that of a training. */
export function modelPart<T extends Record<keyof ModelConfig, unknown>>(
  config: T,
): Pick<T, keyof ModelConfig> {
  return Object.fromEntries(modelKeys.map((key) => [key, config[key]])) as Pick<T, keyof ModelConfig>;
}

/** What of a model decides which sites can be masked. */
export function networkShape({
  cell,
  layers,
  embeddingSize,
  feedForwardSize,
}: Pick<ModelConfig, "cell" | "layers" | "embeddingSize" | "feedForwardSize">): NetworkShape {
  return { cell, layers, hasEmbedding: embeddingSize > 0, hasFeedForward: feedForwardSize > 0 };
}

/** The width of what the decoder reads. */
export function decoderInputSize({
  hiddenSize,
  lastHiddenSize,
  feedForwardSize,
}: Pick<ModelConfig, "hiddenSize" | "lastHiddenSize" | "feedForwardSize">): number {
  return feedForwardSize || (lastHiddenSize ?? hiddenSize);
}

/**
 * Fills in defaults and checks every value.
 * @throws ConfigError naming the key
 * @example modelConfig({ hiddenSize: 256 }).layers // 2
 */
export function modelConfig(value: Partial<ModelConfig> = {}, where = "model"): ModelConfig {
  knownKeys(where, value, modelKeys);
  const filled = { ...defaultModelConfig, ...value } as ModelConfig;
  const forgetBias: unknown = filled.forgetBias;
  if (forgetBias !== "uniform" && !(typeof forgetBias === "number" && Number.isFinite(forgetBias))) {
    throw new ConfigError("forgetBias is not usable", {
      where,
      expected: 'a finite number or "uniform"',
      got: describe(forgetBias),
    });
  }
  const config: ModelConfig = {
    cell: oneOf(where, "cell", filled.cell, ["lstm", "gru"]),
    hiddenSize: positiveInteger(where, "hiddenSize", filled.hiddenSize),
    layers: positiveInteger(where, "layers", filled.layers, 2),
    lastHiddenSize:
      filled.lastHiddenSize === null ? null : positiveInteger(where, "lastHiddenSize", filled.lastHiddenSize),
    feedForwardSize: nonNegativeInteger(where, "feedForwardSize", filled.feedForwardSize),
    embeddingSize: nonNegativeInteger(where, "embeddingSize", filled.embeddingSize),
    tieEmbeddings: trueOrFalse(where, "tieEmbeddings", filled.tieEmbeddings),
    resetAfter: trueOrFalse(where, "resetAfter", filled.resetAfter),
    layerNorm: checkLayerNorm(where, filled),
    forgetBias,
    inputInit: filled.inputInit === null ? null : checkInit(`${where}.inputInit`, filled.inputInit),
    recurrentInit:
      filled.recurrentInit === null ? null : checkInit(`${where}.recurrentInit`, filled.recurrentInit),
    dropout: recurrentDropout(filled.dropout),
  };
  checkNetworkFit(config.dropout, networkShape(config));
  const width = decoderInputSize(config);
  if (config.tieEmbeddings && config.embeddingSize !== width) {
    const last = config.lastHiddenSize === null ? "hiddenSize" : "lastHiddenSize";
    const read = config.feedForwardSize > 0 ? "feedForwardSize" : last;
    throw new ConfigError("tied embeddings need one width", {
      where,
      expected: `embeddingSize = ${read} = ${width}`,
      got: `embeddingSize ${config.embeddingSize}`,
      mend: `Set embeddingSize to ${read}, or tieEmbeddings to false`,
    });
  }
  return config;
}
