/**
 * Integers to batches: long texts as a few parallel streams whose hidden state is carried from window to window.
 *
 *   row b of a training batch reads ids[b L] … ids[b L + L], L = floor((N - 1) / B) pairs of (input, target)
 *
 * The first symbol of a text is never predicted, because nothing stands before it: N symbols give N - 1 targets.
 */

import type { Seed } from "../engine/index.ts";
import { CorpusError, nonNegativeInteger, positiveInteger } from "../errors.ts";
import { type WindowsConfig, windowPlan } from "./windows.ts";

/** The target of a position that is not scored: padding, or a symbol read only to warm the state up. */
export const NOT_SCORED = -1;

/** One window of all rows. The arrays belong to the caller. */
export interface Batch {
  /** Symbol numbers, time-major [T, B]. */
  readonly inputs: Int32Array;
  /** The symbols that follow, time-major [T, B]; -1 where nothing is scored. */
  readonly targets: Int32Array;
  /** T, the steps of this window. */
  readonly steps: number;
  /** B, the rows. */
  readonly rows: number;
  /** Whether the carried state must be zeroed before this window. */
  readonly restart: boolean;
  /** How many targets are scored. */
  readonly scored: number;
  /** Which pass over the text this is, from 0. */
  readonly epoch: number;
}

/** Training windows, found by their number. */
export interface TrainingStreams {
  readonly batchesPerEpoch: number;
  /** Steps of the longest window. */
  readonly longest: number;
  /** Targets per epoch: B L. Up to B - 1 pairs at the end of the text are left out. */
  readonly charsPerEpoch: number;
  /** The window of an update, from 0: a pure function of its number, so a run resumes anywhere. */
  at(step: number): Batch;
}

/** Evaluation windows, read in order. */
export interface EvaluationStreams {
  /** Targets in all: N - 1, each exactly once. */
  readonly scored: number;
  /** The windows from the beginning; a window may be all warm-up, with nothing scored. */
  batches(): Iterable<Batch>;
}

/**
 * Cuts a training text into `batchSize` contiguous rows and those into windows.
 *
 * Each row goes on in the next window where it stopped, so the state can be carried; it restarts with each epoch. The last
 * window of an epoch is shorter when `sequenceLength` does not divide L. Windows of varying lengths: see windows.ts.
 *
 * @param ids - symbol numbers, [N]; read, never copied
 * @param options.windows - Default fixed
 * @param options.seed - of the lengths of variable windows. Default 0
 * @throws CorpusError when there are fewer than `batchSize` + 1 symbols
 * @throws ConfigError when a size is not a positive integer
 * @example
 * const streams = trainingStreams(ids, { batchSize: 32, sequenceLength: 64 });
 * const { inputs, targets, restart } = streams.at(0);
 */
export function trainingStreams(
  ids: Int32Array,
  options: {
    readonly batchSize: number;
    readonly sequenceLength: number;
    readonly windows?: WindowsConfig;
    readonly seed?: Seed;
  },
): TrainingStreams {
  const where = "trainingStreams";
  const B = positiveInteger(where, "batchSize", options.batchSize, 32);
  const T = positiveInteger(where, "sequenceLength", options.sequenceLength, 64);
  requireTwo(where, ids);
  if (ids.length < B + 1) {
    throw new CorpusError("the training text is too short", {
      where,
      expected: `at least ${B + 1} symbols for ${B} rows`,
      got: `${ids.length}`,
      mend: `Use a longer text, or batchSize ${ids.length - 1} or less`,
    });
  }
  const L = Math.floor((ids.length - 1) / B); // pairs per row
  const plan = windowPlan(L, T, options.windows ?? { name: "fixed" }, options.seed ?? 0);
  const batchesPerEpoch = plan.perEpoch;
  return {
    batchesPerEpoch,
    longest: plan.longest,
    charsPerEpoch: B * L,
    at(step) {
      nonNegativeInteger("trainingStreams.at", "step", step);
      const epoch = Math.floor(step / batchesPerEpoch);
      const { start: t0, steps } = plan.at(epoch, step % batchesPerEpoch);
      const inputs = new Int32Array(steps * B); // [T, B]
      const targets = new Int32Array(steps * B); // [T, B]
      for (let t = 0, k = 0; t < steps; t++) {
        for (let b = 0, from = t0 + t; b < B; b++, k++, from += L) {
          inputs[k] = ids[from]!;
          targets[k] = ids[from + 1]!;
        }
      }
      return { inputs, targets, steps, rows: B, restart: t0 === 0, scored: steps * B, epoch };
    },
  };
}

/**
 * Cuts a text into rows that are read in parallel, such that every target is scored exactly once.
 *
 * A row border would otherwise be a cold start that a single row does not have. So each row but the first begins `warmUp`
 * symbols earlier, with targets of -1, and the result with many rows is nearly that of one row. Rows that end early are
 * padded with input 0 and target -1. A text shorter than the rows gets fewer rows.
 *
 * @param ids - symbol numbers, [N]; read, never copied
 * @param options.rows - rows wanted: more are faster; 1 is the exact definition
 * @param options.warmUp - symbols read before a row's first scored one. Default `sequenceLength`
 * @param options.wholeWindows - every row begins at a multiple of `sequenceLength`, so that without warm-up the windows are those of
 *   a single row. Default false
 * @throws CorpusError when there are fewer than 2 symbols
 * @throws ConfigError when a size is not a positive integer
 * @example for (const batch of evaluationStreams(ids, { rows: 16, sequenceLength: 128 }).batches()) score(batch);
 */
export function evaluationStreams(
  ids: Int32Array,
  options: {
    readonly rows: number;
    readonly sequenceLength: number;
    readonly warmUp?: number;
    readonly wholeWindows?: boolean;
  },
): EvaluationStreams {
  const where = "evaluationStreams";
  const wanted = positiveInteger(where, "rows", options.rows, 16);
  const T = positiveInteger(where, "sequenceLength", options.sequenceLength, 128);
  const warmUp = nonNegativeInteger(where, "warmUp", options.warmUp ?? T);
  requireTwo(where, ids);
  const pairs = ids.length - 1;
  const share = Math.ceil(pairs / Math.min(wanted, pairs));
  const chunk = options.wholeWindows ? Math.ceil(share / T) * T : share; // scored pairs per row
  const B = Math.ceil(pairs / chunk); // rows that have something to score
  const rows = Array.from({ length: B }, (_, b) => {
    const scoredFrom = b * chunk;
    return { from: Math.max(0, scoredFrom - warmUp), scoredFrom, end: Math.min(scoredFrom + chunk, pairs) };
  });
  const longest = Math.max(...rows.map(({ from, end }) => end - from));

  function window(t0: number): Batch {
    const steps = Math.min(T, longest - t0);
    const inputs = new Int32Array(steps * B); // [T, B], padding 0
    const targets = new Int32Array(steps * B).fill(NOT_SCORED); // [T, B]
    let scored = 0;
    for (const [b, { from, scoredFrom, end }] of rows.entries()) {
      const last = Math.min(from + t0 + steps, end);
      for (let pair = from + t0, k = b; pair < last; pair++, k += B) {
        inputs[k] = ids[pair]!;
        if (pair < scoredFrom) continue;
        targets[k] = ids[pair + 1]!;
        scored++;
      }
    }
    return { inputs, targets, steps, rows: B, restart: t0 === 0, scored, epoch: 0 };
  }

  return {
    scored: pairs,
    *batches() {
      for (let t0 = 0; t0 < longest; t0 += T) yield window(t0);
    },
  };
}

function requireTwo(where: string, ids: Int32Array): void {
  if (ids.length >= 2) return;
  throw new CorpusError("the text is too short", {
    where,
    expected: "at least 2 symbols: one to read and one to predict",
    got: `${ids.length}`,
    mend: "Use a longer text",
  });
}
