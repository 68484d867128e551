/** Those who run the kernels of one engine: this thread alone, or this thread and others on the same memory. */
import type { WasmKernels } from "../wasm/kernels.ts";

/** Calls kernels, on one thread or several. */
export interface Hands {
  /** How many calls can run at the same time. */
  readonly count: number;
  /**
   * Calls a kernel once for each list of arguments, list k on thread k, and returns when all have returned.
   * At most `count` lists; they must not write to the same places.
   * @throws EngineError when one of the calls failed
   */
  run(kernel: keyof WasmKernels, parts: readonly (readonly number[])[]): void;
  /** Ends the other threads. Closing twice is no error. */
  close(): void;
}

/** This thread alone. */
export function oneHand(kernels: WasmKernels): Hands {
  return {
    count: 1,
    run(kernel, parts) {
      for (const part of parts) call(kernels, kernel, part);
    },
    close() {},
  };
}

/** One call of a kernel whose arguments come as a list. */
export function call(kernels: WasmKernels, kernel: keyof WasmKernels, part: readonly number[]): void {
  (kernels[kernel] as (...args: readonly number[]) => void)(...part);
}
