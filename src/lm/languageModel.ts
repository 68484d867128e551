/**
 * The character language model.
 *
 *   x_t = E[w_t]          or the one-hot row of w_t
 *   y_t, s = stack(x_t, s)
 *   f_t = tanh(W_f y_t + b_f)                where there is a feed-forward layer; else f_t = y_t
 *   p(w_{t+1}) = softmax(W f_t + b)          W = E when embeddings are tied
 */
import { type Ids, KeptUnits, type Tape, type Tensor } from "../autograd/index.ts";
import { RandomStream, randomKey, type Seed } from "../engine/index.ts";
import {
  collectParameters,
  createLearnedRates,
  drawMasks,
  Embedding,
  evaluationNoise,
  FeedForward,
  type KeptShares,
  keptShares,
  type LearnedRates,
  Linear,
  type MaskPosition,
  type MaskSizes,
  maskActivations,
  type Parameters,
  type RecurrentDropout,
  type RecurrentMasks,
  RecurrentStack,
  type RecurrentState,
  type StackMasks,
} from "../nn/index.ts";
import { checkMemory } from "./memoryEstimate.ts";
import { decoderInputSize, type ModelConfig, modelConfig, networkShape } from "./modelConfig.ts";

/** Which masks to draw for a window, and from which key. */
export interface MaskSource extends MaskPosition {
  readonly dropout: RecurrentDropout;
  readonly key: readonly [number, number];
}

/**
 * A model of the next character given those before it.
 *
 * @throws ConfigError for sizes that do not fit together or do not fit in memory
 * @example
 * const model = new LanguageModel(tape, vocabulary.size, modelConfig({ hiddenSize: 256 }), 42);
 * tape.step(() => model.forward(tape.ids(inputs, [T, B])).logits);
 */
export class LanguageModel {
  readonly tape: Tape;
  readonly config: ModelConfig;
  /** V */
  readonly vocabSize: number;
  readonly parameters: Parameters;
  /** The parameters that are weights: all but the logits of learned rates. */
  readonly weights: Parameters;
  /** Logits of the rates that are learned: parameters too, named "dropout.…" there. */
  readonly rates: LearnedRates;
  readonly stack: RecurrentStack;
  /** What evaluation keeps of the old state at each step, after training with zoneout; undefined without it. */
  readonly keptShares: KeptShares | undefined;
  readonly #embedding: Embedding | undefined;
  readonly #feedForward: FeedForward | undefined;
  readonly #decoder: Linear;

  /** @param seed - of the initial weights; each part has its own stream, so that one part's size does not move another's numbers */
  constructor(tape: Tape, vocabSize: number, config: Partial<ModelConfig>, seed: Seed) {
    this.tape = tape;
    this.vocabSize = vocabSize;
    this.config = modelConfig(config);
    checkMemory(this.config, vocabSize);
    const { cell, hiddenSize, layers, lastHiddenSize, embeddingSize, tieEmbeddings } = this.config;
    const { resetAfter, layerNorm, forgetBias, inputInit, recurrentInit, feedForwardSize } = this.config;
    const stream = (part: string): RandomStream => new RandomStream(randomKey(seed, `weights/${part}`));
    // a tied embedding is also the decoder's weight, and starts as one
    const tied = tieEmbeddings ? { init: { name: "fanIn" } as const } : {};
    this.#embedding =
      embeddingSize > 0
        ? new Embedding(tape, { vocabSize, embeddingSize, ...tied }, stream("embedding"))
        : undefined;
    this.stack = new RecurrentStack(
      tape,
      {
        cell,
        inputSize: embeddingSize || vocabSize,
        hiddenSize,
        layers,
        ...(lastHiddenSize === null ? {} : { lastHiddenSize }),
        resetAfter,
        layerNorm,
        forgetBias,
        ...(inputInit ? { inputInit } : {}),
        ...(recurrentInit ? { recurrentInit } : {}),
      },
      stream("rnn"),
    );
    this.keptShares = keptShares(this.config.dropout, this.config);
    this.#feedForward =
      feedForwardSize > 0
        ? new FeedForward(
            tape,
            { inputSize: this.stack.outputSize, outputSize: feedForwardSize },
            stream("feedForward"),
          )
        : undefined;
    const shared = tieEmbeddings && this.#embedding ? { weight: this.#embedding.weight } : {};
    this.#decoder = new Linear(
      tape,
      { inputSize: decoderInputSize(this.config), outputSize: vocabSize, ...shared },
      stream("decoder"),
    );
    this.rates = createLearnedRates(tape, this.config.dropout, networkShape(this.config));
    const parts = {
      ...(this.#embedding ? { embedding: this.#embedding } : {}),
      rnn: this.stack,
      ...(this.#feedForward ? { feedForward: this.#feedForward } : {}),
      decoder: this.#decoder,
    };
    this.weights = collectParameters(parts);
    this.parameters = collectParameters({ ...parts, dropout: { parameters: this.rates } });
  }

  /**
   * Logits of a window.
   *
   * @param ids - [T, B]
   * @param options.state - carried state; zero when absent
   * @param options.masks - which masks to train under; absent in evaluation, which is the model itself, but for zoneout in
   *   the dropout of its configuration: of that it takes the expectation
   * @returns logits [T, B, V], the state after the window, the top layer's output [T, B, H], `output` under its mask and `y`
   *   without, and what the decoder reads of it without mask, `features` [T, B, F]: y itself without a feed-forward layer.
   *   Under a mask tied to the batch `output` is computed when it is read
   */
  forward(
    ids: Ids,
    { state, masks: source }: { state?: RecurrentState | undefined; masks?: MaskSource | undefined } = {},
  ): { logits: Tensor; state: RecurrentState; y: Tensor; output: Tensor; features: Tensor } {
    const masks = source && this.#masks(ids, source);
    const x = this.#embedding ? this.#embedding.rows(ids, masks?.embedding) : ids;
    const { y, state: next } = this.stack.forward(x, {
      state,
      masks: this.#withKeptShares(masks, ids.shape[1]!),
    });
    const mask = masks?.output;
    const isKept = mask instanceof KeptUnits; // then the product that reads y leaves the others out
    const read = isKept ? y : maskActivations(y, mask);
    const kept = isKept ? mask : undefined;
    const features = this.#feedForward ? this.#feedForward.forward(read, kept) : y;
    const logits = this.#feedForward
      ? this.#decoder.forward(features, masks?.feedForward)
      : this.#decoder.forward(read, kept);
    return {
      ...{ logits, state: next, y, features },
      get output() {
        return isKept ? maskActivations(y, mask) : read;
      },
    };
  }

  /** The sizes that masks of this model are made for. */
  get maskSizes(): Omit<MaskSizes, "steps" | "rows"> {
    const { inputSize, hiddenSize, outputSize, layers, cell } = this.stack;
    const { feedForwardSize } = this.config;
    const widths = { inputSize, hiddenSize, lastHiddenSize: outputSize, feedForwardSize };
    return { ...widths, layers, gates: cell.gates.length };
  }

  /** Gives the memory of the weights back. */
  release(): void {
    for (const tensor of this.parameters.values()) this.tape.release(tensor);
  }

  /** Where zoneout is in the configuration but not among the masks, its expectation takes its place. */
  #withKeptShares(masks: StackMasks | undefined, rows: number): StackMasks | undefined {
    if (!this.keptShares) return masks;
    const { hiddenSizes, layers } = this.stack;
    const nothing = Array.from({ length: layers }, () => undefined);
    const { keepCell = nothing, keepHidden = nothing } = masks ?? {};
    const missing = {
      cell: this.keptShares.cell.map((share, l) => (keepCell[l] ? 0 : share)),
      hidden: this.keptShares.hidden.map((share, l) => (keepHidden[l] ? 0 : share)),
    };
    const expected = evaluationNoise(this.tape, missing, rows, hiddenSizes);
    return {
      ...masks,
      keepCell: keepCell.map((drawn, l) => drawn ?? expected.keepCell[l]),
      keepHidden: keepHidden.map((drawn, l) => drawn ?? expected.keepHidden[l]),
    };
  }

  #masks(ids: Ids, { dropout, key, ...position }: MaskSource): RecurrentMasks {
    const [steps, rows] = ids.shape as readonly [number, number];
    const types = this.#embedding ? { ids, vocabSize: this.vocabSize } : undefined;
    const sizes = { steps, rows, ...this.maskSizes };
    return drawMasks(this.tape, dropout, sizes, key, position, types, this.rates);
  }
}
