/** Flags whose value is one of a few words, a seed, JSON, or a word that stands for a configuration. */
import { ConfigError, describe, oneOf, strictNumber } from "../../errors.ts";

/** A parser for a flag that takes one of a few words. @throws ConfigError suggesting the nearest */
export function choiceFlag<const T extends string>(flag: string, choices: readonly T[]): (text: string) => T {
  return (text) => oneOf(flag, "the value", text, choices);
}

/** A seed: an integer where it looks like one, else the text itself. */
export function seedFlag(text: string): number | string {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : text;
}

/** A parser for a name ("adam", "gal:0.3") or a JSON object. @throws ConfigError when the JSON cannot be read */
export function nameOrJsonFlag(flag: string): (text: string) => string | object {
  return (text) => (text.trimStart().startsWith("{") ? parseObject(flag, text) : text);
}

/** Dropout: a preset with or without a rate, JSON, or a bare rate. */
export function dropoutFlag(text: string): unknown {
  return strictNumber(text) ?? nameOrJsonFlag("--dropout")(text);
}

function parseObject(flag: string, text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new ConfigError("its JSON cannot be read", {
      where: flag,
      expected: "a name or a JSON object",
      got: describe(text),
      mend: `${(cause as Error).message}. In a shell, put the object in single quotes`,
      cause,
    });
  }
}
