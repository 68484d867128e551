/**
 * Lowers the rate when the validation loss stops falling.
 *
 *   better:  nats < best (1 - threshold)
 *   after more than `patience` validations that are not better:  rate *= factor, and waiting starts anew
 *
 * Source: PyTorch ReduceLROnPlateau with mode "min", threshold_mode "rel", cooldown 0 · differs from it in: the default
 * factor 0.5 and patience 2, for runs with tens of validations.
 */
import { knownKeys, nonNegativeInteger, nonNegativeNumber } from "../errors.ts";
import { decayFactor, keptFraction } from "./configChecks.ts";
import { integerPower } from "./integerPower.ts";
import { type PlateauConfig, type Schedule, unseen } from "./schedule.ts";

const WHERE = "schedule plateau";

/** Creates the schedule. @throws ConfigError for an unknown key or a value out of range */
export function plateau(options: PlateauConfig): Schedule<PlateauConfig> {
  const config = completed(options);
  const { factor, patience, threshold, minimum } = config;
  return {
    config,
    init: () => unseen,
    rate: (base, { reductions }) => {
      const lowered = base * integerPower(factor, reductions);
      return Math.fround(Math.max(lowered, Math.min(minimum, base)));
    },
    validated: (state, nats) => {
      if (state.best === null || nats < state.best * (1 - threshold)) {
        return { ...state, best: Number.isFinite(nats) ? nats : state.best, waited: 0 };
      }
      if (state.waited < patience) return { ...state, waited: state.waited + 1 };
      return { ...state, waited: 0, reductions: state.reductions + 1 };
    },
  };
}

function completed(options: PlateauConfig): Required<PlateauConfig> {
  knownKeys(WHERE, options, ["name", "factor", "patience", "threshold", "minimum"]);
  const { factor = 0.5, patience = 2, threshold = 1e-4, minimum = 0 }: PlateauConfig = options;
  return {
    name: "plateau",
    factor: decayFactor(WHERE, "factor", factor),
    patience: nonNegativeInteger(WHERE, "patience", patience),
    threshold: keptFraction(WHERE, "threshold", threshold),
    minimum: nonNegativeNumber(WHERE, "minimum", minimum),
  };
}
