/**
 * What the runs of a comparison run on, settled before the first of them: it is part of what identifies them.
 *
 * "auto" is the fastest engine here whose bits do not depend on the number of threads: relaxed, or else strict. A BLAS is
 * used when it is asked for by name; then the library and the number of threads identify a run as well.
 */
import { coresHere, createEngine, type EngineName } from "../engine/index.ts";
import { positiveInteger } from "../errors.ts";

/** What somebody may ask for. */
export interface EngineWishes {
  readonly engine: EngineName;
  /** threads of each run */
  readonly threads?: number | undefined;
  /** name or path of a library, for the engine blas */
  readonly blas?: string | undefined;
}

export interface SettledEngine {
  readonly engine: Exclude<EngineName, "auto">;
  /** the engine, and whatever else the bits of a run depend on */
  readonly identity: string;
  /** of each run; undefined where it makes no difference to the bits and nobody has asked */
  readonly threads: number | undefined;
  /** what a person should know, one line each */
  readonly notes: readonly string[];
}

/**
 * Tries the engine that the runs will have.
 *
 * @throws ConfigError when threads are not a positive integer
 * @throws EngineError when the engine cannot run here
 */
export async function settleEngine({ engine: wanted, threads, blas }: EngineWishes): Promise<SettledEngine> {
  if (threads !== undefined) positiveInteger("runComparison", "threads", threads, 2);
  const engine = await createEngine(wanted, {
    threads: threads ?? 1,
    ...(blas !== undefined ? { blas } : wanted === "auto" && { blas: false }),
  });
  engine.close();
  const { name, notes } = engine;
  const isFree = threads === undefined && engine.blas === undefined && name !== "reference";
  return {
    engine: name,
    identity: engine.blas === undefined ? name : `${name}, ${engine.blas}, threads ${engine.threads}`,
    threads: isFree ? undefined : engine.threads,
    notes,
  };
}

/**
 * How many processes, and how many threads in each: no more in all than there are cores, unless somebody asks for it.
 *
 * With at least as many runs as cores each run has one thread; processes need no waiting for each other.
 *
 * @param runs - how many are left to do
 */
export function placeRuns(
  runs: number,
  {
    threads,
    workers,
    cores = coresHere(),
  }: { threads?: number | undefined; workers?: number | undefined; cores?: number },
): { readonly workers: number; readonly threads: number; readonly notes: readonly string[] } {
  const most = workers ?? Math.max(1, Math.floor(cores / (threads ?? 1)));
  const processes = Math.max(1, Math.min(most, runs));
  const each = threads ?? Math.max(1, Math.floor(cores / processes));
  const isTooMuch = processes > 1 && each > 1 && processes * each > cores;
  return {
    workers: processes,
    threads: each,
    notes: isTooMuch
      ? [`${processes} processes of ${each} threads share ${cores} cores: fewer would be faster`]
      : [],
  };
}
