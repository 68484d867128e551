/**
 * The trainer: an async generator of events around one update rule.
 *
 * Data position, masks and samples are functions of (seed, update), so that a run that is stopped anywhere and resumed
 * from its checkpoint goes on to the bits of the run that was never stopped.
 */
import type { Tape } from "../autograd/index.ts";
import { randomKey } from "../engine/index.ts";
import {
  type Averages,
  type Averaging,
  type AveragingState,
  createAverages,
  createAveraging,
  createOptimizer,
  createSchedule,
  moveAverages,
  type Optimizer,
  type OptimizerState,
} from "../optim/index.ts";
import { type TrainingStreams, trainingStreams, type Vocabulary } from "../text/index.ts";
import { breathe } from "./breathe.ts";
import { type CarriedState, createCarriedState, releaseCarriedState } from "./carriedState.ts";
import { learnedRates } from "./concreteTerms.ts";
import { diverged } from "./diverged.ts";
import { adjusted, adjustedRates, dropoutInUse } from "./dropoutAdjustment.ts";
import { evaluate } from "./evaluate.ts";
import type { TrainEvent, TrainResult } from "./events.ts";
import { LanguageModel } from "./languageModel.ts";
import { checkValidation, limitReached, scheduleOf, totalSteps } from "./limits.ts";
import { checkMemory } from "./memoryEstimate.ts";
import { modelPart } from "./modelConfig.ts";
import { newProgress, type Progress } from "./progress.ts";
import { adjustmentEvents, startEvent, stepEvent, validationEvent } from "./runEvents.ts";
import { sample } from "./sample.ts";
import { scoringOf } from "./scoringOf.ts";
import type { TrainingConfig } from "./trainingConfig.ts";
import { trainingUpdate, type UpdateParts, type UpdateResult } from "./trainingUpdate.ts";
import { copyTensors, copyWeights, type Weights, withWeights, writeWeights } from "./weights.ts";

export interface TrainerOptions {
  readonly tape: Tape;
  readonly config: TrainingConfig;
  readonly vocabulary: Vocabulary;
  /** symbol numbers of the training text */
  readonly train: Int32Array;
  /** symbol numbers of the validation text; without one there is no best model, no early stopping and no NT-ASGD */
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
 * @throws ConfigError when the configuration does not fit memory, a cosine schedule has no end, or NT-ASGD nothing to validate on
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
  /** Averages of the weights, by name, once `progress.averaging.count` is above 0; empty without averaging. */
  readonly averages: Averages;
  progress: Progress;
  /** Weights of the best evaluation, by name: averages when it was on those; undefined before the first. */
  bestWeights: Weights | undefined;
  /** Weights of the last update, by name, while the model holds the best or averaged ones instead; else undefined. */
  latestWeights: Weights | undefined;
  readonly #averaging: Averaging;
  readonly #parts: UpdateParts;

  constructor({ tape, config, vocabulary, train, valid }: TrainerOptions) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.train = train;
    this.valid = valid;
    this.streams = trainingStreams(train, config);
    checkValidation(config, valid);
    checkMemory(config, vocabulary.size, {
      sequenceLength: this.streams.longest,
      batchSize: config.batchSize,
      passes: config.consistency.name === "none" ? 1 : 2,
      copies: Number(config.averaging.name !== "none") + Number(config.optimizer.name === "amsgrad"),
    });
    this.model = new LanguageModel(tape, vocabulary.size, modelPart(config), config.seed);
    this.optimizer = createOptimizer(config.optimizer);
    this.optimizerState = this.optimizer.init(this.model.parameters);
    this.carried = createCarriedState(this.model, config.batchSize);
    this.#averaging = createAveraging(config.averaging);
    this.averages = createAverages(config.averaging.name === "none" ? new Map() : this.model.parameters);
    const schedule = createSchedule(scheduleOf(config, this.totalSteps));
    const { model, optimizer, optimizerState, carried } = this;
    const maskKey = randomKey(config.seed, "masks");
    const rateOptimizer = createOptimizer({ ...config.optimizer, weightDecay: 0 });
    this.#parts = {
      config,
      model,
      optimizer,
      rateOptimizer,
      rates: new Map([...model.parameters].filter(([name]) => !model.weights.has(name))),
      optimizerState,
      carried,
      schedule,
      maskKey,
      totalSteps: this.totalSteps,
      characters: train.length,
    };
    this.progress = newProgress(schedule.init());
  }

  /** Updates until `steps` or `epochs` is reached; null when only time ends the run. */
  get totalSteps(): number | null {
    return totalSteps(this.config, this.streams.batchesPerEpoch);
  }

  /**
   * Trains until a limit is reached, and leaves the best weights in the model; without validation the averages, if there are
   * any. Called again, it goes on from the latest.
   */
  async *run({ signal, save }: RunOptions = {}): AsyncGenerator<TrainEvent> {
    const { config, streams, progress } = this;
    this.#restoreLatest();
    yield startEvent(this);
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
      const update = await this.#update();
      progress.trainingSeconds += (performance.now() - before) / 1000;
      clock();
      yield stepEvent(this, update);
      const due = progress.step % evaluateEvery === 0;
      reason = limitReached(config, progress, streams.batchesPerEpoch);
      if (this.valid && (due || reason)) {
        yield* await this.#validate(this.valid);
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
    const { factor, raised, lowered } = this.progress.adjustment;
    const rates = adjustedRates(this.config, factor);
    const learned = learnedRates(this.model, this.bestWeights ?? this.averagedWeights());
    return {
      steps: step,
      chars,
      seconds,
      charsPerSecond: trainingSeconds > 0 ? chars / trainingSeconds : 0,
      trainNats: lossCount > 0 ? lossSum / lossCount : trainNats,
      validNats: bestNats,
      bestStep,
      ...(learned ? { learnedRates: learned } : {}),
      ...(rates ? { dropoutAdjustment: { factor, raised, lowered, rates } } : {}),
    };
  }

  /** Gives all memory back; the trainer and its model must not be used again. */
  release(): void {
    const { tape } = this.model;
    for (const tensor of this.optimizerState.slots.values()) tape.release(tensor);
    for (const tensor of this.averages.values()) tape.release(tensor);
    releaseCarriedState(tape, this.carried);
    this.model.release();
  }

  /** The averages of the weights, when averaging has begun. */
  averagedWeights(): Weights | undefined {
    return this.progress.averaging.count > 0 ? copyTensors(this.averages) : undefined;
  }

  /** One update, and what it counts. */
  async #update(): Promise<UpdateResult> {
    const { progress } = this;
    const batch = this.streams.at(progress.step);
    const result = await trainingUpdate(this.#parts, batch, progress);
    progress.step++;
    progress.chars += batch.scored;
    progress.lossSum += result.loss;
    progress.lossCount++;
    this.#follow(this.#averaging.updated(progress.averaging, progress.step));
    return result;
  }

  /** Takes over the averaging's next state, and the present weights into the averages when it counts them. */
  #follow(next: AveragingState): void {
    const { progress, model } = this;
    if (next.count > progress.averaging.count)
      moveAverages(this.averages, model.parameters, this.#averaging.share(next.count));
    progress.averaging = next;
  }

  /** Evaluates the averages when there are any, else the weights; says so when averaging begins with this. */
  async #validate(valid: Int32Array): Promise<TrainEvent[]> {
    const { progress, model } = this;
    const averaged = this.averagedWeights();
    const { nats } = await withWeights(model, averaged, () => evaluate(model, valid, scoringOf(this.config)));
    if (!Number.isFinite(nats)) throw diverged(progress.step, `validation loss ${nats}`, this.config.clip);
    const isBest = progress.bestNats === null || nats < progress.bestNats;
    if (isBest) {
      progress.bestNats = nats;
      progress.bestStep = progress.step;
      this.bestWeights = averaged ?? copyWeights(model);
    }
    progress.sinceBest = isBest ? 0 : progress.sinceBest + 1;
    progress.schedule = this.#parts.schedule.validated(progress.schedule, nats);
    progress.trainNats = progress.lossCount > 0 ? progress.lossSum / progress.lossCount : progress.trainNats;
    progress.lossSum = 0;
    progress.lossCount = 0;
    this.#follow(this.#averaging.validated(progress.averaging, nats));
    const { config } = this;
    const before = progress.adjustment;
    const losses = { train: progress.trainNats ?? Number.NaN, valid: nats };
    progress.adjustment = adjusted(before, losses, config.dropoutAdjustment, dropoutInUse(config));
    const event = validationEvent(this, { nats, isBest, isAveraged: averaged !== undefined }, before);
    const begins = !averaged && progress.averaging.count > 0;
    return [
      event,
      ...(begins ? [{ type: "averaging", step: progress.step } as const] : []),
      ...adjustmentEvents(this, before),
    ];
  }

  async #sample(): Promise<string> {
    const seed = `${this.config.seed}/${this.progress.step}`;
    return withWeights(this.model, this.averagedWeights(), async () => {
      let text = "";
      for await (const character of sample(this.model, this.vocabulary, { length: 200, seed }))
        text += character;
      return text;
    });
  }

  #restoreBest(): void {
    const best = this.bestWeights ?? this.averagedWeights();
    if (!best) return;
    this.latestWeights = copyWeights(this.model);
    writeWeights(this.model, best);
  }

  #restoreLatest(): void {
    if (this.latestWeights) writeWeights(this.model, this.latestWeights);
    this.latestWeights = undefined;
  }
}
