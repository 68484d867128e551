/**
 * This thread and others on one memory, for the length of an engine's life.
 *
 * The others sleep when there is nothing to do, do not keep the process alive, and end with the engine: when it is closed,
 * or when nobody holds it any more.
 */
import { EngineError } from "../../errors.ts";
import type { BlasPlace } from "../blas/bindSystemBlas.ts";
import type { WasmKernels } from "../wasm/kernels.ts";
import type { WasmProgram } from "../wasm/module.ts";
import type { HandStart } from "./hand.ts";
import { call, type Hands } from "./hands.ts";
import { type Box, boxOf, changed, createMailbox, DONE, FAILED, give, STOP } from "./mailbox.ts";
import { startThread, type Thread } from "./startThread.ts";

/** A kernel call takes milliseconds; a thread that is silent for this long has gone. */
const PATIENCE_MS = 120_000;

const stopWhenForgotten = new FinalizationRegistry<readonly Box[]>(stop);

/**
 * Starts `count - 1` threads beside this one.
 *
 * @throws EngineError when the runtime starts no threads, or they do not come up
 */
export async function startThreadPool(
  count: number,
  program: WasmProgram,
  kernels: WasmKernels,
  blas: BlasPlace | undefined,
): Promise<Hands> {
  const mailbox = createMailbox(count - 1);
  const kernelNames = Object.keys(kernels).filter(
    (name) => typeof kernels[name as keyof WasmKernels] === "function",
  ) as (keyof WasmKernels)[];
  const boxes = Array.from({ length: count - 1 }, (_, index) => boxOf(mailbox, index));
  try {
    const threads = await Promise.all(
      boxes.map((_, index) =>
        startThread({ ...program, mailbox, index, kernelNames, blas } satisfies HandStart),
      ),
    );
    return new ThreadPool(kernels, kernelNames, boxes, threads);
  } catch (error) {
    stop(boxes); // those that did come up
    throw error;
  }
}

class ThreadPool implements Hands {
  readonly count: number;
  readonly #kernels: WasmKernels;
  readonly #codes: ReadonlyMap<string, number>;
  readonly #boxes: readonly Box[];
  readonly #threads: readonly Thread[];
  #closed = false;

  constructor(
    kernels: WasmKernels,
    names: readonly string[],
    boxes: readonly Box[],
    threads: readonly Thread[],
  ) {
    this.count = threads.length + 1;
    this.#kernels = kernels;
    this.#codes = new Map(names.map((name, code) => [name, code]));
    this.#boxes = boxes;
    this.#threads = threads;
    stopWhenForgotten.register(this, this.#boxes, this);
  }

  run(kernel: keyof WasmKernels, parts: readonly (readonly number[])[]): void {
    if (parts.length > 1) this.#check();
    const code = this.#codes.get(kernel)!;
    const before = this.#boxes.map((box) => box.words[DONE]!);
    for (let k = 1; k < parts.length; k++) give(this.#boxes[k - 1]!, code, parts[k]!);
    try {
      call(this.#kernels, kernel, parts[0]!);
    } finally {
      for (let k = 1; k < parts.length; k++) this.#await(k - 1, before[k - 1]!, kernel);
      this.#throwFailure(kernel);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    stopWhenForgotten.unregister(this);
    stop(this.#boxes);
  }

  #await(k: number, before: number, kernel: string): void {
    if (changed(this.#boxes[k]!.words, DONE, before, PATIENCE_MS)) return;
    this.close();
    throw new EngineError("a thread does not answer", {
      where: `engine, thread ${k + 1}`,
      expected: `${kernel} to end within ${PATIENCE_MS / 1000} s`,
      got: "no answer",
      mend: "Create a new engine, with { threads: 1 } if it happens again",
    });
  }

  /** A thread that has ended would never answer. */
  #check(): void {
    const gone = this.#threads.findIndex((thread) => thread.ended !== undefined);
    if (gone < 0 && !this.#closed) return;
    const cause = gone < 0 ? "the engine was closed" : this.#threads[gone]!.ended;
    this.close();
    throw new EngineError("the engine's threads have ended", {
      where: gone < 0 ? "engine" : `engine, thread ${gone + 1}`,
      expected: `${this.count} threads`,
      got: String(cause),
      mend: "Create a new engine",
    });
  }

  /** The failure of the first thread that failed, in this call; failures are forgotten once told. */
  #throwFailure(kernel: string): void {
    const failed = this.#boxes.filter((box) => box.words[FAILED]);
    for (const box of failed) box.words[FAILED] = 0;
    const [first] = failed;
    if (!first) return;
    throw new EngineError(`${kernel} failed`, {
      where: `engine, thread ${this.#boxes.indexOf(first) + 1}`,
      got: new TextDecoder().decode(first.text.slice()).replace(/\0+$/, ""),
    });
  }
}

function stop(boxes: readonly Box[]): void {
  for (const box of boxes) give(box, STOP, []);
}
