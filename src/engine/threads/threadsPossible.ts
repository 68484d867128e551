/** How many threads this runtime can give. */
import { hostModule } from "../hostModule.ts";

/** Threads to start for those asked for, and in one line why they are fewer. */
export function threadsPossible(asked: number): { readonly threads: number; readonly note?: string } {
  if (asked === 1) return { threads: 1 };
  const cores = coresHere();
  const threads = Math.min(asked, cores);
  if (threads > 1 && !canShareMemory()) {
    return {
      threads: 1,
      note: `1 thread instead of ${asked}: memory cannot be shared between threads here (a page must be cross-origin isolated)`,
    };
  }
  if (threads === asked) return { threads };
  return {
    threads,
    note: `${threads} ${threads === 1 ? "thread" : "threads"} instead of ${asked}: this machine has ${cores} ${cores === 1 ? "core" : "cores"}`,
  };
}

/** Cores that this process may use. */
export function coresHere(): number {
  const os = hostModule<typeof import("node:os")>("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Pages have SharedArrayBuffer, and may pass it to a worker, only when they are cross-origin isolated. */
function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return hostModule("node:worker_threads") !== undefined || globalThis.crossOriginIsolated === true;
}
