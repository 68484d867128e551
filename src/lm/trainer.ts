/**
 * The trainer: an async generator of events around one update rule.
 *
 * Data position, masks and samples are functions of (seed, update), so that a run that is stopped anywhere and resumed
 * from its checkpoint goes on to the bits of the run that was never stopped.
 */
import { crossEntropy, type Tape } from "../autograd/index.ts";
import { type RandomKey, randomKey } from "../engine/index.ts";
import { countParameters, describeDropout } from "../nn/index.ts";
import {
  clearGradients,
  clipByGlobalNorm,
  createOptimizer,
  createSchedule,
  globalNorm,
  type Optimizer,
  type OptimizerState,
  type Schedule,
} from "../optim/index.ts";
import { type TrainingStreams, trainingStreams, type Vocabulary } from "../text/index.ts";
import { breathe } from "./breathe.ts";
import {
  type CarriedState,
  carry,
  createCarriedState,
  releaseCarriedState,
  resetCarriedState,
} from "./carriedState.ts";
import { diverged } from "./diverged.ts";
import { evaluate } from "./evaluate.ts";
import type { StepEvent, TrainEvent, TrainResult, ValidationEvent } from "./events.ts";
import { LanguageModel } from "./languageModel.ts";
import { limitReached, scheduleOf, shareDone, totalSteps } from "./limits.ts";
import { checkMemory } from "./memoryEstimate.ts";
import { bitsPerChar, perplexity } from "./metrics.ts";
import { modelPart } from "./modelConfig.ts";
import { newProgress, type Progress } from "./progress.ts";
import { sample } from "./sample.ts";
import type { TrainingConfig } from "./trainingConfig.ts";
import { copyWeights, type Weights, writeWeights } from "./weights.ts";

export interface TrainerOptions {
  readonly tape: Tape;
  readonly config: TrainingConfig;
  readonly vocabulary: Vocabulary;
  /** symbol numbers of the training text */
  readonly train: Int32Array;
  /** symbol numbers of the validation text; without one there is no best model and no early stopping */
  readonly valid?: Int32Array | undefined;
}

export interface RunOptions {
  /** Ends the run after the present update. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the state is worth keeping: after each evaluation, every `checkpointEvery` updates, and at the end. Returns where it was written. */
  readonly save?: ((trainer: Trainer) => Promise<string>) | undefined;
}

/**
 * Trains one model.
 *
 * @throws CorpusError when the text is shorter than a batch
 * @throws ConfigError when the configuration does not fit memory, or a cosine schedule has no end
 * @throws DivergenceError from `run`, when the loss or a gradient is not finite: nothing has been updated with it
 * @example
 * const trainer = new Trainer({ tape, config: trainingConfig({ epochs: 5 }), vocabulary, train, valid });
 * for await (const event of trainer.run()) if (event.type === "validation") console.log(event.perplexity);
 */
export class Trainer {
  readonly config: TrainingConfig;
  readonly vocabulary: Vocabulary;
  readonly model: LanguageModel;
  readonly train: Int32Array;
  readonly valid: Int32Array | undefined;
  readonly streams: TrainingStreams;
  readonly optimizer: Optimizer;
  readonly optimizerState: OptimizerState;
  readonly carried: CarriedState;
  progress: Progress;
  /** Weights of the best evaluation, by name; undefined before the first. */
  bestWeights: Weights | undefined;
  /** Weights of the last update, by name, while the model holds the best ones instead; else undefined. */
  latestWeights: Weights | undefined;
  readonly #schedule: Schedule;
  readonly #maskKey: RandomKey;

  constructor({ tape, config, vocabulary, train, valid }: TrainerOptions) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.train = train;
    this.valid = valid;
    this.streams = trainingStreams(train, config);
    checkMemory(config, vocabulary.size, config);
    this.model = new LanguageModel(tape, vocabulary.size, modelPart(config), config.seed);
    this.optimizer = createOptimizer(config.optimizer);
    this.optimizerState = this.optimizer.init(this.model.parameters);
    this.carried = createCarriedState(this.model, config.batchSize);
    this.#schedule = createSchedule(scheduleOf(config, this.totalSteps));
    this.#maskKey = randomKey(config.seed, "masks");
    this.progress = newProgress(this.#schedule.init());
  }

  /** Updates until `steps` or `epochs` is reached; null when only time ends the run. */
  get totalSteps(): number | null {
    return totalSteps(this.config, this.streams.batchesPerEpoch);
  }

  /** Trains until a limit is reached, and leaves the best weights in the model. Called again, it goes on from the latest. */
  async *run({ signal, save }: RunOptions = {}): AsyncGenerator<TrainEvent> {
    const { config, model, streams, progress } = this;
    this.#restoreLatest();
    yield {
      type: "start",
      step: progress.step,
      engine: model.tape.engine.name,
      parameters: countParameters(model.parameters),
      dropout: describeDropout(config.dropout, {
        layers: config.layers,
        hasEmbedding: config.embeddingSize > 0,
      }),
      batchesPerEpoch: streams.batchesPerEpoch,
      totalSteps: this.totalSteps,
    };
    const evaluateEvery = config.evaluateEvery || streams.batchesPerEpoch;
    const startedWith = progress.seconds;
    const started = performance.now();
    const clock = (): void => {
      progress.seconds = startedWith + (performance.now() - started) / 1000;
    };
    const saved = async (): Promise<TrainEvent[]> =>
      save ? [{ type: "checkpoint", step: progress.step, path: await save(this) }] : [];

    let reason = limitReached(config, progress, streams.batchesPerEpoch);
    while (!reason) {
      if (signal?.aborted) {
        reason = "interrupted";
        break;
      }
      const before = performance.now();
      const event = await this.#update();
      progress.trainingSeconds += (performance.now() - before) / 1000;
      clock();
      yield this.#timed(event);
      const due = progress.step % evaluateEvery === 0;
      reason = limitReached(config, progress, streams.batchesPerEpoch);
      if (this.valid && (due || reason)) {
        yield await this.#validate(this.valid);
        clock();
        yield* await saved();
        if (config.patience > 0 && progress.sinceBest >= config.patience) reason ??= "earlyStopping";
      } else if (config.checkpointEvery > 0 && progress.step % config.checkpointEvery === 0)
        yield* await saved();
      if (config.sampleEvery > 0 && progress.step % config.sampleEvery === 0) {
        yield { type: "sample", step: progress.step, text: await this.#sample() };
      }
      await breathe();
    }
    clock();
    if (reason === "interrupted" || !this.valid) yield* await saved();
    const result = this.result();
    this.#restoreBest();
    yield { type: "end", step: progress.step, reason, result };
  }

  /** What the run has come to so far. */
  result(): TrainResult {
    const { step, chars, seconds, trainingSeconds, trainNats, lossSum, lossCount, bestNats, bestStep } =
      this.progress;
    return {
      steps: step,
      chars,
      seconds,
      charsPerSecond: trainingSeconds > 0 ? chars / trainingSeconds : 0,
      trainNats: lossCount > 0 ? lossSum / lossCount : trainNats,
      validNats: bestNats,
      bestStep,
    };
  }

  /** Gives all memory back; the trainer and its model must not be used again. */
  release(): void {
    const { tape } = this.model;
    for (const tensor of this.optimizerState.slots.values()) tape.release(tensor);
    releaseCarriedState(tape, this.carried);
    this.model.release();
  }

  /** One window forward, backward and into the weights. */
  async #update(): Promise<Omit<StepEvent, "charsPerSecond" | "progress" | "secondsLeft">> {
    const { config, model, progress, carried } = this;
    const { tape, parameters } = model;
    const { step } = progress;
    const batch = this.streams.at(step);
    const learningRate = this.#schedule.rate(config.learningRate, progress.schedule, {
      update: step,
      epoch: batch.epoch,
    });
    if (batch.restart) resetCarriedState(tape, carried);
    const { loss, gradientNorm } = await tape.step(async () => {
      const shape = [batch.steps, batch.rows];
      const masks = { dropout: config.dropout, key: this.#maskKey, window: step, stream: batch.epoch };
      const { logits, state } = model.forward(tape.ids(batch.inputs, shape), { state: carried.state, masks });
      const lossTensor = crossEntropy(logits, tape.ids(batch.targets, shape));
      clearGradients(parameters);
      tape.backward(lossTensor);
      const value = await lossTensor.item();
      const norm = config.clip > 0 ? clipByGlobalNorm(parameters, config.clip) : globalNorm(parameters);
      if (!Number.isFinite(value) || !Number.isFinite(norm))
        throw diverged(
          step + 1,
          `loss ${value}, gradient norm ${norm}, learning rate ${learningRate}`,
          config.clip,
        );
      carry(tape, carried, state);
      return { loss: value, gradientNorm: norm };
    });
    this.optimizer.update(parameters, this.optimizerState, learningRate);
    progress.step++;
    progress.chars += batch.scored;
    progress.lossSum += loss;
    progress.lossCount++;
    return {
      type: "step",
      step: progress.step,
      epoch: progress.step / this.streams.batchesPerEpoch,
      loss,
      gradientNorm,
      learningRate,
    };
  }

  #timed(event: Omit<StepEvent, "charsPerSecond" | "progress" | "secondsLeft">): StepEvent {
    const { chars, trainingSeconds, seconds } = this.progress;
    const done = shareDone(this.config, this.progress, this.totalSteps);
    return {
      ...event,
      charsPerSecond: chars / trainingSeconds,
      progress: done,
      secondsLeft: done > 0 ? (seconds * (1 - done)) / done : null,
    };
  }

  async #validate(valid: Int32Array): Promise<ValidationEvent> {
    const { progress, model } = this;
    const { nats } = await evaluate(model, valid);
    if (!Number.isFinite(nats)) throw diverged(progress.step, `validation loss ${nats}`, this.config.clip);
    const isBest = progress.bestNats === null || nats < progress.bestNats;
    if (isBest) {
      progress.bestNats = nats;
      progress.bestStep = progress.step;
      this.bestWeights = copyWeights(model);
    }
    progress.sinceBest = isBest ? 0 : progress.sinceBest + 1;
    progress.schedule = this.#schedule.validated(progress.schedule, nats);
    progress.trainNats = progress.lossCount > 0 ? progress.lossSum / progress.lossCount : progress.trainNats;
    progress.lossSum = 0;
    progress.lossCount = 0;
    return {
      type: "validation",
      step: progress.step,
      epoch: progress.step / this.streams.batchesPerEpoch,
      nats,
      bitsPerChar: bitsPerChar(nats),
      perplexity: perplexity(nats),
      trainNats: progress.trainNats ?? Number.NaN,
      isBest,
      bestNats: progress.bestNats ?? nats,
    };
  }

  async #sample(): Promise<string> {
    let text = "";
    for await (const character of sample(this.model, this.vocabulary, {
      length: 200,
      seed: `${this.config.seed}/${this.progress.step}`,
    }))
      text += character;
    return text;
  }

  #restoreBest(): void {
    if (!this.bestWeights) return;
    this.latestWeights = copyWeights(this.model);
    writeWeights(this.model, this.bestWeights);
  }

  #restoreLatest(): void {
    if (this.latestWeights) writeWeights(this.model, this.latestWeights);
    this.latestWeights = undefined;
  }
}
