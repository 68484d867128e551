/**
 * Multiplied by `factor` after each of some epochs.
 *
 *   rate = base · factor^n,   n = how many of `epochs` have been completed
 *
 * Source: awd-lstm-lm (main.py: --when 300 400 divides the rate by 10 after these epochs); PyTorch's MultiStepLR.
 */
import { ConfigError, describe, knownKeys } from "../errors.ts";
import { decayFactor } from "./configChecks.ts";
import { integerPower } from "./integerPower.ts";
import { type MilestonesConfig, type Schedule, unseen } from "./schedule.ts";

const WHERE = "schedule milestones";

/** Creates the schedule. @throws ConfigError for an unknown key or a value out of range */
export function milestones(options: MilestonesConfig): Schedule<MilestonesConfig> {
  knownKeys(WHERE, options, ["name", "epochs", "factor"]);
  const { epochs, factor = 0.1 } = options as MilestonesConfig;
  const isRising = (list: readonly unknown[]): boolean =>
    list.every(
      (epoch, k) => Number.isSafeInteger(epoch) && (epoch as number) > ((list[k - 1] as number) ?? 0),
    );
  if (!(Array.isArray(epochs) && epochs.length > 0 && isRising(epochs))) {
    throw new ConfigError("epochs are not usable", {
      where: WHERE,
      expected: "a list of rising positive integers: after which epochs the rate is multiplied",
      got: describe(epochs),
      mend: "For example { epochs: [300, 400] }",
    });
  }
  decayFactor(WHERE, "factor", factor);
  return {
    config: { name: "milestones", epochs: [...epochs], factor },
    init: () => unseen,
    rate: (base, _, { epoch }) =>
      Math.fround(base * integerPower(factor, epochs.filter((after) => epoch >= after).length)),
    validated: (state) => state,
  };
}
