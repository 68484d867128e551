/** Choosing an engine: by name, or the fastest that this runtime can run. */
import { ConfigError, describe, EngineError, knownKeys, oneOf, positiveInteger } from "../errors.ts";
import { findSystemBlas, type SystemBlas } from "./blas/findSystemBlas.ts";
import type { Engine, EngineName } from "./engine.ts";
import { hostModule } from "./hostModule.ts";
import { createReferenceEngine } from "./reference/referenceEngine.ts";
import { type Hands, oneHand } from "./threads/hands.ts";
import { startThreadPool } from "./threads/threadPool.ts";
import { threadsPossible } from "./threads/threadsPossible.ts";
import { relaxedBase64 } from "./wasm/generated/relaxed.ts";
import { strictBase64 } from "./wasm/generated/strict.ts";
import type { WasmKernels } from "./wasm/kernels.ts";
import { canRun, instantiate, loadProgram, type WasmProgram } from "./wasm/module.ts";
import type { Thresholds } from "./wasm/sharing.ts";
import { wasmEngine } from "./wasm/wasmEngine.ts";

/** The names that `createEngine` takes. */
export const engineNames: readonly EngineName[] = ["auto", "strict", "relaxed", "blas", "reference"];

export interface EngineOptions {
  /**
   * Threads that share the work, this one included. The results do not depend on it, but for the last bits of `blas`. More
   * than the machine has cores are not started, and where memory cannot be shared (a page that is not cross-origin
   * isolated) there is one; `notes` of the engine says so. Default 1.
   */
  readonly threads?: number;
  /**
   * Name or path of a BLAS for the engines `blas` and `auto`; false for none, under `auto` too. Default the environment's
   * TIDEGATE_BLAS, else the first that is found.
   */
  readonly blas?: string | false;
}

/**
 * Creates an engine: the kernels and the memory that everything else runs on.
 *
 * - `strict`: compiled kernels whose bits are the same on every machine and version of Node, on one thread or many
 * - `relaxed`: the same with fused multiply-add; faster, and its last bits depend on the machine
 * - `blas`: relaxed, or else strict, with large products made by the system's BLAS (OpenBLAS, MKL, BLIS, Accelerate). Node
 *   only. Where there is none that works, the engine without it is given, and its `notes` say why
 * - `reference`: the plain loops that define the kernels; slow, for tests
 * - `auto`: the fastest of blas, relaxed, strict, reference that runs here
 *
 * @param name - default "auto"
 * @throws ConfigError for an unknown name or option, threads that are not a positive integer, or a library for an engine without BLAS
 * @throws EngineError when the engine asked for cannot run here; `auto` and `blas` fall back instead
 * @example const engine = await createEngine("auto", { threads: 2 });
 */
export async function createEngine(name: EngineName = "auto", options: EngineOptions = {}): Promise<Engine> {
  oneOf("createEngine", "engine", name, engineNames);
  knownKeys("createEngine", options, ["threads", "blas"]);
  const { threads: wanted = 1, blas: library } = options as EngineOptions;
  const asked = positiveInteger("createEngine", "threads", wanted, 2);
  checkLibrary(name, library);
  if (name === "reference") {
    return createReferenceEngine({
      notes: asked > 1 ? [`1 thread instead of ${asked}: the reference engine has one`] : [],
    });
  }
  const build = fittingBuild(name);
  if (!build) {
    if (name !== "auto" && name !== "blas") throw cannotRun(name);
    return createReferenceEngine({
      notes: ["the reference engine, which is slow: this runtime has no WebAssembly with SIMD"],
    });
  }
  const { threads, note } = threadsPossible(asked);
  return assembleEngine(build, {
    threads,
    blas: library === false ? "never" : name === "blas" ? "asked" : name === "auto" ? "welcome" : "never",
    library: library || undefined,
    notes: note ? [note] : [],
  });
}

/** A library must be a name, and of use to the engine that is asked for. */
function checkLibrary(engine: EngineName, library: unknown): void {
  if (library === undefined || (library === false && engine !== "blas")) return;
  if (typeof library !== "string" || library === "") {
    throw new ConfigError("blas is not a library", {
      where: "createEngine",
      expected: "the name or path of a library, or false for another engine",
      got: describe(library),
      mend: 'For example { blas: "libopenblas.so.0" }',
    });
  }
  if (engine === "auto" || engine === "blas") return;
  throw new ConfigError(`the engine ${engine} uses no BLAS`, {
    where: "createEngine",
    expected: "the engine blas or auto, with a library",
    got: describe(library),
    mend: 'Use the engine "blas"',
  });
}

/** What `assembleEngine` is told; nothing is doubted. */
export interface Assembly {
  readonly threads: number;
  /** whether a BLAS is not wanted, taken when it is there, or missed when it is not */
  readonly blas: "never" | "welcome" | "asked";
  readonly library?: string | undefined;
  readonly notes?: readonly string[];
  readonly thresholds?: Thresholds;
}

/** A compiled engine from its parts: memory, kernels, BLAS, threads. */
export async function assembleEngine(build: Build, assembly: Assembly): Promise<Engine> {
  const { threads, blas: wish, library, thresholds } = assembly;
  const notes = [...(assembly.notes ?? [])];
  // a page has no libraries, and may have no shared memory
  const mayLoad = wish !== "never" && hostModule("node:module") !== undefined;
  if (wish === "asked" && !mayLoad) notes.push("no BLAS: this runtime loads no libraries");
  const program = await loadProgram(build.bytes, threads > 1 || mayLoad);
  let kernels = await instantiate(program, 0);
  const blas = mayLoad ? systemBlas(program, kernels, library, wish === "asked", notes) : undefined;
  if (blas) kernels = await instantiate(program, 0, blas);
  const hands = await startHands(threads, program, kernels, blas, notes);
  return wasmEngine({
    name: blas ? "blas" : build.name,
    memory: program.memory,
    kernels,
    hands,
    blas: blas?.version,
    notes,
    ...(thresholds ? { thresholds } : {}),
  });
}

/** The compiled kernels, in one of their two builds. */
export interface Build {
  readonly name: "strict" | "relaxed";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The compiled kernels for an engine: its own build, or for those that leave it open the fastest that runs here. */
export function fittingBuild(name: EngineName): Build | undefined {
  const candidates = name === "strict" || name === "relaxed" ? [name] : (["relaxed", "strict"] as const);
  for (const candidate of candidates) {
    const bytes = decode(candidate === "strict" ? strictBase64 : relaxedBase64);
    if (canRun(bytes)) return { name: candidate, bytes };
  }
  return undefined;
}

/** The system's BLAS; when there is none, a note where somebody asked for one. */
function systemBlas(
  program: WasmProgram,
  kernels: WasmKernels,
  library: string | undefined,
  isAsked: boolean,
  notes: string[],
): SystemBlas | undefined {
  const found = findSystemBlas(program, kernels, library);
  if (!("missing" in found)) return found;
  if (isAsked || found.isNews) notes.push(found.missing);
  return undefined;
}

/** Threads that cannot be started are no reason not to work. */
async function startHands(
  threads: number,
  program: WasmProgram,
  kernels: WasmKernels,
  blas: SystemBlas | undefined,
  notes: string[],
): Promise<Hands> {
  if (threads === 1) return oneHand(kernels);
  try {
    return await startThreadPool(threads, program, kernels, blas?.place);
  } catch (error) {
    notes.push(`1 thread instead of ${threads}: ${(error as Error).message}`);
    return oneHand(kernels);
  }
}

function cannotRun(name: EngineName): EngineError {
  return new EngineError(`this runtime cannot run the ${name} engine`, {
    where: "createEngine",
    expected:
      name === "relaxed"
        ? "WebAssembly with relaxed SIMD (Node 22 or later, Chrome 114, Firefox 146)"
        : "WebAssembly with SIMD and threads",
    got: "a runtime without it",
    mend: `Use "auto", which takes the fastest engine that runs here`,
  });
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
