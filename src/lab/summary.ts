/**
 * What the runs of a comparison say together.
 *
 * Means and intervals over seeds are those of nats per character; a perplexity is the exponential of a mean, and its
 * interval the exponential of the interval's ends. Differences are paired by seed: the same initial weights and data order.
 */

import { bitsPerChar, networkShape, perplexity } from "../lm/index.ts";
import { describeDropout } from "../nn/index.ts";
import { type ComparisonConfig, resolvedConfig } from "./comparisonConfig.ts";
import type { RunResult } from "./runResult.ts";
import { holm, pairedDifference, summarise } from "./statistics/index.ts";

/** One row of the table. Numbers that one seed cannot give are null. */
export interface SummaryRow {
  readonly config: string;
  /** the sites in use, one line */
  readonly dropout: string;
  /** number of finished runs */
  readonly seeds: number;
  /** on the test text: e to the mean nats per character, and its 95 % t interval over seeds */
  readonly perplexity: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly nats: number;
  /** standard deviation over seeds, nats per character */
  readonly sd: number | null;
  readonly bitsPerChar: number;
  readonly validNats: number | null;
  readonly trainNats: number | null;
  /** mean over seeds of perplexity less the baseline's with the same seed, its 95 % interval, and the p value of the paired t test */
  readonly differenceToBaseline: number | null;
  readonly differenceLow: number | null;
  readonly differenceHigh: number | null;
  readonly p: number | null;
  /** the same, corrected by Holm's method for as many comparisons with the baseline as the table has */
  readonly pHolm: number | null;
  readonly charsPerSecond: number;
}

/** Summarises finished runs, one row per configuration that has any, in the order of the comparison. */
export function summariseRuns(comparison: ComparisonConfig, runs: readonly RunResult[]): SummaryRow[] {
  const rows = uncorrectedRows(comparison, runs);
  const tested = rows.filter(({ p }) => p !== null);
  const corrected = tested.length > 0 ? holm(tested.map(({ p }) => p!)) : [];
  return rows.map((row) => ({ ...row, pHolm: corrected[tested.indexOf(row)] ?? null }));
}

function uncorrectedRows(
  comparison: ComparisonConfig,
  runs: readonly RunResult[],
): Omit<SummaryRow, "pHolm">[] {
  const baseline = runs.filter((run) => run.config === comparison.baseline);
  return Object.keys(comparison.configurations).flatMap((config) => {
    const own = runs.filter((run) => run.config === config);
    if (own.length === 0) return [];
    const nats = summarise(own.map((run) => run.testNats));
    const training = resolvedConfig(comparison, config, comparison.seeds[0]!);
    return [
      {
        config,
        dropout: describeDropout(training.dropout, networkShape(training)),
        seeds: own.length,
        perplexity: perplexity(nats.mean),
        low: nats.low === undefined ? null : perplexity(nats.low),
        high: nats.high === undefined ? null : perplexity(nats.high),
        nats: nats.mean,
        sd: nats.sd ?? null,
        bitsPerChar: bitsPerChar(nats.mean),
        validNats: meanOf(own.map((run) => run.validNats)),
        trainNats: meanOf(own.map((run) => run.trainNats)),
        ...difference(config === comparison.baseline ? [] : own, baseline),
        charsPerSecond: meanOf(own.map((run) => run.charsPerSecond)) ?? 0,
      },
    ];
  });
}

function difference(
  own: readonly RunResult[],
  baseline: readonly RunResult[],
): Pick<SummaryRow, "differenceToBaseline" | "differenceLow" | "differenceHigh" | "p"> {
  const pairs = own.flatMap((run) => {
    const twin = baseline.find((candidate) => String(candidate.seed) === String(run.seed));
    return twin ? [[run.testPerplexity, twin.testPerplexity] as const] : [];
  });
  if (pairs.length === 0)
    return { differenceToBaseline: null, differenceLow: null, differenceHigh: null, p: null };
  const { mean, low, high, p } = pairedDifference(
    pairs.map(([value]) => value),
    pairs.map(([, value]) => value),
  );
  return {
    differenceToBaseline: mean,
    differenceLow: low ?? null,
    differenceHigh: high ?? null,
    p: p ?? null,
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
