/**
 * What runs on each of the other threads: instantiate the kernels on the shared memory, then do as the mailbox says.
 *
 * It is bundled into one script by scripts/build-wasm.mjs, so that a thread needs no file and no bundler has to find one.
 */
import { bindSystemBlas } from "../blas/bindSystemBlas.ts";
import { hostModule } from "../hostModule.ts";
import type { WasmKernels } from "../wasm/kernels.ts";
import { instantiate, type WasmProgram } from "../wasm/module.ts";
import { call } from "./hands.ts";
import { type Box, boxOf, COUNT, changed, DONE, FAILED, KERNEL, ORDER, STOP } from "./mailbox.ts";

/** What a thread is told when it starts. */
export interface HandStart extends WasmProgram {
  readonly mailbox: SharedArrayBuffer;
  /** its place in the mailbox; the giver is hand 0 of the kernels, so it is hand index + 1 there */
  readonly index: number;
  readonly kernelNames: readonly (keyof WasmKernels)[];
  /** name or path of the BLAS, and where koffi lies */
  readonly blas: { readonly library: string; readonly koffi: string } | undefined;
}

/** The side of a thread that faces its starter. */
interface Port {
  postMessage(message: unknown): void;
  close(): void;
}

async function work(start: HandStart, port: Port): Promise<void> {
  const box = boxOf(start.mailbox, start.index);
  const blas = start.blas && bindSystemBlas(start.blas, start.memory);
  const kernels = await instantiate(start, start.index + 1, blas);
  port.postMessage("ready");
  for (let done = 0; ; done++) {
    while (!changed(box.words, ORDER, done, 60_000)) {} // asleep nearly all of that minute
    const kernel = box.words[KERNEL]!;
    if (kernel === STOP) break;
    try {
      call(kernels, start.kernelNames[kernel]!, Array.from(box.args.subarray(0, box.words[COUNT])));
    } catch (error) {
      fail(box, error);
    }
    Atomics.store(box.words, DONE, done + 1);
    Atomics.notify(box.words, DONE);
  }
  port.close();
}

function fail(box: Box, error: unknown): void {
  box.text.fill(0);
  box.text.set(new TextEncoder().encode(String(error)).subarray(0, box.text.length));
  box.words[FAILED] = 1;
}

const threads = hostModule<typeof import("node:worker_threads")>("node:worker_threads");
if (threads?.parentPort) {
  void work(threads.workerData as HandStart, threads.parentPort);
} else {
  const scope = globalThis as unknown as Port & { onmessage: (event: { data: HandStart }) => void };
  scope.onmessage = ({ data }) => void work(data, scope);
}
