/**
 * One run of a comparison, in this process.
 *
 *   <folder>/config.json              what is run, and with what
 *   <folder>/metrics.jsonl            losses as they come; source of truth for curves
 *   <folder>/checkpoint.safetensors   where to go on after a kill
 *   <folder>/result.json              written last: a run that has it is done
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Tape } from "../autograd/index.ts";
import { createEngine } from "../engine/index.ts";
import { CheckpointError } from "../errors.ts";
import { JsonLines, readCheckpoint, writeFileAtomic } from "../io/index.ts";
import {
  evaluate,
  metricsLine,
  resumeTrainer,
  saveTrainer,
  scoringOf,
  type TrainEvent,
  Trainer,
} from "../lm/index.ts";
import { corpusParts } from "./corpusParts.ts";
import type { Run } from "./runPlan.ts";
import type { RunResult } from "./runResult.ts";
import { VERSION } from "./version.ts";

/** Lines of training loss per run in metrics.jsonl: enough for a curve, whatever the number of updates. */
const CURVE_POINTS = 400;

export interface RunOneOptions {
  /** Default 1 */
  readonly threads?: number | undefined;
  /** name or path of a library, for the engine blas */
  readonly blas?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: TrainEvent) => void;
}

/** The result of a finished run; undefined when there is none that can be read. Its folder may have been moved. */
export function finishedResult({ folder }: Run): RunResult | undefined {
  const path = join(folder, "result.json");
  if (!existsSync(path)) return undefined;
  try {
    return { ...(JSON.parse(readFileSync(path, "utf8")) as RunResult), folder };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a damaged disk: to be run again, from its checkpoint
    throw error;
  }
}

/**
 * Runs, or goes on with, one run.
 * @returns its result; undefined when the signal ended it before its time
 * @throws TidegateError as training and file access throw
 */
export async function runOne(
  run: Run,
  { threads = 1, blas, signal, onEvent }: RunOneOptions = {},
): Promise<RunResult | undefined> {
  const done = finishedResult(run);
  if (done) return done;
  const { vocabulary, train, valid, test } = await corpusParts(run);
  const engine = await createEngine(run.engine, {
    threads,
    ...(run.engine === "blas" && blas !== undefined && { blas }),
  });
  const tape = new Tape(engine);
  const setting = {
    ...run,
    resolvedEngine: engine.name,
    threads: engine.threads,
    blas: engine.blas ?? null,
    version: VERSION,
    runtime: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  await writeFileAtomic(join(run.folder, "config.json"), `${JSON.stringify(setting, null, 2)}\n`);

  removeTemporary(run.folder);
  const path = join(run.folder, "checkpoint.safetensors");
  const trainer =
    (await resumed(path, tape, train, valid)) ??
    new Trainer({ tape, config: run.config, vocabulary, train, valid });
  const metrics = JsonLines.open(join(run.folder, "metrics.jsonl"), {
    keep: (line) => Number(line["step"]) <= trainer.progress.step,
  });
  try {
    const every = Math.max(1, Math.floor((trainer.totalSteps ?? CURVE_POINTS) / CURVE_POINTS));
    for await (const event of trainer.run({ signal, save: () => saveTrainer(trainer, path) })) {
      onEvent?.(event);
      const line = metricsLine(event);
      if (line && (line.split === "valid" || line.step % every === 0)) metrics.write(line);
      if (event.type === "end" && event.reason === "interrupted") return undefined;
    }
    const { nats, bitsPerChar, perplexity } = await evaluate(trainer.model, test, scoringOf(run.config));
    const result: RunResult = {
      config: run.configuration,
      seed: run.seed,
      testNats: nats,
      testBitsPerChar: bitsPerChar,
      testPerplexity: perplexity,
      ...trainer.result(),
      engine: engine.name,
      threads: engine.threads,
      folder: run.folder,
    };
    await writeFileAtomic(join(run.folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } finally {
    metrics.close();
    trainer.release();
    engine.close();
  }
}

/** The trainer of an earlier session; undefined when there is none. A damaged checkpoint means to begin again, not to fail. */
async function resumed(
  path: string,
  tape: Tape,
  train: Int32Array,
  valid: Int32Array,
): Promise<Trainer | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return resumeTrainer(await readCheckpoint(path), { tape, train, valid, where: path });
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}

/** Removes what a session that was killed in the middle of writing a file has left of it. */
function removeTemporary(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".tmp")))
    rmSync(join(folder, name), { force: true });
}
