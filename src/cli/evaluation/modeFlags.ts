/** The flags of the evaluation modes: whose they are, and what stands where none is given. */
import type { Seed } from "../../engine/index.ts";
import { ConfigError } from "../../errors.ts";
import type { MeanFlag } from "../flags/evalValues.ts";

export type ModeName = "expectation" | "mc" | "dynamic" | "cache";

export interface ModeFlags {
  readonly mode: ModeName;
  readonly temperature?: number | "fit";
  readonly passes?: number;
  readonly mean?: MeanFlag;
  readonly dropout?: unknown;
  readonly seed?: Seed;
  readonly learningRate?: number;
  readonly segment?: number;
  readonly decay?: number;
  readonly rule?: "sgd" | "rms";
  readonly epsilon?: number;
  readonly cacheSize?: number;
  readonly theta?: number;
  readonly lambda?: number;
}

const owners: Readonly<Record<ModeName, readonly (keyof ModeFlags)[]>> = {
  expectation: ["temperature"],
  mc: ["passes", "mean", "dropout", "seed"],
  dynamic: ["learningRate", "segment", "decay", "rule", "epsilon"],
  cache: ["cacheSize", "theta", "lambda"],
};

/** A flag that would do nothing is more likely a mistake. @throws ConfigError for a flag of another mode, or --epsilon without --rule rms */
export function checkModeFlags(flags: ModeFlags): void {
  for (const [owner, keys] of Object.entries(owners)) {
    if (owner === flags.mode) continue;
    for (const key of keys)
      if (flags[key] !== undefined) throw unused(flagOf(key), `--mode ${owner}`, `--mode ${flags.mode}`);
  }
  if (flags.epsilon !== undefined && flags.rule !== "rms")
    throw unused("--epsilon", "--rule rms", "--rule sgd");
}

function unused(flag: string, expected: string, got: string): ConfigError {
  return new ConfigError("this flag does nothing here", { where: flag, expected, got });
}

/** cacheSize: --cache-size */
function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
