/**
 * Full rate for `after` epochs, then multiplied by `factor` after each epoch.
 *
 *   rate = base · factor^n,   n = number of completed epochs from the `after`-th on = epoch - after + 1, at least 0
 *
 * Source: Karpathy 2015, char-rnn (train.lua: learning_rate_decay 0.97, learning_rate_decay_after 10) · differs from it
 * in: nothing; with the defaults the eleventh epoch is the first at 0.97 of the rate.
 */
import { knownKeys, nonNegativeInteger } from "../errors.ts";
import { decayFactor } from "./configChecks.ts";
import { integerPower } from "./integerPower.ts";
import { type ExponentialConfig, type Schedule, unseen } from "./schedule.ts";

const WHERE = "schedule exponential";

/** Creates the schedule. @throws ConfigError for an unknown key or a value out of range */
export function exponential(options: ExponentialConfig): Schedule<ExponentialConfig> {
  knownKeys(WHERE, options, ["name", "after", "factor"]);
  const { after = 10, factor = 0.97 }: ExponentialConfig = options;
  nonNegativeInteger(WHERE, "after", after);
  decayFactor(WHERE, "factor", factor);
  return {
    config: { name: "exponential", after, factor },
    init: () => unseen,
    rate: (base, _, { epoch }) => {
      const decays = Math.min(epoch, Math.max(0, epoch - after + 1)); // after = 0: still none before the first epoch
      return Math.fround(base * integerPower(factor, decays));
    },
    validated: (state) => state,
  };
}
