/** From the flags of `train` and `compare`, and a configuration file, to training options. */
import { readFile } from "node:fs/promises";
import { ConfigError, describe, knownKeys } from "../../errors.ts";
import { recipe, type TrainingOptions, trainingKeys } from "../../lm/index.ts";

/** The values of the shared flags, as commander gives them; only keys that were given exist. */
export type GivenFlags = Readonly<Record<string, unknown>>;

/**
 * The options that were given, and no others: the recipe's, overridden by the file's, overridden by the flags', key by key.
 *
 * @throws ConfigError for an unknown recipe, a file that cannot be read, an unknown key in it, or more than one thread
 * @example await givenOptions({ hiddenSize: 64, resetBefore: true }) // { hiddenSize: 64, resetAfter: false }
 */
export async function givenOptions(flags: GivenFlags): Promise<TrainingOptions> {
  const named = typeof flags["recipe"] === "string" ? recipe(flags["recipe"], "--recipe") : {};
  const file = typeof flags["config"] === "string" ? await readConfigFile(flags["config"]) : {};
  const fromFlags = Object.fromEntries(
    Object.entries(flags).filter(([key, value]) => trainingKeys.includes(key) && value !== undefined),
  );
  const merged: Record<string, unknown> = { ...named, ...file, ...fromFlags };
  if (flags["resetBefore"]) merged["resetAfter"] = false;
  if (flags["resetState"] !== undefined) merged["carryState"] = !flags["resetState"];
  if (flags["weightDecay"] !== undefined) {
    const optimizer = merged["optimizer"] ?? "adam";
    merged["optimizer"] = {
      ...(typeof optimizer === "string" ? { name: optimizer } : (optimizer as object)),
      weightDecay: flags["weightDecay"],
    };
  }
  return merged;
}

/** @throws ConfigError when the file cannot be read, is not a JSON object, or has a key that is not known */
async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const value = await readJsonFile(path, "--config");
  knownKeys(path, value, trainingKeys);
  return value;
}

/** The JSON value in a file that a flag names. @throws ConfigError when it cannot be read */
export async function readJsonFile(path: string, flag: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(cause.code === "ENOENT" ? `${path} does not exist` : `${path} cannot be read`, {
      where: flag,
      expected: "a JSON file",
      got: cause.code ?? String(cause),
      cause,
    });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, {
      where: flag,
      expected: "a JSON object",
      got: describe(text),
      mend: (cause as Error).message,
      cause,
    });
  }
}
