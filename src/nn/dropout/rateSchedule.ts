/** Rates that change while a network is trained: pure functions of the share of training that is done. */
import { ConfigError, describe, fraction, knownKeys, oneOf, positiveNumber } from "../../errors.ts";
import { expNegative } from "./expNegative.ts";

/**
 * How a rate p becomes p(s) at the share s = updates done / updates in all.
 *
 *   linear      p + (end - p) min(1, s / share)        end 0 is the annealed dropout of Rennie et al. 2014
 *   warmUp      p min(1, s / share)
 *   curriculum  p (1 - e^(-gamma s))                   Morerio et al. 2017, eq. 2 with θ̄ = 1 - p; theirs is gamma 10
 */
export type RateSchedule =
  | { readonly name: "linear"; readonly end: number; readonly share: number }
  | { readonly name: "warmUp"; readonly share: number }
  | { readonly name: "curriculum"; readonly gamma: number };

export const rateScheduleNames = ["constant", "linear", "warmUp", "curriculum"] as const;

/**
 * Reads a schedule: a name, or an object with the name and what differs from the defaults.
 *
 * @returns undefined for "constant"
 * @throws ConfigError naming the key
 * @example rateSchedule("dropout.output", "linear") // { name: "linear", end: 0, share: 1 }
 */
export function rateSchedule(where: string, value: unknown): RateSchedule | undefined {
  const at = `${where}.schedule`;
  const given = typeof value === "string" ? { name: value } : value;
  knownKeys(at, given, ["name", "end", "share", "gamma"]);
  const name = oneOf(at, "name", given["name"], rateScheduleNames);
  const own = { constant: [], linear: ["end", "share"], warmUp: ["share"], curriculum: ["gamma"] }[name];
  knownKeys(`${at} ${name}`, given, ["name", ...own]);
  if (name === "constant") return undefined;
  if (name === "warmUp") return { name, share: share(at, given["share"] ?? 0.1) };
  if (name === "curriculum") return { name, gamma: positiveNumber(at, "gamma", given["gamma"] ?? 10) };
  return { name, end: fraction(at, "end", given["end"] ?? 0), share: share(at, given["share"] ?? 1) };
}

/** p(s); the rate itself without a schedule. */
export function scheduledRate(rate: number, schedule: RateSchedule | undefined, done: number): number {
  switch (schedule?.name) {
    case undefined:
      return rate;
    case "linear":
      return rate + (schedule.end - rate) * Math.min(1, done / schedule.share);
    case "warmUp":
      return rate * Math.min(1, done / schedule.share);
    case "curriculum":
      return rate * (1 - expNegative(schedule.gamma * done));
  }
}

function share(where: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw new ConfigError("share must be a share of training", {
    where,
    expected: "a number in (0, 1]",
    got: describe(value),
  });
}
