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
  /** of each run */
  readonly threads: number;
  /** name or path of a library, for the engine blas */
  readonly blas?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (run: Run, event: TrainEvent) => void;
  readonly onOutcome: (run: Run, outcome: RunOutcome) => void;
}

/** Does all runs on `workers` processes. Resolves when every run has an outcome or, after an abort, when all have stopped. */
export async function runInWorkers(
  runs: readonly Run[],
  { workers, threads, blas, signal, onEvent, onOutcome }: PoolOptions,
): Promise<void> {
  const waiting = [...runs];
  const path = workerPath();
  async function work(): Promise<void> {
    while (waiting.length > 0 && !signal?.aborted) {
      // none of this program's own flags: --input-type, --inspect or --test are not for the worker (NODE_OPTIONS is inherited)
      await workWith(fork(path, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] }));
    }
  }
  /** Gives runs to one process until none is left or the process is. */
  async function workWith(child: ChildProcess): Promise<void> {
    const stop = (): void => {
      if (child.connected) child.send({ type: "stop" } satisfies ToWorker);
    };
    signal?.addEventListener("abort", stop);
    child.on("error", () => {}); // a message to a process that has just died must not end this one
    try {
      while (waiting.length > 0 && !signal?.aborted && isAlive(child)) {
        const run = waiting.shift()!;
        const outcome = await oneRun(child, { type: "run", run, threads, blas }, (event) =>
          onEvent(run, event),
        );
        const unasked = "stopped" in outcome && !signal?.aborted; // somebody sent SIGTERM to this one process
        onOutcome(run, unasked ? { failed: "its process was told to stop" } : outcome);
        if (unasked) return;
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      if (child.connected) child.disconnect();
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs.length) }, work));
}

/** Whether a process can be given work; the channel of one that has died may look open a moment longer. */
function isAlive({ connected, exitCode, signalCode }: ChildProcess): boolean {
  return connected && exitCode === null && signalCode === null;
}

/** Sends a run to a worker and waits for its outcome; a worker that dies is an outcome too. */
function oneRun(
  child: ChildProcess,
  order: ToWorker,
  onEvent: (event: TrainEvent) => void,
): Promise<RunOutcome> {
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
    child.send(order);
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
