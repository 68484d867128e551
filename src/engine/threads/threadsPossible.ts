/** How many threads this runtime can give. */
import { hostModule } from "../hostModule.ts";

/** As many as the compiled kernels have places for at the edges of a product (assembly/gemm.ts). */
const MOST = 32;

/** Threads to start for those asked for, and in one line why they are fewer. */
export function threadsPossible(asked: number): { readonly threads: number; readonly note?: string } {
  if (asked === 1) return { threads: 1 };
  const cores = coresHere();
  const threads = Math.min(asked, cores, MOST);
  if (threads > 1 && !canShareMemory()) {
    return {
      threads: 1,
      note: `1 thread instead of ${asked}: memory cannot be shared between threads here (a page must be cross-origin isolated)`,
    };
  }
  if (threads === asked) return { threads };
  const reason =
    threads < cores ? "an engine has no more" : `this machine has ${cores} ${cores === 1 ? "core" : "cores"}`;
  return {
    threads,
    note: `${threads} ${threads === 1 ? "thread" : "threads"} instead of ${asked}: ${reason}`,
  };
}

/** The most threads that an engine starts here: one per core, and no more than it can use. */
export function mostThreads(): number {
  return Math.min(coresHere(), MOST);
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
