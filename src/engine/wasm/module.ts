/** The compiled kernels as a module that can be instantiated once per thread on one memory. */
import { EngineError } from "../../errors.ts";
import type { WasmKernels } from "./kernels.ts";

/** The most that 32-bit addresses reach: 4 GB. Address space is reserved, memory is taken as it grows. */
const MAX_PAGES = 65536;

/** A BLAS as the kernels see it. */
export interface SystemProducts {
  readonly sgemm: SystemGemm;
  /** whether it has kernels for small products, which pack nothing; see assembly/system.ts */
  readonly hasSmallKernels: boolean;
}

/** C[M,N] = or += op(A) op(B) by the system's BLAS; pointers are byte offsets into the memory. */
export type SystemGemm = (
  transA: number,
  transB: number,
  M: number,
  N: number,
  K: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  accumulate: number,
  c: number,
  ldc: number,
) => void;

/** A module and the memory that its instances share. */
export interface WasmProgram {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Whether the runtime accepts every instruction of the module. */
export function canRun(bytes: Uint8Array<ArrayBuffer>): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(unshared(bytes));
}

/**
 * Compiles the module, and makes a memory for it.
 *
 * @param shared - for several threads; memory of one thread works everywhere, also in pages that are not cross-origin isolated
 * @throws EngineError when the runtime gives no such memory
 */
export async function loadProgram(bytes: Uint8Array<ArrayBuffer>, shared: boolean): Promise<WasmProgram> {
  const memory = newMemory(shared);
  const module = await WebAssembly.compile(shared ? bytes : unshared(bytes));
  return { module, memory };
}

function newMemory(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES, shared });
  } catch (cause) {
    throw new EngineError("this runtime gives no memory", {
      where: "createEngine",
      expected: `${shared ? "shared memory" : "memory"} that can grow to 4 GB of address space`,
      got: String(cause),
      mend: "Raise the limit on virtual memory, or close other engines",
      cause,
    });
  }
}

/** An instance of the kernels for one thread. */
export async function instantiate(
  { module, memory }: WasmProgram,
  hand: number,
  system: SystemProducts = { sgemm: noSystem, hasSmallKernels: false },
): Promise<WasmKernels> {
  const { sgemm, hasSmallKernels } = system;
  const instance = await WebAssembly.instantiate(module, { env: { memory, sgemm, abort } });
  const kernels = instance.exports as unknown as WasmKernels;
  kernels.beHand(hand);
  kernels.useSmallKernels(+hasSmallKernels);
  return kernels;
}

/** The module is compiled to import a shared memory; one bit in its import says so, and is all that must change. */
function unshared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [3, ...text("env"), 6, ...text("memory"), 2]; // lengths, names, and the kind "memory"
  const at = bytes.findIndex((_, start) => name.every((byte, k) => bytes[start + k] === byte));
  const copy = bytes.slice();
  copy[at + name.length] = 1; // limits: 3 is "shared, with a maximum", 1 is "with a maximum"
  return copy;
}

function text(name: string): number[] {
  return Array.from(name, (character) => character.charCodeAt(0));
}

function abort(): never {
  throw new Error("a compiled kernel aborted");
}

function noSystem(): never {
  throw new Error("a product was sent to a BLAS that is not loaded");
}
