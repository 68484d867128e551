/** Which BLAS this machine has, and whether it tells the truth. */
import { hostModule } from "../hostModule.ts";
import type { WasmKernels } from "../wasm/kernels.ts";
import type { SystemProducts, WasmProgram } from "../wasm/module.ts";
import { type BlasPlace, bindSystemBlas } from "./bindSystemBlas.ts";
import { checkSystemGemm } from "./checkSystemGemm.ts";

/** A BLAS that has been loaded and checked. */
export interface SystemBlas extends SystemProducts {
  readonly place: BlasPlace;
  /** what the library says of itself, or its name */
  readonly version: string;
}

/** Why there is none, in one line. */
export interface NoBlas {
  readonly missing: string;
  /** one was named, or one is there and does not work: that nobody has installed one is no news */
  readonly isNews: boolean;
}

/** Fast libraries by the names under which systems install them. The reference BLAS is not among them: it is slower than ours. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: [
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
    "libblis.so.4",
    "libblis.so.3",
  ],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/**
 * Finds a BLAS for the memory of `program`: the one asked for, that of TIDEGATE_BLAS, or the first that this system has.
 *
 * @param kernels - an instance of the program, for the check against our own product
 * @param wanted - name or path of a library
 * @returns the library, or in one line why there is none
 */
export function findSystemBlas(
  program: WasmProgram,
  kernels: WasmKernels,
  wanted: string | undefined,
): SystemBlas | NoBlas {
  const asked = wanted ?? (globalThis.process?.env?.["TIDEGATE_BLAS"] || undefined);
  const koffi = findKoffi();
  if (!koffi)
    return { missing: "no BLAS: the optional package koffi is not installed", isNews: asked !== undefined };
  const candidates = asked ? [asked] : (LIBRARIES[globalThis.process.platform] ?? []);
  const reasons: string[] = [];
  for (const library of candidates) {
    const place = { library, koffi };
    try {
      const bound = bindSystemBlas(place, program.memory);
      const wrong = checkSystemGemm(program.memory, kernels, bound.sgemm);
      if (!wrong) return { ...bound, place, version: bound.version || library };
      reasons.push(`${library}: ${wrong}`);
    } catch (error) {
      reasons.push(`${library}: ${(error as Error).message}`);
    }
  }
  const told = asked ? reasons : reasons.filter((reason) => !isAbsence(reason));
  return {
    missing: `no BLAS: ${told.join("; ") || `none of ${candidates.join(", ")} is installed`}`,
    isNews: told.length > 0,
  };
}

/** Whether the loader found no such file, as opposed to one that it cannot use. Wordings differ; these are of files. */
function isAbsence(reason: string): boolean {
  return reason.includes("Failed to load") && !/ELF|too short|architecture|mach-o/i.test(reason);
}

function findKoffi(): string | undefined {
  const modules = hostModule<typeof import("node:module")>("node:module");
  try {
    return modules?.createRequire(import.meta.url).resolve("koffi");
  } catch {
    return undefined;
  }
}
