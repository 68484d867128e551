/**
 * The kinds of error this package throws, and the small checkers that word them.
 *
 * Every message has the form `Where: what is wrong. Expected …, got …. How to mend.` so that a person can act on it,
 * and every error carries `where`, `expected` and `got` so that a program can.
 */

/** What every error of this package carries beside its message. */
export interface ErrorDetail {
  /** The function, option or file the error is about. */
  readonly where: string;
  /** What would have been right, in words. */
  readonly expected?: string;
  /** What was there instead, in words. */
  readonly got?: string;
  /** How to mend it: one sentence. */
  readonly mend?: string;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

/** The common parent of all errors that this package throws on purpose. */
export class TidegateError extends Error {
  readonly where: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;

  constructor(problem: string, { where, expected, got, mend, cause }: ErrorDetail) {
    super(worded(problem, where, expected, got, mend), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.where = where;
    this.expected = expected;
    this.got = got;
  }
}

/** An option, flag or configuration key that cannot be used. */
export class ConfigError extends TidegateError {}
/** Tensors or arrays whose shapes do not fit together. */
export class ShapeError extends TidegateError {}
/** A tensor used after the step that it belonged to has ended. */
export class LifetimeError extends TidegateError {}
/** Memory that cannot be had, or an engine that this runtime cannot run. */
export class EngineError extends TidegateError {}
/** A text that is missing, unreadable or too short. */
export class CorpusError extends TidegateError {}
/** A checkpoint or tensor file that is damaged, of another model, or of a newer version. */
export class CheckpointError extends TidegateError {}
/** A file or folder that cannot be written. */
export class OutputError extends TidegateError {}
/** Training that cannot go on: a loss or a gradient that is not a finite number. */
export class DivergenceError extends TidegateError {}

function worded(problem: string, where: string, expected?: string, got?: string, mend?: string): string {
  const facts = [expected && `Expected ${expected}`, got && `${expected ? "got" : "Got"} ${got}`]
    .filter(Boolean)
    .join(", ");
  return [`${where}: ${problem}.`, facts && `${facts}.`, mend && (mend.endsWith("?") ? mend : `${mend}.`)]
    .filter(Boolean)
    .join(" ");
}

/** Names a value in an error message: strings quoted, arrays and objects as JSON, long ones cut. */
export function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined) return String(value);
  if (typeof value === "function") return "a function";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Returns `value` when it is an integer of at least 1; otherwise throws a ConfigError. */
export function positiveInteger(where: string, name: string, value: unknown, example = 128): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigError(`${name} must be a positive integer`, {
    where,
    expected: "an integer of 1 or more",
    got: describe(value),
    mend: `For example { ${name}: ${example} }`,
  });
}

/** Returns `value` when it is an integer of at least 0; otherwise throws a ConfigError. */
export function nonNegativeInteger(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConfigError(`${name} must be zero or a positive integer`, {
    where,
    expected: "an integer of 0 or more",
    got: describe(value),
  });
}

/** Returns `value` when it is a finite number above 0; otherwise throws a ConfigError. */
export function positiveNumber(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new ConfigError(`${name} must be a positive number`, {
    where,
    expected: "a finite number above 0",
    got: describe(value),
  });
}

/** Returns `value` when it is a finite number of at least 0; otherwise throws a ConfigError. */
export function nonNegativeNumber(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new ConfigError(`${name} must be zero or a positive number`, {
    where,
    expected: "a finite number of 0 or more",
    got: describe(value),
  });
}

/** Returns `value` when it is a fraction in [0, 1); otherwise throws a ConfigError. */
export function fraction(where: string, name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw new ConfigError(`${name} must be a fraction`, {
    where,
    expected: "a number in [0, 1): the fraction dropped, not the fraction kept",
    got: describe(value),
  });
}

/** A decimal number as people write it; Number() alone would also take "", "0x10" and " 5". */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text is, to its last character; undefined for anything else, infinities too. */
export function strictNumber(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Returns `value` when it is true or false; otherwise throws a ConfigError. */
export function trueOrFalse(where: string, name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ConfigError(`${name} must be true or false`, {
    where,
    expected: "true or false",
    got: describe(value),
  });
}

/** Returns `value` when it is one of `choices`; otherwise throws a ConfigError that suggests the nearest. */
export function oneOf<const T extends string>(
  where: string,
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  const near = typeof value === "string" ? nearest(value, choices) : undefined;
  throw new ConfigError(`${name} is not known`, {
    where,
    expected: `one of ${choices.join(", ")}`,
    got: describe(value),
    ...(near ? { mend: `Did you mean "${near}"?` } : {}),
  });
}

/** Throws a ConfigError when `object` is not a plain object or has a key that is not in `known`, and suggests the nearest. */
export function knownKeys(
  where: string,
  object: unknown,
  known: readonly string[],
): asserts object is Record<string, unknown> {
  if (object === null || typeof object !== "object" || Array.isArray(object)) {
    throw new ConfigError("not an object", {
      where,
      expected: `an object with keys among ${known.join(", ")}`,
      got: describe(object),
    });
  }
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    throw new ConfigError(`unknown key "${key}"`, {
      where,
      expected: `keys among ${known.join(", ")}`,
      got: `"${key}"`,
      ...(near ? { mend: `Did you mean "${near}"?` } : {}),
    });
  }
}

/** The choice that is fewest edits away from `word`, when that is close enough to be a slip of the hand. */
export function nearest(word: string, choices: readonly string[]): string | undefined {
  const ranked = choices.map((choice) => ({
    choice,
    distance: editDistance(word.toLowerCase(), choice.toLowerCase()),
  }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, word.length / 3) ? best.choice : undefined;
}

/** Levenshtein distance with two rolling rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
