/** Flags that are numbers: what is not one to the last character is refused, and the flag is named. */
import { ConfigError, describe, strictNumber } from "../../errors.ts";

interface Kind {
  readonly problem: string;
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
}

export type NumberKind =
  | "positiveInteger"
  | "nonNegativeInteger"
  | "positive"
  | "nonNegative"
  | "share"
  | "fraction";

const kinds: Readonly<Record<NumberKind, Kind>> = {
  positiveInteger: {
    problem: "not a positive integer",
    expected: "an integer of 1 or more",
    accepts: (value) => Number.isSafeInteger(value) && value >= 1,
  },
  nonNegativeInteger: {
    problem: "not zero or a positive integer",
    expected: "an integer of 0 or more",
    accepts: (value) => Number.isSafeInteger(value) && value >= 0,
  },
  positive: {
    problem: "not a positive number",
    expected: "a finite number above 0",
    accepts: (value) => value > 0,
  },
  nonNegative: {
    problem: "not zero or a positive number",
    expected: "a finite number of 0 or more",
    accepts: (value) => value >= 0,
  },
  share: {
    problem: "not a share",
    expected: "a number above 0 and at most 1",
    accepts: (value) => value > 0 && value <= 1,
  },
  fraction: {
    problem: "not a fraction",
    expected: "a number of 0 or more and below 1",
    accepts: (value) => value >= 0 && value < 1,
  },
};

/**
 * A parser for a flag's value, for commander's `argParser`.
 *
 * @param flag - its name, for errors
 * @param example - a value that would do
 * @returns a function that throws ConfigError for "12x", "", "1e9999" and numbers out of range
 * @example new Option("--layers <n>").argParser(numberFlag("--layers", "positiveInteger", 2))
 */
export function numberFlag(flag: string, kind: NumberKind, example: number): (text: string) => number {
  const { problem, expected, accepts } = kinds[kind];
  return (text) => {
    const value = strictNumber(text);
    if (value !== undefined && accepts(value)) return value;
    throw new ConfigError(problem, {
      where: flag,
      expected,
      got: describe(text),
      mend: `For example ${flag} ${example}`,
    });
  };
}
