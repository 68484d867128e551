/** The checks that every function of this folder makes of its numbers before it believes them. */
import { ConfigError, describe } from "../../errors.ts";

/** Throws a ConfigError unless there is at least one value and all are finite. */
export function checkSample(where: string, name: string, values: readonly number[]): void {
  if (values.length === 0) {
    throw new ConfigError(`${name} is empty`, { where, expected: "at least one number", got: "none" });
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new ConfigError(`${name}[${bad}] is not a finite number`, {
    where,
    expected: "finite numbers",
    got: describe(values[bad]),
    mend: "Leave a run that diverged out of the comparison, and say that you did",
  });
}

/** Throws a ConfigError unless both are samples of one length, so that a[k] and b[k] make a pair. */
export function checkPairs(where: string, a: readonly number[], b: readonly number[]): void {
  checkSample(where, "a", a);
  checkSample(where, "b", b);
  if (a.length === b.length) return;
  throw new ConfigError("a and b do not pair up", {
    where,
    expected: "as many values in a as in b, a[k] and b[k] from the same seed",
    got: `${a.length} and ${b.length}`,
    mend: "Use welch for samples that are not paired",
  });
}

/** Returns `level` when it can be the coverage of an interval; otherwise throws a ConfigError. */
export function checkLevel(where: string, level: number): number {
  if (level > 0 && level < 1) return level;
  throw new ConfigError("level is out of range", {
    where,
    expected: "a fraction in (0, 1), such as 0.95",
    got: describe(level),
  });
}
