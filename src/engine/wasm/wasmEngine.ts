/**
 * The compiled engines: the kernels of assembly/, over one WebAssembly memory, on one thread or several.
 *
 * A kernel that is worth it is cut into as many parts as there are hands. The cuts change nothing in what is computed: each
 * number is made by one hand, from the same operands in the same order.
 */
import type { Engine } from "../engine.ts";
import { type Backing, Memory } from "../memory.ts";
import type { Hands } from "../threads/hands.ts";
import { elementwiseKernels } from "./elementwiseKernels.ts";
import type { WasmKernels } from "./kernels.ts";
import { maskedRowKernels } from "./maskedRowKernels.ts";
import { maskKernels } from "./maskKernels.ts";
import { productKernels } from "./productKernels.ts";
import { rowKernels } from "./rowKernels.ts";
import { rowProducts } from "./rowProducts.ts";
import { sequenceKernels } from "./sequenceKernels.ts";
import { Sharing, THRESHOLDS, type Thresholds } from "./sharing.ts";
import { updateKernels } from "./updateKernels.ts";

const PAGE = 65536;

/** What an engine is made of. */
export interface WasmParts {
  readonly name: "strict" | "relaxed" | "blas";
  readonly memory: WebAssembly.Memory;
  /** the kernels on this thread */
  readonly kernels: WasmKernels;
  readonly hands: Hands;
  /** what the BLAS of the engine `blas` is */
  readonly blas: string | undefined;
  readonly notes: readonly string[];
  readonly thresholds?: Thresholds;
}

/** Puts an engine together. */
export function wasmEngine({
  name,
  memory: wasmMemory,
  kernels,
  hands,
  blas,
  notes,
  thresholds = THRESHOLDS,
}: WasmParts): Engine {
  const memory = new Memory(new WasmBacking(wasmMemory), "float32");
  const sharing = new Sharing(hands, memory, name === "blas", thresholds);
  return {
    name,
    precision: "float32",
    threads: hands.count,
    blas,
    notes,
    memory,
    close: () => hands.close(),
    ...elementwiseKernels(sharing, kernels),
    ...productKernels(sharing),
    ...rowProducts(sharing),
    ...rowKernels(sharing, kernels),
    ...maskKernels(sharing, memory),
    ...maskedRowKernels(sharing, kernels),
    ...sequenceKernels(sharing),
    ...updateKernels(sharing),
  };
}

class WasmBacking implements Backing {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }
  grow(bytes: number): void {
    this.#memory.grow(Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE));
  }
}
