/** What a run adds to the plain loss and to its weights, as plain data; by default nothing. Guide: docs/regularisation.md. */
import { ConfigError, describe, knownKeys, nonNegativeNumber, oneOf, positiveNumber } from "../errors.ts";
import { type AveragingConfig, createAveraging } from "../optim/index.ts";
import { type WindowsConfig, windowsConfig } from "../text/index.ts";
import { type DropoutAdjustment, dropoutAdjustmentConfig } from "./dropoutAdjustmentConfig.ts";

/** How two passes over each window, under different masks, are pulled together. */
export type ConsistencyConfig =
  | { readonly name: "none" }
  | {
      /** mean square of the difference of the logits; Zolna et al. 2018. Default weight 0.15 */
      readonly name: "fraternal";
      readonly weight?: number;
    }
  | {
      /** both Kullback-Leibler divergences, halved; Liang et al. 2021. Default weight 1 */
      readonly name: "rDrop";
      readonly weight?: number;
    };

/** The keys of a training configuration that regularise, beside dropout and the optimizer's weight decay. */
export interface RegularisationConfig {
  /** α of activation regularisation: α mean h² is added to the loss, of the top layer's masked output. Default 0 */
  readonly activationPenalty: number;
  /** β of temporal activation regularisation: β mean (h_t - h_{t-1})² is added, of the top layer's output without mask. Default 0 */
  readonly temporalPenalty: number;
  /** l1 sign(w) is added to the gradient, before clipping. Default 0 */
  readonly l1: number;
  /** l2 w is added to the gradient, before clipping. Default 0 */
  readonly l2: number;
  /** Share of each target that is spread over all symbols, in [0, 1). Default 0 */
  readonly labelSmoothing: number;
  /** l²/2 of learned rates (dropout of kind concrete): l²/2N ‖W‖²/(1 - p) is added, N characters of training. Default 5e-9: l = 1e-4, as its program */
  readonly concreteWeights: number;
  /** Weight of the entropy of learned rates: minus so much times D H(p)/N is added, D units of a mask. 1 is Bayes', under which rates fall near 0. Default 10 */
  readonly concreteEntropy: number;
  /** Averages of the weights, which are then what is evaluated and kept. Default none */
  readonly averaging: AveragingConfig;
  /** Two passes per window under different masks. Default none */
  readonly consistency: ConsistencyConfig;
  /** Windows of one length, or of lengths that vary around `sequenceLength`. Default fixed */
  readonly windows: WindowsConfig;
  /** Rates of dropout that follow the validation. Default none */
  readonly dropoutAdjustment: DropoutAdjustment;
}

/** Nothing is added. */
export const defaultRegularisation = {
  activationPenalty: 0,
  temporalPenalty: 0,
  l1: 0,
  l2: 0,
  labelSmoothing: 0,
  concreteWeights: 5e-9,
  concreteEntropy: 10,
  averaging: "none",
  consistency: "none",
  windows: "fixed",
  dropoutAdjustment: "none",
} as const;

/** Weights of the papers' programs: fraternal-dropout's README, and 1 where R-Drop names no one value. */
const DEFAULT_WEIGHTS = { fraternal: 0.15, rDrop: 1 } as const;

/**
 * Checks every value and fills in what is left out of `averaging`, `consistency`, `windows` and `dropoutAdjustment`; a name stands for its defaults.
 * @throws ConfigError naming the key
 */
export function regularisationConfig(
  filled: Readonly<Record<keyof RegularisationConfig, unknown>>,
  where: string,
): RegularisationConfig {
  const { labelSmoothing } = filled;
  if (!(typeof labelSmoothing === "number" && labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new ConfigError("labelSmoothing must be a fraction", {
      where,
      expected: "a number in [0, 1): the share of a target that is spread over all symbols",
      got: describe(labelSmoothing),
      mend: "For example { labelSmoothing: 0.1 }; 0 is off",
    });
  }
  return {
    activationPenalty: nonNegativeNumber(where, "activationPenalty", filled.activationPenalty),
    temporalPenalty: nonNegativeNumber(where, "temporalPenalty", filled.temporalPenalty),
    l1: nonNegativeNumber(where, "l1", filled.l1),
    l2: nonNegativeNumber(where, "l2", filled.l2),
    labelSmoothing,
    concreteWeights: nonNegativeNumber(where, "concreteWeights", filled.concreteWeights),
    concreteEntropy: nonNegativeNumber(where, "concreteEntropy", filled.concreteEntropy),
    averaging: createAveraging(named(filled.averaging) as AveragingConfig).config,
    consistency: consistencyConfig(named(filled.consistency)),
    windows: windowsConfig(named(filled.windows) as WindowsConfig),
    dropoutAdjustment: dropoutAdjustmentConfig(named(filled.dropoutAdjustment)),
  };
}

function consistencyConfig(value: unknown): ConsistencyConfig {
  const name = oneOf("consistency", "name", (value as ConsistencyConfig | null)?.name, [
    "none",
    "fraternal",
    "rDrop",
  ]);
  const where = `consistency ${name}`;
  knownKeys(where, value, name === "none" ? ["name"] : ["name", "weight"]);
  if (name === "none") return { name };
  return { name, weight: positiveNumber(where, "weight", value["weight"] ?? DEFAULT_WEIGHTS[name]) };
}

/** "ntAsgd" stands for { name: "ntAsgd" } */
export function named(value: unknown): object {
  return typeof value === "string" ? { name: value } : (value as object);
}
