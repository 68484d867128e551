/** Checks of optimiser and schedule options that errors.ts has no words for. */
import { ConfigError, describe } from "../errors.ts";

/** Returns `value` when it is a number in [0, 1); otherwise throws a ConfigError. */
export function keptFraction(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw new ConfigError(`${name} must be a fraction below 1`, {
    where,
    expected: "a number in [0, 1): the fraction kept from one update to the next",
    got: describe(value),
  });
}

/** Returns `value` when it is a number in (0, 1]; otherwise throws a ConfigError. */
export function decayFactor(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw new ConfigError(`${name} must be a factor of at most 1`, {
    where,
    expected: "a number in (0, 1]: what the learning rate is multiplied by",
    got: describe(value),
  });
}

/** Returns `value` when it is true or false; otherwise throws a ConfigError. */
export function flag(where: string, name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ConfigError(`${name} must be true or false`, {
    where,
    expected: "true or false",
    got: describe(value),
  });
}

/** Returns `value` when it is a number in [0, 1]; otherwise throws a ConfigError. */
export function finalFraction(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new ConfigError(`${name} must be a fraction of the peak rate`, {
    where,
    expected: "a number in [0, 1]",
    got: describe(value),
  });
}
