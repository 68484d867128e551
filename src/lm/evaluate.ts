/**
 * How well a model predicts a text: every target exactly once, with the state carried.
 *
 *   L = (1/N) Σ_t -ln p(w_t)          nats per character; bits = L / ln 2; perplexity = e^L
 *
 * What p is, the mode says; each has a file in evaluation/.
 */
import { ConfigError, describe, positiveInteger } from "../errors.ts";
import { cache } from "./evaluation/cache.ts";
import { type CharScores, type Evaluation, summariseScores } from "./evaluation/charScores.ts";
import { dynamic } from "./evaluation/dynamic.ts";
import { expectation } from "./evaluation/expectation.ts";
import { checkMode, type EvaluationMode } from "./evaluation/mode.ts";
import { monteCarlo } from "./evaluation/monteCarlo.ts";
import type { Reading } from "./evaluation/reading.ts";
import type { LanguageModel } from "./languageModel.ts";

export interface EvaluateOptions {
  /** Default expectation: no masks. */
  readonly mode?: EvaluationMode;
  /**
   * Rows read in parallel; each but the first is warmed up on the text before it. Default 16; 1 is the exact definition.
   * Dynamic evaluation reads one row, because weights can follow only one place in the text.
   */
  readonly rows?: number;
  /** Steps per window. Default 128. It does not change what is computed, only in what pieces; dynamic evaluation reads in segments. */
  readonly sequenceLength?: number;
  /**
   * false: every window of `sequenceLength` symbols is read from the zero state, as programs do that cut a text into
   * sequences. The figures are worse than with the state carried and do not compare with those. Not for dynamic evaluation
   * and the cache, which live on what came before. Default true.
   */
  readonly carryState?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after each window with the share of the text that has been read, in (0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Scores a text.
 *
 * @param ids - symbol numbers of the text, [N]
 * @throws CorpusError when the text has fewer than 2 symbols
 * @throws ConfigError for an unknown mode, or an option of it that is out of range
 * @example const { perplexity } = await evaluate(model, vocabulary.encode(text));
 */
export async function evaluate(
  model: LanguageModel,
  ids: Int32Array,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return summariseScores(await scoreInDetail(model, ids, options));
}

/**
 * The score of every character, -ln p in nats, in the order of the text: score k is that of symbol k + 1. Scores of two
 * models, modes or layouts on one text can therefore be paired.
 */
export async function scoreChars(
  model: LanguageModel,
  ids: Int32Array,
  options: EvaluateOptions = {},
): Promise<Float64Array> {
  return (await scoreInDetail(model, ids, options)).nats;
}

/**
 * The score of every character and what else the mode says about it: under Monte-Carlo the predictive entropy, and the
 * mutual information of character and masks.
 *
 * @example
 * const scores = await scoreInDetail(model, ids, { mode: { name: "monteCarlo", passes: 16, dropout } });
 * scores.mutualInformation; // [N - 1], nats: large where the passes disagree
 */
export async function scoreInDetail(
  model: LanguageModel,
  ids: Int32Array,
  {
    mode = { name: "expectation" },
    rows,
    sequenceLength = 128,
    carryState = true,
    ...run
  }: EvaluateOptions = {},
): Promise<CharScores> {
  checkMode(mode);
  const reading: Reading = {
    rows: rowsFor(mode, rows),
    sequenceLength: positiveInteger("evaluate", "sequenceLength", sequenceLength, 128),
    carryState: checkCarried(mode, carryState),
    signal: run.signal,
    onProgress: run.onProgress,
  };
  switch (mode.name) {
    case "expectation":
      return { mode: mode.name, nats: await expectation(model, ids, reading) };
    case "temperature":
      return { mode: mode.name, nats: await expectation(model, ids, reading, mode.temperature) };
    case "monteCarlo":
      return monteCarlo(model, ids, reading, mode);
    case "dynamic":
      return { mode: mode.name, nats: await dynamic(model, ids, reading, mode) };
    case "cache":
      return { mode: mode.name, nats: await cache(model, ids, reading, mode) };
  }
}

/** @throws ConfigError when the mode needs a state that is carried */
function checkCarried({ name }: EvaluationMode, carryState: boolean): boolean {
  if (carryState || (name !== "dynamic" && name !== "cache")) return carryState;
  throw new ConfigError(`${name} evaluation lives on what came before`, {
    where: "evaluate",
    expected: "carryState: true",
    got: describe(carryState),
  });
}

/** @throws ConfigError when rows are not a positive integer, or more than the mode can read */
function rowsFor({ name }: EvaluationMode, rows: number | undefined): number {
  const usual = name === "dynamic" ? 1 : 16;
  if (name === "dynamic" && rows !== undefined && rows > 1) {
    throw new ConfigError("dynamic evaluation reads the text in one row", {
      where: "evaluate",
      expected: "rows: 1",
      got: describe(rows),
      mend: "Leave rows out: weights can follow only one place in the text",
    });
  }
  return positiveInteger("evaluate", "rows", rows ?? usual, usual);
}
