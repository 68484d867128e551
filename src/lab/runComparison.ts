/**
 * Running a comparison: every configuration with every seed, in parallel processes, on disk as it goes.
 *
 *   <folder>/comparison.json   the comparison, as it was asked for
 *   <folder>/<run>/            see runOne.ts
 *   <folder>/runs.jsonl        a line per finished run
 *   <folder>/summary.json      the table of the runs so far
 *
 * Killed at any moment and started again, it goes on where it was: finished runs are read, begun ones resumed.
 */
import { join } from "node:path";
import { positiveInteger } from "../errors.ts";
import { assertWritable, writeFileAtomic, writeFileAtomicSync } from "../io/index.ts";
import type { TrainEvent } from "../lm/index.ts";
import type { ComparisonConfig } from "./comparisonConfig.ts";
import { corpusText } from "./corpusParts.ts";
import { finishedResult } from "./runOne.ts";
import { type Run, runPlan } from "./runPlan.ts";
import type { RunResult } from "./runResult.ts";
import { placeRuns, settleEngine } from "./settleEngine.ts";
import { type SummaryRow, summariseRuns } from "./summary.ts";
import { runInWorkers } from "./workerPool.ts";

interface Which {
  readonly id: string;
  readonly config: string;
  readonly seed: number | string;
}

/** What a comparison says while it runs. */
export type ComparisonEvent =
  | {
      readonly type: "plan";
      readonly runs: readonly Which[];
      readonly workers: number;
      readonly engine: string;
      /** of each run */
      readonly threads: number;
      readonly done: number;
      readonly folder: string;
      /** what a person should know about engine and threads, one line each */
      readonly notes: readonly string[];
    }
  | ({ readonly type: "run"; readonly event: TrainEvent } & Which)
  | ({ readonly type: "result"; readonly result: RunResult } & Which)
  | ({ readonly type: "failed"; readonly message: string } & Which);

export interface RunComparisonOptions {
  /** Where everything is kept; made when missing. */
  readonly folder: string;
  /** Processes. Default: as many as there are cores for the threads of each. */
  readonly workers?: number | undefined;
  /** Threads of each run. Default: 1; more when there are fewer runs than cores, but not with a BLAS, whose bits depend on it. */
  readonly threads?: number | undefined;
  /** Name or path of a library, for the engine blas. */
  readonly blas?: string | undefined;
  /** Stops all runs after their present update, saved. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: ComparisonEvent) => void;
}

export interface ComparisonResult {
  readonly name: string;
  readonly folder: string;
  readonly baseline: string;
  readonly runs: readonly RunResult[];
  readonly summary: readonly SummaryRow[];
  readonly failures: readonly (Which & { readonly message: string })[];
  /** the files that sum it up */
  readonly files: readonly string[];
  readonly interrupted: boolean;
}

/**
 * Runs a comparison to its end, or until the signal.
 *
 * @throws CorpusError when the corpus cannot be read
 * @throws EngineError when the engine cannot run here
 * @throws OutputError when the folder cannot be written; nothing has run then
 * @example
 * const config = comparisonConfig({ corpus: "tideland", base: { epochs: 5 }, configurations: { none: {}, gal: { dropout: "gal" } } });
 * const { summary } = await runComparison(config, { folder: "runs/dropouts" });
 */
export async function runComparison(
  comparison: ComparisonConfig,
  { folder, workers, threads, blas, signal, onEvent }: RunComparisonOptions,
): Promise<ComparisonResult> {
  if (workers !== undefined) positiveInteger("runComparison", "workers", workers, 2);
  const files = {
    comparison: join(folder, "comparison.json"),
    runs: join(folder, "runs.jsonl"),
    summary: join(folder, "summary.json"),
  };
  assertWritable(files.comparison);
  // what "auto" stands for is part of a run's identity, so that no run is resumed on another engine
  const settled = await settleEngine({ engine: comparison.engine, threads, blas });
  const { engine } = settled;
  const plan = runPlan(
    { ...comparison, engine },
    await corpusText(comparison.corpus, comparison.chars),
    folder,
    settled.identity,
  );
  const results = new Map<string, RunResult>();
  for (const run of plan) {
    const done = finishedResult(run);
    if (done) results.set(run.id, done);
  }
  await writeFileAtomic(files.comparison, `${JSON.stringify(comparison, null, 2)}\n`);
  const waiting = plan.filter((run) => !results.has(run.id));
  const placed = placeRuns(waiting.length, { threads: settled.threads, workers });
  onEvent?.({
    type: "plan",
    runs: plan.map(which),
    workers: placed.workers,
    engine,
    threads: placed.threads,
    done: results.size,
    folder,
    notes: [...settled.notes, ...placed.notes],
  });

  const failures: (Which & { message: string })[] = [];
  const ordered = (): RunResult[] => plan.flatMap((run) => results.get(run.id) ?? []);
  const writeSummary = (): void => {
    const runs = ordered();
    const summary = {
      name: comparison.name,
      baseline: comparison.baseline,
      summary: summariseRuns(comparison, runs),
    };
    writeFileAtomicSync(files.runs, runs.map((result) => `${JSON.stringify(result)}\n`).join(""));
    writeFileAtomicSync(files.summary, `${JSON.stringify(summary, null, 2)}\n`);
  };
  writeSummary();
  await runInWorkers(waiting, {
    workers: placed.workers,
    threads: placed.threads,
    blas,
    signal,
    onEvent: (run, event) => onEvent?.({ type: "run", ...which(run), event }),
    onOutcome: (run, outcome) => {
      if ("result" in outcome) {
        results.set(run.id, outcome.result);
        writeSummary();
        onEvent?.({ type: "result", ...which(run), result: outcome.result });
      } else if ("failed" in outcome) {
        failures.push({ ...which(run), message: outcome.failed });
        onEvent?.({ type: "failed", ...which(run), message: outcome.failed });
      }
    },
  });
  const runs = ordered();
  return {
    name: comparison.name,
    folder,
    baseline: comparison.baseline,
    runs,
    summary: summariseRuns(comparison, runs),
    failures,
    files: Object.values(files),
    interrupted: signal?.aborted === true && runs.length + failures.length < plan.length,
  };
}

function which({ id, configuration, seed }: Run): Which {
  return { id, config: configuration, seed };
}
