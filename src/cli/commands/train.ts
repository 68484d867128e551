/** tidegate train */
import { DivergenceError } from "../../errors.ts";
import type { JsonLines } from "../../io/index.ts";
import {
  type EndReason,
  evaluate,
  metricsLine,
  saveTrainer,
  scoringOf,
  trainingConfig,
} from "../../lm/index.ts";
import { readParts } from "../corpus/parts.ts";
import { fileNameOf } from "../corpus/readCorpus.ts";
import { type EngineFlags, openEngine } from "../engine/openEngine.ts";
import { Interrupted } from "../exitCodes.ts";
import { type GivenFlags, givenOptions } from "../flags/trainingOptions.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { type Console, createConsole } from "../terminal/console.ts";
import { whole } from "../terminal/numbers.ts";
import { configurationLines } from "../training/configurationLines.ts";
import { newRun, type Run, resumedRun } from "../training/createRun.ts";
import { openMetrics } from "../training/metricsFile.ts";
import { checkOutput } from "../training/outputFile.ts";
import { recipeLines } from "../training/recipeLines.ts";
import { resumeCommand } from "../training/resumeCommand.ts";
import { TrainReport } from "../training/trainReport.ts";
import { resultJson, resultLines } from "../training/trainResult.ts";

export interface TrainFlags extends GivenFlags, EngineFlags {
  readonly recipe?: string;
  readonly split?: string;
  readonly valid?: string;
  readonly test?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly force?: boolean;
  readonly metrics?: string;
  readonly logEvery: number;
  readonly json?: boolean;
}

/** Trains a model, or goes on with one, and says how well it does. */
export async function train(named: readonly string[], flags: TrainFlags): Promise<void> {
  const console = createConsole(flags.json);
  const out = flags.out ?? flags.resume ?? `${fileNameOf(named)}.safetensors`;
  const run = await prepared(named, flags, out, console);
  const metrics =
    flags.metrics === undefined
      ? undefined
      : openMetrics(flags.metrics, {
          step: run.trainer.progress.step,
          isResumed: flags.resume !== undefined,
          force: flags.force,
        });
  const reason = await trained(run, { out, metrics, console, logEvery: flags.logEvery });
  const result = run.trainer.result();
  const test =
    run.test && reason !== "interrupted"
      ? await evaluate(run.trainer.model, run.test, scoringOf(run.trainer.config))
      : undefined;
  console.result(...resultLines(result, reason, out, test));
  console.json(resultJson(result, { checkpoint: out, engine: run.trainer.model.tape.engine, test }));
  if (reason === "interrupted") {
    console.notes.print("To go on:", `  ${resumeCommand(process.argv.slice(2), out)}`);
    throw new Interrupted();
  }
}

/** Everything that can be refused before the first update: options, texts, model, files. */
async function prepared(
  named: readonly string[],
  flags: TrainFlags,
  out: string,
  console: Console,
): Promise<Run> {
  const { notes, colour } = console;
  const given = await givenOptions(flags);
  const { resume, engine, threads, blas } = flags;
  const choice = { engine, threads, blas, open: (asked: EngineFlags) => openEngine(asked, console) };
  const config = resume === undefined ? trainingConfig(given, "train") : undefined;
  const parts = await readParts(named, flags, "train");
  const run = config
    ? await newRun(parts, config, choice)
    : await resumedRun(parts, { path: resume!, given, ...choice });
  checkOutput(out, { force: flags.force, resume });
  notes.print(
    colour("bold", "tidegate train"),
    ...(flags.recipe === undefined ? [] : recipeLines(flags.recipe, given)),
    ...configurationLines(run.trainer, {
      corpus: parts.corpus.name,
      test: run.test?.length,
      out,
    }),
  );
  return run;
}

/** Trains until a limit or Ctrl-C, saving on the way. */
async function trained(
  { trainer }: Run,
  {
    out,
    metrics,
    console,
    logEvery,
  }: { out: string; metrics: JsonLines | undefined; console: Console; logEvery: number },
): Promise<EndReason> {
  const { notes, colour } = console;
  const report = new TrainReport(console, logEvery);
  const interrupt = listenForInterrupt(() =>
    notes.print(colour("yellow", "Finishing this update and saving; Ctrl-C again ends at once.")),
  );
  let savedAt: number | undefined;
  const save = async (): Promise<string> => {
    await saveTrainer(trainer, out);
    savedAt = trainer.progress.step;
    return out;
  };
  let reason: EndReason = "interrupted";
  try {
    for await (const event of trainer.run({ signal: interrupt.signal, save })) {
      const line = metrics && metricsLine(event);
      if (line) metrics.write(line);
      report.show(event);
      if (event.type === "end") reason = event.reason;
    }
    return reason;
  } catch (error) {
    notes.clear();
    if (error instanceof DivergenceError) {
      notes.print(
        savedAt === undefined
          ? "No checkpoint was written by this run."
          : `${out} holds the run as it was at update ${whole(savedAt)}.`,
      );
    }
    throw error;
  } finally {
    interrupt.release();
    metrics?.close();
  }
}
