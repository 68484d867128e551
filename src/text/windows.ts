/**
 * How an epoch is cut into windows: all of one length, or of lengths that vary.
 *
 *   variable  length = max(minimum, floor(b + deviation n)),  n normal,  b = T, or T/2 with probability `half`
 *
 * With fixed windows the same positions are always the first of a window, whose gradient reaches nothing before them, and
 * so are the last. Varying lengths move the borders. Source: Merity, Keskar & Socher 2017, §4.1, with the numbers of
 * awd-lstm-lm · differs from it in: an epoch's lengths are drawn once and shuffled anew for each epoch, so that every epoch
 * has the same number of updates.
 */
import { RandomStream, randomKey, type Seed } from "../engine/index.ts";
import { ConfigError, describe, knownKeys, nonNegativeNumber, oneOf, positiveInteger } from "../errors.ts";

/** Windows as plain JSON. */
export type WindowsConfig =
  | { readonly name: "fixed" }
  | {
      readonly name: "variable";
      /** probability of a window of about half the length, in [0, 1]. Default 0.05 */
      readonly half?: number;
      /** standard deviation of a length, in steps. Default 5 */
      readonly deviation?: number;
      /** steps of the shortest window, but for one at an epoch's end. Default 5 */
      readonly minimum?: number;
    };

/** The windows of a run. */
export interface WindowPlan {
  readonly perEpoch: number;
  /** No window has more steps. */
  readonly longest: number;
  /** Where window `k` of an epoch begins, and its steps. */
  at(epoch: number, k: number): { readonly start: number; readonly steps: number };
}

/** The names of the ways to cut. */
const NAMES = ["fixed", "variable"] as const;

/**
 * Fills in defaults and checks every value.
 * @throws ConfigError naming the key
 * @example windowsConfig({ name: "variable" }) // { name: "variable", half: 0.05, deviation: 5, minimum: 5 }
 */
export function windowsConfig(options: WindowsConfig): Required<WindowsConfig> {
  const name = oneOf("windows", "name", (options as WindowsConfig | null)?.name, NAMES);
  const where = `windows ${name}`;
  knownKeys(where, options, name === "fixed" ? ["name"] : ["name", "half", "deviation", "minimum"]);
  if (name === "fixed") return { name };
  const { half = 0.05, deviation = 5, minimum = 5 } = options as Record<string, unknown>;
  if (!(typeof half === "number" && half >= 0 && half <= 1)) {
    throw new ConfigError("half must be a probability", {
      where,
      expected: "a number in [0, 1]: how often a window has about half the length",
      got: describe(half),
    });
  }
  return {
    name,
    half,
    deviation: nonNegativeNumber(where, "deviation", deviation),
    minimum: positiveInteger(where, "minimum", minimum, 5),
  };
}

/**
 * Cuts epochs of `length` steps into windows of about `sequenceLength`.
 *
 * A pure function of its arguments: windows are found by their numbers, in any order.
 *
 * @throws ConfigError when the shortest window is longer than sequenceLength
 * @example windowPlan(1000, 70, { name: "variable" }, 42).at(3, 0) // { start: 0, steps: 74 }, for example
 */
export function windowPlan(
  length: number,
  sequenceLength: number,
  options: WindowsConfig,
  seed: Seed,
): WindowPlan {
  const config = windowsConfig(options);
  const T = sequenceLength;
  if (config.name === "fixed") {
    const at: WindowPlan["at"] = (_, k) => ({ start: k * T, steps: Math.min(T, length - k * T) });
    return { perEpoch: Math.ceil(length / T), longest: T, at };
  }
  if (config.minimum > T) {
    throw new ConfigError("the shortest window is longer than a usual one", {
      where: "windows variable",
      expected: `a minimum of at most sequenceLength ${T}`,
      got: `${config.minimum}`,
      mend: "Give a smaller minimum, or a larger sequenceLength",
    });
  }
  const lengths = drawLengths(length, T, config, new RandomStream(randomKey(seed, "windows")));
  let known = { epoch: -1, windows: [] as readonly { start: number; steps: number }[] }; // of the epoch that was asked last
  return {
    perEpoch: lengths.length,
    longest: lengths.reduce((a, b) => Math.max(a, b)),
    at(epoch, k) {
      if (epoch !== known.epoch) {
        const order = shuffled(lengths, new RandomStream(randomKey(seed, `windows/${epoch}`)));
        let start = 0;
        known = {
          epoch,
          windows: order.map((steps) => {
            start += steps;
            return { start: start - steps, steps };
          }),
        };
      }
      return known.windows[k]!;
    },
  };
}

/** Lengths that sum to `length`; the last one drawn is cut to what is left. */
function drawLengths(
  length: number,
  T: number,
  { half, deviation, minimum }: { half: number; deviation: number; minimum: number },
  stream: RandomStream,
): number[] {
  const lengths: number[] = [];
  for (let left = length; left > 0; ) {
    const base = stream.uniform() < half ? T / 2 : T;
    const steps = Math.min(left, Math.max(minimum, Math.floor(base + deviation * stream.normal())));
    lengths.push(steps);
    left -= steps;
  }
  return lengths;
}

/** A copy in another order (Fisher & Yates 1938). */
function shuffled(values: readonly number[], stream: RandomStream): number[] {
  const copy = [...values];
  for (let k = copy.length - 1; k > 0; k--) {
    const other = Math.floor(stream.uniform() * (k + 1));
    [copy[k], copy[other]] = [copy[other]!, copy[k]!];
  }
  return copy;
}
