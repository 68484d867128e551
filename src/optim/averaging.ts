/**
 * Averaging the weights over updates: what is trained stays as it is, what is evaluated is the average (averages.ts).
 *
 *   polyak       a = mean of the weights after the updates start + 1, start + 2, ...
 *   exponential  a += max(1 - decay, 1/count) (w - a): the plain mean at first, then one that forgets
 *   ntAsgd       as polyak, from the moment at which validation stops getting better (nonMonotone.ts)
 *
 * Sources: Polyak & Juditsky 1992; Merity, Keskar & Socher 2017, "Regularizing and optimizing LSTM language models",
 * algorithm 1 (NT-ASGD: with sgd at a constant rate).
 */
import { ConfigError, describe, knownKeys, nonNegativeInteger, oneOf } from "../errors.ts";
import { keptFraction } from "./configChecks.ts";
import { nonMonotone } from "./nonMonotone.ts";

/** An averaging as plain JSON. */
export type AveragingConfig =
  | { readonly name: "none" }
  | {
      readonly name: "polyak";
      /** updates that are left out. Default 0 */
      readonly start?: number;
    }
  | {
      readonly name: "exponential";
      /** fraction of the average that is kept per update, in [0, 1). Default 0.999 */
      readonly decay?: number;
      /** updates that are left out. Default 0 */
      readonly start?: number;
    }
  | {
      readonly name: "ntAsgd";
      /** validations without a better one that are borne: n of the paper. Default 5 */
      readonly patience?: number;
    };

/** What an averaging remembers beside the averages: plain JSON, never changed in place. */
export interface AveragingState {
  /** Weights in the average; 0: it has not begun. */
  readonly count: number;
  /** Validation losses before it began, in nats; of ntAsgd only. */
  readonly losses: readonly number[];
}

/** An averaging: pure functions of its configuration and a state. */
export interface Averaging {
  /** The configuration with every default filled in. */
  readonly config: AveragingConfig;
  /** The state after update number `update`, counted from 1. When `count` has grown, the present weights belong in the average. */
  updated(state: AveragingState, update: number): AveragingState;
  /** The state after a validation with this loss, in nats; likewise. */
  validated(state: AveragingState, nats: number): AveragingState;
  /** How far the average goes toward the newest weights, when `count` includes them. */
  share(count: number): number;
}

/** The state of an averaging that has seen nothing. */
export const unaveraged: AveragingState = Object.freeze({ count: 0, losses: Object.freeze([]) });

/**
 * Creates the averaging that a plain configuration names.
 *
 * @throws ConfigError for an unknown name, a key that this averaging does not have, or a value out of range
 * @example createAveraging({ name: "ntAsgd" }).config // { name: "ntAsgd", patience: 5 }
 */
export function createAveraging(options: AveragingConfig): Averaging {
  const config = completed(options);
  const counted = (state: AveragingState): AveragingState => ({ ...state, count: state.count + 1 });
  const shareOf = (count: number): number => 1 / count;
  switch (config.name) {
    case "none":
      return { config, updated: (state) => state, validated: (state) => state, share: shareOf };
    case "ntAsgd":
      return {
        config,
        updated: (state) => (state.count > 0 ? counted(state) : state),
        validated(state, nats) {
          if (state.count > 0) return state;
          // the weights that were just validated are the first of the average, as in the paper
          if (nonMonotone(state.losses, nats, config.patience)) return { count: 1, losses: [] };
          return { count: 0, losses: [...state.losses, nats] };
        },
        share: shareOf,
      };
    default:
      return {
        config,
        updated: (state, update) => (update > config.start ? counted(state) : state),
        validated: (state) => state,
        share: config.name === "polyak" ? shareOf : (count) => Math.max(1 - config.decay, 1 / count),
      };
  }
}

type Completed =
  | { readonly name: "none" }
  | { readonly name: "polyak"; readonly start: number }
  | { readonly name: "exponential"; readonly decay: number; readonly start: number }
  | { readonly name: "ntAsgd"; readonly patience: number };

const KEYS = {
  none: ["name"],
  polyak: ["name", "start"],
  exponential: ["name", "decay", "start"],
  ntAsgd: ["name", "patience"],
} as const;

/** The names of all averagings. */
export const averagingNames = Object.keys(KEYS) as readonly AveragingConfig["name"][];

function completed(options: AveragingConfig): Completed {
  if (options === null || typeof options !== "object") {
    throw new ConfigError("not a configuration", {
      where: "averaging",
      expected: "an object",
      got: describe(options),
      mend: 'For example { name: "ntAsgd", patience: 5 }',
    });
  }
  const name = oneOf("averaging", "name", options.name, averagingNames);
  const where = `averaging ${name}`;
  knownKeys(where, options, KEYS[name]);
  const { start = 0, decay = 0.999, patience = 5 } = options as Record<string, unknown>;
  if (name === "none") return { name };
  if (name === "ntAsgd") return { name, patience: nonNegativeInteger(where, "patience", patience) };
  const from = nonNegativeInteger(where, "start", start);
  if (name === "polyak") return { name, start: from };
  return { name, decay: keptFraction(where, "decay", decay), start: from };
}
