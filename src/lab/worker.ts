/**
 * A worker process of a comparison: does one run at a time and reports it.
 *
 * Ctrl-C in a terminal reaches every process of the group; the worker ignores it and waits for its parent's word, so that
 * the present update is finished and saved. When the parent is gone, it saves and ends as well.
 */
import type { TrainEvent } from "../lm/index.ts";
import { runOne } from "./runOne.ts";
import type { FromWorker, ToWorker } from "./workerMessages.ts";

/** Milliseconds between two step events that are passed on: what a person can read. */
const REPORT_EVERY = 100;

const stop = new AbortController();
process.on("SIGINT", () => {});
process.on("SIGTERM", () => stop.abort());
process.on("disconnect", () => stop.abort());

let reported = 0;
function report(event: TrainEvent): void {
  const now = performance.now();
  if (event.type === "step" && now - reported < REPORT_EVERY) return;
  if (event.type === "step") reported = now;
  send({ type: "event", event });
}

function send(message: FromWorker): void {
  // the parent may have just died: then "disconnect" is about to come, and what is written here may be lost
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

process.on("message", async (message: ToWorker) => {
  if (message.type === "stop") {
    stop.abort();
    return;
  }
  try {
    const { run, threads, blas } = message;
    const result = await runOne(run, { threads, blas, signal: stop.signal, onEvent: report });
    send({ type: "done", result: result ?? null });
  } catch (error) {
    send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  if (stop.signal.aborted && process.connected) process.disconnect?.();
});
