/** A comparison as plain data: configurations x seeds over one base configuration, on one corpus. */
import { type EngineName, engineNames } from "../engine/index.ts";
import { ConfigError, describe, knownKeys, oneOf, positiveInteger } from "../errors.ts";
import { type TrainingConfig, type TrainingOptions, trainingConfig } from "../lm/index.ts";

/** What is compared, on what, how often. */
export interface ComparisonConfig {
  readonly name: string;
  /** a corpus name, or paths */
  readonly corpus: string | readonly string[];
  /** Use only the first so many characters of the corpus; null: all. */
  readonly chars: number | null;
  /** fractions for training, validation and test */
  readonly split: readonly [number, number, number];
  /** What all configurations share. */
  readonly base: TrainingOptions;
  /** What each adds to the base, by name; the first is the baseline unless `baseline` names another. */
  readonly configurations: Readonly<Record<string, TrainingOptions>>;
  /** Every configuration is run with every seed; a seed fixes initial weights, masks and data order. */
  readonly seeds: readonly (number | string)[];
  readonly baseline: string;
  readonly engine: EngineName;
}

const where = "comparison";
const keys = ["name", "corpus", "chars", "split", "base", "configurations", "seeds", "baseline", "engine"];

/**
 * Fills in defaults and checks every configuration before anything runs.
 *
 * Defaults: chars null, split 0.8, 0.1, 0.1, base {}, seeds 1, 2, 3, baseline the first configuration, engine "auto".
 *
 * @throws ConfigError naming the configuration and key
 * @example comparisonConfig({ name: "dropouts", corpus: "tideland", configurations: { none: {}, gal: { dropout: "gal" } } })
 */
export function comparisonConfig(value: unknown): ComparisonConfig {
  knownKeys(where, value, keys);
  const {
    name = "comparison",
    corpus,
    chars = null,
    split = [0.8, 0.1, 0.1],
    base = {},
    configurations,
    seeds = [1, 2, 3],
    engine = "auto",
  } = value;
  if (typeof name !== "string" || !/^[\w.-]+$/.test(name)) {
    throw new ConfigError("name cannot be used for a folder", {
      where,
      expected: "letters, digits, '.', '_' and '-'",
      got: describe(name),
    });
  }
  if (
    typeof corpus !== "string" &&
    !(Array.isArray(corpus) && corpus.length > 0 && corpus.every((path) => typeof path === "string"))
  ) {
    throw new ConfigError("corpus is missing", {
      where,
      expected: "a corpus name, a path or several paths",
      got: describe(corpus),
      mend: 'For example { corpus: "tideland" }',
    });
  }
  const names = configurationNames(configurations);
  const { baseline = names[0]! } = value;
  const config: ComparisonConfig = {
    name,
    corpus: corpus as string | string[],
    chars: chars === null ? null : positiveInteger(where, "chars", chars, 100000),
    split: checkSplit(split),
    base: base as TrainingOptions,
    configurations: configurations as Record<string, TrainingOptions>,
    seeds: checkSeeds(seeds),
    baseline: oneOf(where, "baseline", baseline, names),
    engine: oneOf(where, "engine", engine, engineNames),
  };
  for (const configuration of names) resolvedConfig(config, configuration, config.seeds[0]!);
  return config;
}

/**
 * The full training configuration of one run.
 * @throws ConfigError naming the configuration
 */
export function resolvedConfig(
  { base, configurations }: ComparisonConfig,
  configuration: string,
  seed: number | string,
): TrainingConfig {
  const at = `${where}.configurations.${configuration}`;
  const own = configurations[configuration];
  checkOptions(`${where}.base`, base);
  checkOptions(at, own);
  try {
    return trainingConfig({ ...base, ...own, seed }, at);
  } catch (error) {
    if (error instanceof ConfigError && error.where !== at) throw within(at, error);
    throw error;
  }
}

/** The same error, with the place that its part stands in. */
function within(at: string, cause: ConfigError): ConfigError {
  const [, problem = "", question] = /^(.*?)\.?(?: (Did you mean .*\?))?$/s.exec(cause.message) ?? [];
  return new ConfigError(problem, { where: at, ...(question ? { mend: question } : {}), cause });
}

function checkOptions(at: string, value: unknown): void {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new ConfigError("not an object", { where: at, expected: "training options", got: describe(value) });
  if (!("seed" in value)) return;
  throw new ConfigError("a configuration has no seed of its own", {
    where: at,
    expected: "no key seed: all configurations are run with the same seeds",
    got: `seed ${describe(value.seed)}`,
    mend: "Put it into the comparison's list of seeds",
  });
}

function configurationNames(value: unknown): string[] {
  const names =
    value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
  if (names.length === 0) {
    throw new ConfigError("nothing to compare", {
      where,
      expected: "configurations: { name: options, ... }",
      got: describe(value),
      mend: 'For example { none: { dropout: "none" }, gal: { dropout: "gal" } }',
    });
  }
  return names;
}

function checkSeeds(value: unknown): (number | string)[] {
  const valid =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((seed) => typeof seed === "string" || Number.isSafeInteger(seed));
  if (valid && new Set(value.map(String)).size === value.length) return value;
  throw new ConfigError("seeds cannot be used", {
    where,
    expected: "a list of different integers or strings",
    got: describe(value),
    mend: "For example { seeds: [1, 2, 3] }",
  });
}

function checkSplit(value: unknown): [number, number, number] {
  const parts = Array.isArray(value) ? value : [];
  const valid =
    parts.length === 3 &&
    parts.every((part) => typeof part === "number" && part > 0) &&
    Math.abs(parts.reduce((sum, part) => sum + part, 0) - 1) < 1e-6;
  if (valid) return parts as [number, number, number];
  throw new ConfigError("split cannot be used", {
    where,
    expected: "three positive fractions that sum to 1",
    got: describe(value),
    mend: "For example { split: [0.8, 0.1, 0.1] }",
  });
}
