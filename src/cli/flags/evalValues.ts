/** Values that only `eval` has: a mean over passes, a temperature. */
import { ConfigError, describe, strictNumber } from "../../errors.ts";
import { numberFlag } from "./numberFlag.ts";

/** A mean over passes, as the language model names it. */
export type MeanFlag = "arithmetic" | "geometric" | { readonly power: number };

/** "arithmetic", "geometric" or "power:0.5". @throws ConfigError for anything else */
export function meanFlag(text: string): MeanFlag {
  if (text === "arithmetic" || text === "geometric") return text;
  const power = text.startsWith("power:") ? strictNumber(text.slice("power:".length)) : undefined;
  if (power !== undefined) return { power };
  throw new ConfigError("the mean cannot be read", {
    where: "--mean",
    expected: "arithmetic, geometric or power:Q with a number Q",
    got: describe(text),
    mend: "For example --mean power:0.5",
  });
}

/** A number above 0, or "fit". @throws ConfigError for anything else */
export function temperatureFlag(text: string): number | "fit" {
  return text === "fit" ? text : numberFlag("--temperature", "positive", 0.9)(text);
}
