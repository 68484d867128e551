/** Choosing an engine: by name, or the fastest that this runtime can run. */
import { EngineError, oneOf } from "../errors.ts";
import type { Engine, EngineName } from "./engine.ts";
import { createReferenceEngine } from "./reference/referenceEngine.ts";
import { relaxedBase64 } from "./wasm/generated/relaxed.ts";
import { strictBase64 } from "./wasm/generated/strict.ts";
import { createWasmEngine } from "./wasm/wasmEngine.ts";

/** The names that `createEngine` takes. */
export const engineNames: readonly EngineName[] = ["auto", "strict", "relaxed", "blas", "reference"];

/**
 * Creates an engine: the kernels and the memory that everything else runs on.
 *
 * - `strict`: compiled kernels whose bits are the same on every machine and version of Node
 * - `relaxed`: the same with fused multiply-add; faster, and its last bits depend on the machine
 * - `reference`: the plain loops that define the kernels; slow, for tests
 * - `auto`: relaxed where the runtime has it (Node >= 22, Chrome, Firefox), else strict, else reference
 *
 * @param name - default "auto"
 * @throws ConfigError for an unknown name
 * @throws EngineError when the engine asked for cannot run here; `auto` never throws
 * @example const engine = await createEngine("strict");
 */
export async function createEngine(name: EngineName = "auto"): Promise<Engine> {
  oneOf("createEngine", "engine", name, engineNames);
  if (name === "reference") return createReferenceEngine();
  if (name === "blas") {
    throw new EngineError("the blas engine is not part of this version", {
      where: "createEngine",
      expected: "strict, relaxed, reference or auto",
      got: "blas",
    });
  }
  const candidates = name === "auto" ? (["relaxed", "strict"] as const) : [name];
  for (const candidate of candidates) {
    const bytes = decode(candidate === "strict" ? strictBase64 : relaxedBase64);
    if (canRun(bytes)) return createWasmEngine(candidate, bytes);
  }
  if (name === "auto") return createReferenceEngine();
  throw new EngineError(`this runtime cannot run the ${name} engine`, {
    where: "createEngine",
    expected:
      name === "strict"
        ? "WebAssembly with SIMD"
        : "WebAssembly with relaxed SIMD (Node 22 or later, Chrome 114, Firefox 146)",
    got: "a runtime without it",
    mend: `Use "auto", which takes the fastest engine that runs here`,
  });
}

/** Whether the runtime accepts every instruction of the module. */
function canRun(bytes: Uint8Array<ArrayBuffer>): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(bytes);
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
