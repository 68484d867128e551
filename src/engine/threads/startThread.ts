/** Starting one thread: a worker of Node or of a page, from the script that is embedded in the package. */
import { EngineError } from "../../errors.ts";
import { hostModule } from "../hostModule.ts";
import { handScript } from "./generated/hand.ts";
import type { HandStart } from "./hand.ts";

/** A thread that has come up. */
export interface Thread {
  /** why it has ended, if it has */
  readonly ended: string | undefined;
}

/** A thread that has not said a word by then is not coming. */
const START_MS = 30_000;

/** Starts a thread and waits until it is ready for orders. */
export function startThread(start: HandStart): Promise<Thread> {
  const node = hostModule<typeof import("node:worker_threads")>("node:worker_threads");
  return new Promise((resolve, reject) => {
    const thread: { ended: string | undefined } = { ended: undefined };
    const timer = setTimeout(() => end("it did not answer"), START_MS);
    const end = (reason: string): void => {
      thread.ended ??= reason;
      clearTimeout(timer);
      reject(
        new EngineError("a thread could not be started", {
          where: "createEngine",
          got: reason,
          mend: "Use { threads: 1 }",
        }),
      );
    };
    const ready = (): void => {
      clearTimeout(timer);
      resolve(thread);
    };
    if (node) {
      const worker = new node.Worker(handScript, { eval: true, workerData: start, name: "tidegate" });
      worker.once("message", ready);
      worker.once("error", (error) => end(String(error)));
      worker.once("exit", (code) => end(`it ended with code ${code}`));
      worker.unref();
      return;
    }
    const url = URL.createObjectURL(new Blob([handScript], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "tidegate" });
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      ready();
    };
    worker.onerror = (event) => end(event.message || "the page does not allow workers");
    worker.postMessage(start);
  });
}
