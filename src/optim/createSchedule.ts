/** Choosing a schedule by its configuration. */
import { ConfigError, describe, knownKeys, oneOf } from "../errors.ts";
import { cosine } from "./cosine.ts";
import { exponential } from "./exponential.ts";
import { milestones } from "./milestones.ts";
import { plateau } from "./plateau.ts";
import { type ConstantConfig, type Schedule, type ScheduleConfig, unseen } from "./schedule.ts";

/**
 * Creates the schedule that a plain configuration names.
 *
 * @throws ConfigError for an unknown name, a key that this schedule does not have, or a value out of range
 * @example createSchedule({ name: "exponential", after: 10, factor: 0.97 })
 */
export function createSchedule(config: ScheduleConfig): Schedule {
  if (config === null || typeof config !== "object") {
    throw new ConfigError("not a configuration", {
      where: "createSchedule",
      expected: "an object",
      got: describe(config),
      mend: 'For example { name: "constant" }',
    });
  }
  oneOf("createSchedule", "name", config.name, [
    "constant",
    "exponential",
    "cosine",
    "plateau",
    "milestones",
  ]);
  if (config.name === "exponential") return exponential(config);
  if (config.name === "cosine") return cosine(config);
  if (config.name === "plateau") return plateau(config);
  if (config.name === "milestones") return milestones(config);
  return constant(config);
}

function constant(options: ConstantConfig): Schedule<ConstantConfig> {
  knownKeys("schedule constant", options, ["name"]);
  return {
    config: { name: "constant" },
    init: () => unseen,
    rate: (base) => Math.fround(base),
    validated: (state) => state,
  };
}
