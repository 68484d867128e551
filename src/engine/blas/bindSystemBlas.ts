/** The matrix product of a system library, bound to a WebAssembly memory: it reads and writes in place. */
import { hostModule } from "../hostModule.ts";
import type { SystemProducts } from "../wasm/module.ts";

/** Where the library and the caller of foreign functions are. */
export interface BlasPlace {
  /** name or path, as the system's loader takes it */
  readonly library: string;
  /** path of koffi's entry */
  readonly koffi: string;
}

/** The part of koffi that is used. */
interface Koffi {
  load(library: string): { func(declaration: string): (...args: never[]) => unknown };
  address(view: Uint8Array): bigint;
}
type ForeignFunction = (...args: (number | bigint)[]) => unknown;

/** CBLAS's names for "by rows", "as it is" and "transposed". */
const ROW_MAJOR = 101;
const AS_IS = 111;
const TRANSPOSED = 112;

const SGEMM =
  "void cblas_sgemm(int order, int transA, int transB, int M, int N, int K, float alpha, uintptr_t a, int lda, uintptr_t b, int ldb, float beta, uintptr_t c, int ldc)";
/** How libraries are told to stay on the calling thread; each has one of these, Accelerate none. */
const ONE_THREAD = [
  "void openblas_set_num_threads(int n)",
  "void MKL_Set_Num_Threads(int n)",
  "void bli_thread_set_num_threads(int64_t n)",
];

/** OpenBLAS has kernels for small products, which pack nothing, for the processors with AVX-512; it says whose it uses. */
const SMALL_KERNELS = /^(skylakex|cooperlake|sapphirerapids|zen4|zen5)$/i;

/**
 * Loads a library and binds its sgemm to `memory`, which must not move: a shared one never does.
 *
 * @throws what the loader says, when the library is not there, is none, or has no cblas_sgemm
 */
export function bindSystemBlas(
  { library, koffi: path }: BlasPlace,
  memory: WebAssembly.Memory,
): SystemProducts & { readonly version: string } {
  const modules = hostModule<typeof import("node:module")>("node:module")!;
  const koffi = modules.createRequire(path)(path) as Koffi;
  const handle = koffi.load(library);
  const product = handle.func(SGEMM) as ForeignFunction;
  for (const declaration of ONE_THREAD) optional(() => (handle.func(declaration) as ForeignFunction)(1));
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  const told = (name: string): string =>
    String(optional(() => (handle.func(`const char* ${name}()`) as ForeignFunction)()) ?? "");
  return {
    version: told("openblas_get_config"),
    hasSmallKernels: SMALL_KERNELS.test(told("openblas_get_corename")),
    // pointers come from WebAssembly as signed numbers
    sgemm: (transA, transB, M, N, K, a, lda, b, ldb, accumulate, c, ldc) =>
      product(
        ROW_MAJOR,
        transA ? TRANSPOSED : AS_IS,
        transB ? TRANSPOSED : AS_IS,
        M,
        N,
        K,
        1,
        base + (a >>> 0),
        lda,
        base + (b >>> 0),
        ldb,
        accumulate,
        base + (c >>> 0),
        ldc,
      ),
  };
}

/** What a function gives that the library may not have. */
function optional<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
