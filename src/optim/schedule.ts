/** What every schedule is: a rule for the learning rate, and a state beside it that a checkpoint can store. */

/** The same rate throughout. */
export interface ConstantConfig {
  readonly name: "constant";
}

/** Multiplied by `factor` after each epoch from the `after`-th on; see exponential.ts. */
export interface ExponentialConfig {
  readonly name: "exponential";
  /** epochs at the full rate. Default 10 */
  readonly after?: number;
  /** what the rate is multiplied by, per epoch. Default 0.97 */
  readonly factor?: number;
}

/** A linear rise, then half a cosine down; see cosine.ts. */
export interface CosineConfig {
  readonly name: "cosine";
  /** updates of the rise. Default 0 */
  readonly warmUp?: number;
  /** updates in all; must be above warmUp */
  readonly total: number;
  /** rate of the last update and after it, as a fraction of the peak. Default 0.1 */
  readonly final?: number;
}

/** Multiplied by `factor` when the validation loss stops falling; see plateau.ts. */
export interface PlateauConfig {
  readonly name: "plateau";
  /** what the rate is multiplied by. Default 0.5 */
  readonly factor?: number;
  /** validations without improvement that are borne; one more lowers the rate. Default 2 */
  readonly patience?: number;
  /** smallest improvement that counts, as a fraction of the best loss. Default 1e-4 */
  readonly threshold?: number;
  /** the rate never falls below this. Default 0 */
  readonly minimum?: number;
}

/** Multiplied by `factor` after each of some epochs; see milestones.ts. */
export interface MilestonesConfig {
  readonly name: "milestones";
  /** rising numbers of epochs, from 1: those after which the rate is multiplied */
  readonly epochs: readonly number[];
  /** what the rate is multiplied by. Default 0.1 */
  readonly factor?: number;
}

/** A schedule as plain JSON. */
export type ScheduleConfig =
  | ConstantConfig
  | ExponentialConfig
  | CosineConfig
  | PlateauConfig
  | MilestonesConfig;

/** What a schedule remembers: plain JSON, never changed in place. */
export interface ScheduleState {
  /** Best validation loss so far, in nats; null before the first. */
  readonly best: number | null;
  /** Validations since the best one, or since the rate was last lowered. */
  readonly waited: number;
  /** How often the rate has been lowered. */
  readonly reductions: number;
}

/** Where training stands. */
export interface Progress {
  /** Updates made before this one: 0 for the first. */
  readonly update: number;
  /** Epochs completed. */
  readonly epoch: number;
}

/**
 * A schedule: pure functions of its configuration, a state and the progress of training.
 *
 * @example
 * const schedule = createSchedule({ name: "cosine", warmUp: 100, total: 5000 });
 * const state = schedule.init();
 * const learningRate = schedule.rate(0.002, state, { update: 0, epoch: 0 }); // 0.00002
 */
export interface Schedule<Config extends ScheduleConfig = ScheduleConfig> {
  /** The configuration with every default filled in. */
  readonly config: Required<Config>;
  /** The state before training. */
  init(): ScheduleState;
  /** The learning rate of one update, a float32 number. `base` is the optimiser's own rate. */
  rate(base: number, state: ScheduleState, progress: Progress): number;
  /** The state after a validation with this loss, in nats. */
  validated(state: ScheduleState, nats: number): ScheduleState;
}

/** The state of a schedule that has seen nothing. */
export const unseen: ScheduleState = Object.freeze({ best: null, waited: 0, reductions: 0 });
