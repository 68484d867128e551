/** How a character language model is trained, as plain data: one flat object with the model's keys beside the trainer's. */
import {
  ConfigError,
  describe,
  knownKeys,
  nonNegativeInteger,
  nonNegativeNumber,
  oneOf,
  positiveInteger,
  positiveNumber,
  trueOrFalse,
} from "../errors.ts";
import { type RecurrentDropout, sites, sitesInUse } from "../nn/index.ts";
import {
  type CosineConfig,
  createOptimizer,
  createSchedule,
  type OptimizerConfig,
  type ScheduleConfig,
} from "../optim/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { checkAdjustable, type DropoutAdjustmentOptions } from "./dropoutAdjustmentConfig.ts";
import { defaultModelConfig, type ModelConfig, modelConfig, modelPart, networkShape } from "./modelConfig.ts";
import {
  defaultRegularisation,
  named,
  type RegularisationConfig,
  regularisationConfig,
} from "./regularisationConfig.ts";

/** A schedule whose cosine may leave `total` out: it then ends with the run. */
export type TrainingSchedule =
  | Exclude<ScheduleConfig, CosineConfig>
  | (Omit<CosineConfig, "total"> & { readonly total?: number });

export interface TrainingConfig extends ModelConfig, RegularisationConfig {
  /** B, rows that are trained in parallel */
  readonly batchSize: number;
  /** T, steps of one window: the reach of back-propagation through time */
  readonly sequenceLength: number;
  /**
   * Whether a window begins with the state that the one before it ended with. false: with the zero state, in training,
   * validation and test alike.
   */
  readonly carryState: boolean;
  /** Training ends at whichever of the three comes first; null means no such limit. */
  readonly steps: number | null;
  readonly epochs: number | null;
  readonly seconds: number | null;
  /** Given here, it wins over the optimizer's own. */
  readonly learningRate: number;
  readonly optimizer: OptimizerConfig;
  readonly schedule: TrainingSchedule;
  /** Largest global norm of the gradient; 0 turns clipping off. */
  readonly clip: number;
  readonly seed: number | string;
  readonly tokenizer: Tokenizer;
  /** Symbols seen less often become one unknown symbol. */
  readonly minCount: number;
  /** Updates between evaluations; 0: once per epoch. */
  readonly evaluateEvery: number;
  /** Evaluations without an improvement after which training stops; 0: never. */
  readonly patience: number;
  /** Updates between samples; 0: none. */
  readonly sampleEvery: number;
  /** Updates between checkpoints beside those of the evaluations; 0: none. */
  readonly checkpointEvery: number;
}

/** What a user may give: every key is optional, and those that are objects have a name as their short form. */
export type TrainingOptions = Partial<Omit<TrainingConfig, ShortForm>> & {
  readonly dropout?: unknown;
  readonly optimizer?: string | Partial<OptimizerConfig>;
  readonly schedule?: string | TrainingSchedule;
  readonly averaging?: string | TrainingConfig["averaging"];
  readonly consistency?: string | TrainingConfig["consistency"];
  readonly windows?: string | TrainingConfig["windows"];
  readonly dropoutAdjustment?: string | DropoutAdjustmentOptions;
};

type ShortForm =
  | "dropout"
  | "optimizer"
  | "schedule"
  | "averaging"
  | "consistency"
  | "windows"
  | "dropoutAdjustment";

const defaults = {
  ...defaultModelConfig,
  ...defaultRegularisation,
  dropout: "none",
  batchSize: 50,
  sequenceLength: 50,
  carryState: true,
  steps: null,
  epochs: null,
  seconds: null,
  learningRate: 2e-3,
  optimizer: "adam",
  schedule: "constant",
  clip: 5,
  seed: 123,
  tokenizer: "char",
  minCount: 1,
  evaluateEvery: 0,
  patience: 0,
  sampleEvery: 0,
  checkpointEvery: 0,
};

/** Every key of a training configuration. */
export const trainingKeys: readonly string[] = Object.keys(defaults);

/**
 * Fills in defaults and checks every value; what it returns, it accepts.
 *
 * Without `steps`, `epochs` and `seconds` training lasts 10 epochs.
 *
 * @throws ConfigError naming the key, with a suggestion for a misspelt one
 * @example trainingConfig({ hiddenSize: 256, dropout: "gal:0.25", epochs: 20 })
 */
export function trainingConfig(value: TrainingOptions = {}, where = "training"): TrainingConfig {
  knownKeys(where, value, trainingKeys);
  const filled = { ...defaults, ...value } as typeof defaults & Record<string, unknown>;
  const model = modelConfig(modelPart(filled) as unknown as Partial<ModelConfig>, where);
  const limit = (name: "steps" | "epochs", check: typeof positiveInteger): number | null =>
    filled[name] === null ? null : check(where, name, filled[name]);
  const optimizer = named(filled.optimizer) as OptimizerConfig;
  const learningRate = positiveNumber(
    where,
    "learningRate",
    value.learningRate ?? optimizer?.learningRate ?? defaults.learningRate,
  );
  const steps = limit("steps", positiveInteger);
  const seconds = filled.seconds === null ? null : positiveNumber(where, "seconds", filled.seconds);
  const epochs = limit("epochs", positiveInteger) ?? (steps === null && seconds === null ? 10 : null);
  const { seed } = filled as { seed: unknown };
  if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
    throw new ConfigError("seed must be an integer or a string", {
      where,
      expected: "an integer or a string",
      got: describe(seed),
    });
  }
  const { dropout, ...shape } = model;
  checkScheduledRates(dropout, steps, epochs);
  const regularisation = regularisationConfig(filled, where);
  checkPasses(where, regularisation, dropout, model);
  checkAdjustable(regularisation.dropoutAdjustment, dropout, networkShape(model));
  return {
    ...shape,
    ...regularisation,
    dropout,
    batchSize: positiveInteger(where, "batchSize", filled.batchSize, 50),
    sequenceLength: positiveInteger(where, "sequenceLength", filled.sequenceLength, 50),
    carryState: trueOrFalse(where, "carryState", filled.carryState),
    steps,
    epochs,
    seconds,
    learningRate,
    optimizer: createOptimizer({ ...optimizer, learningRate }).config,
    schedule: checkSchedule(named(filled.schedule) as TrainingSchedule),
    clip: nonNegativeNumber(where, "clip", filled.clip),
    seed: seed as number | string,
    tokenizer: oneOf(where, "tokenizer", filled.tokenizer, ["char", "grapheme", "byte"]),
    minCount: positiveInteger(where, "minCount", filled.minCount, 2),
    evaluateEvery: nonNegativeInteger(where, "evaluateEvery", filled.evaluateEvery),
    patience: nonNegativeInteger(where, "patience", filled.patience),
    sampleEvery: nonNegativeInteger(where, "sampleEvery", filled.sampleEvery),
    checkpointEvery: nonNegativeInteger(where, "checkpointEvery", filled.checkpointEvery),
  };
}

function checkSchedule(schedule: TrainingSchedule): TrainingSchedule {
  if (schedule?.name !== "cosine" || schedule.total !== undefined)
    return createSchedule(schedule as ScheduleConfig).config;
  const { total: _, ...open } = createSchedule({ ...schedule, total: Number.MAX_SAFE_INTEGER })
    .config as Required<CosineConfig>;
  return open;
}

/** Two passes without masks are one pass twice: the distance is 0, and so is its gradient. */
function checkPasses(
  where: string,
  { consistency }: RegularisationConfig,
  dropout: RecurrentDropout,
  model: ModelConfig,
): void {
  if (consistency.name === "none") return;
  if (sitesInUse(dropout, networkShape(model)).some(({ absent }) => !absent)) return;
  throw new ConfigError(`consistency ${consistency.name} compares two masks, and nothing is masked`, {
    where,
    expected: "a dropout with a site that this network has",
    got: describe(dropout.name),
    mend: 'For example { dropout: "gal:0.25" }, or consistency "none"',
  });
}

/** A rate over training is a function of the updates done and those to come, which time does not tell. */
function checkScheduledRates(dropout: RecurrentDropout, steps: number | null, epochs: number | null): void {
  const scheduled = sites.find((site) => dropout.sites[site]?.schedule);
  if (!scheduled || steps !== null || epochs !== null) return;
  throw new ConfigError("a rate that changes over training needs its end", {
    where: `dropout.${scheduled}`,
    expected: "steps or epochs",
    got: "only a limit in seconds",
    mend: "Give --steps or --epochs as well",
  });
}
