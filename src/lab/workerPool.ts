/** Worker processes, one run each at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EngineError } from "../errors.ts";
import type { TrainEvent } from "../lm/index.ts";
import type { Run } from "./runPlan.ts";
import type { RunResult } from "./runResult.ts";
import type { FromWorker, ToWorker } from "./workerMessages.ts";

/** How a run ended: with a result, stopped before its time, or with an error. */
export type RunOutcome =
  | { readonly result: RunResult }
  | { readonly stopped: true }
  | { readonly failed: string };

export interface PoolOptions {
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (run: Run, event: TrainEvent) => void;
  readonly onOutcome: (run: Run, outcome: RunOutcome) => void;
}

/** Does all runs on `workers` processes. Resolves when every run has an outcome or, after an abort, when all have stopped. */
export async function runInWorkers(
  runs: readonly Run[],
  { workers, signal, onEvent, onOutcome }: PoolOptions,
): Promise<void> {
  const waiting = [...runs];
  const path = workerPath();
  async function work(): Promise<void> {
    if (waiting.length === 0) return;
    const child = fork(path, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const stop = (): void => {
      if (child.connected) child.send({ type: "stop" } satisfies ToWorker);
    };
    signal?.addEventListener("abort", stop);
    try {
      while (waiting.length > 0 && !signal?.aborted) {
        const run = waiting.shift()!;
        onOutcome(run, await oneRun(child, run, (event) => onEvent(run, event)));
        if (!child.connected) return await work(); // the process died with its run: the others go on in a new one
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      if (child.connected) child.disconnect();
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs.length) }, work));
}

/** Sends a run to a worker and waits for its outcome; a worker that dies is an outcome too. */
function oneRun(child: ChildProcess, run: Run, onEvent: (event: TrainEvent) => void): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const end = (outcome: RunOutcome): void => {
      child.off("message", heard);
      child.off("exit", died);
      child.off("error", broken);
      resolve(outcome);
    };
    const heard = (message: FromWorker): void => {
      if (message.type === "event") onEvent(message.event);
      else if (message.type === "failed") end({ failed: message.message });
      else end(message.result ? { result: message.result } : { stopped: true });
    };
    const died = (code: number | null, signal: string | null): void =>
      end({ failed: `its process ended with ${signal ?? `exit code ${code}`}` });
    const broken = (error: Error): void => end({ failed: error.message });
    child.on("message", heard);
    child.on("exit", died);
    child.on("error", broken);
    child.send({ type: "run", run } satisfies ToWorker);
  });
}

/** The built worker: beside this chapter in the package, or in dist/ when the sources themselves are run. */
function workerPath(): string {
  const candidates = ["./worker.js", "./lab/worker.js", "../lab/worker.js", "../../dist/lab/worker.js"];
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found) return found;
  throw new EngineError("the worker program is not built", {
    where: "runComparison",
    expected: "dist/lab/worker.js",
    got: "no such file",
    mend: "Run npm run build",
  });
}
