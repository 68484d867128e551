/** How much memory a model needs, before it is asked for. */
import { ConfigError } from "../errors.ts";
import { checkMaskBytes, maskBytes, ratesToLearn } from "../nn/index.ts";
import { decoderInputSize, type ModelConfig, networkShape } from "./modelConfig.ts";

/** A 32-bit WebAssembly memory ends at 4 GB; weights, gradients and two moments must fit with room for a step. */
const LIMIT_BYTES = 4 * 2 ** 30;

/** Trainable numbers of a model, learned rates among them. */
export function parameterCount(config: ModelConfig, V: number): number {
  const { cell, embeddingSize, tieEmbeddings } = config;
  const rates = ratesToLearn(config.dropout, networkShape(config)).length;
  const gates = cell === "lstm" ? 4 : 3;
  const layers = layersAlike(config, V);
  const recurrent = layers.reduce(
    (sum, { count, D, H }) =>
      sum + count * (gates * H * (D + H + 2) + (config.layerNorm ? normCount(cell, H) : 0)),
    0,
  );
  const feedForward = config.feedForwardSize * (layers.at(-1)!.H + 1);
  const decoder = tieEmbeddings ? 0 : V * decoderInputSize(config);
  return recurrent + feedForward + (embeddingSize ? V * embeddingSize : 0) + decoder + V + rates;
}

/** The layers, equal ones as one entry: what is asked for may be a billion of them. */
function layersAlike(
  { layers, hiddenSize: H, lastHiddenSize, embeddingSize }: ModelConfig,
  V: number,
): { readonly count: number; readonly D: number; readonly H: number }[] {
  const D = embeddingSize || V;
  const last = lastHiddenSize ?? H;
  if (layers === 1) return [{ count: 1, D, H: last }];
  return [
    { count: 1, D, H },
    { count: layers - 2, D: H, H },
    { count: 1, D: H, H: last },
  ];
}

/** Gains of both sides; of an LSTM gain and bias of the cell. */
function normCount(cell: ModelConfig["cell"], H: number): number {
  return cell === "lstm" ? 10 * H : 6 * H;
}

/** What is trained at once, and what is kept beside the weights. */
export interface TrainingSize {
  /** T */
  readonly sequenceLength: number;
  /** B */
  readonly batchSize: number;
  /** passes over each window; default 1 */
  readonly passes?: number;
  /** arrays of the weights' size beyond weights, gradients and two moments; default 0 */
  readonly copies?: number;
}

/**
 * Bytes that training keeps: weights, gradients, two moments, and the activations of one window.
 * @param size - absent: the model alone
 */
export function trainingBytes(config: ModelConfig, V: number, size?: TrainingSize): number {
  const gates = config.cell === "lstm" ? 4 : 3;
  // per position and layer: gates and their gradients, states and masked states and their gradients; at the top two rows of V, and of F five
  const units = layersAlike(config, V).reduce((sum, { count, H }) => sum + count * H, 0);
  const { embeddingSize, feedForwardSize } = config;
  // a normalised cell: what both sides are before the gain, and the gradients before that; of an LSTM's cell the same
  const norm = config.layerNorm ? 4 * gates + (config.cell === "lstm" ? 2 : 0) : 0;
  const perPosition = units * (2 * gates + 6 + norm) + 2 * V + 2 * embeddingSize + 5 * feedForwardSize;
  const activations = size ? size.sequenceLength * size.batchSize * (size.passes ?? 1) * perPosition : 0;
  return 4 * ((4 + (size?.copies ?? 0)) * parameterCount(config, V) + activations);
}

/** @throws ConfigError when the model, or its masks beside it, cannot fit */
export function checkMemory(config: ModelConfig, V: number, size?: TrainingSize): void {
  const bytes = trainingBytes(config, V, size);
  if (bytes > LIMIT_BYTES) {
    throw new ConfigError("the model does not fit in memory", {
      where: "model",
      expected: `at most ${gigabytes(LIMIT_BYTES)}`,
      got: `about ${gigabytes(bytes)} (${parameterCount(config, V).toLocaleString("en-US")} parameters)`,
      mend: "Use a smaller hiddenSize, layers, batchSize or sequenceLength",
    });
  }
  if (size) checkMasks(config, V, size, LIMIT_BYTES - bytes);
}

/** Names the site whose masks take most of what is too much. */
function checkMasks(config: ModelConfig, V: number, size: TrainingSize, room: number): void {
  const { cell, hiddenSize, layers, lastHiddenSize, embeddingSize, feedForwardSize, dropout } = config;
  const { sequenceLength: steps, batchSize: rows, passes = 1 } = size;
  const masks = maskBytes(dropout, {
    ...{ steps, rows, hiddenSize, layers, lastHiddenSize, feedForwardSize, vocabSize: V },
    inputSize: embeddingSize || V,
    gates: cell === "lstm" ? 4 : 3,
    hasEmbedding: embeddingSize > 0,
  });
  checkMaskBytes(
    masks.map(({ site, bytes }) => ({ site, bytes: passes * bytes })),
    room,
    " beside the model",
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
