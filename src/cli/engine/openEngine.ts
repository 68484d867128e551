/** The engine that a command line asks for, and what there is to say about it. */
import { createEngine, type Engine, type EngineName, mostThreads } from "../../engine/index.ts";
import { ConfigError } from "../../errors.ts";
import type { Console } from "../terminal/console.ts";
import { counted } from "../terminal/numbers.ts";

/** The values of --engine, --threads and --blas. */
export interface EngineFlags {
  readonly engine?: EngineName | undefined;
  readonly threads?: number | undefined;
  readonly blas?: string | undefined;
}

/**
 * Creates the engine, and tells its notes, one line each.
 *
 * @param flags - without threads: one per core
 * @throws ConfigError for a BLAS that the engine has no use for
 * @throws EngineError when the engine cannot run here
 */
export async function openEngine(
  { engine: name = "auto", threads, blas }: EngineFlags,
  console: Console,
): Promise<Engine> {
  checkBlas(name, blas);
  const engine = await createEngine(name, {
    threads: threads ?? (name === "reference" ? 1 : mostThreads()),
    ...(blas !== undefined && { blas }),
  });
  tellNotes(engine.notes, console);
  return engine;
}

/** @throws ConfigError for a BLAS that the engine has no use for */
export function checkBlas(engine: EngineName, blas: string | undefined): void {
  if (blas === undefined || (blas !== "" && (engine === "auto" || engine === "blas"))) return;
  throw new ConfigError(
    blas === "" ? "the name of a library is missing" : `the engine ${engine} uses no BLAS`,
    {
      where: "--blas",
      expected: "a library, with the engine blas",
      got: JSON.stringify(blas),
      mend: "For example --engine blas --blas libopenblas.so.0",
    },
  );
}

/** Fewer threads than asked for, a BLAS that does not work: a line each. */
export function tellNotes(notes: readonly string[], { notes: lines, colour }: Console): void {
  lines.print(...notes.map((note) => colour("yellow", `note: ${note}`)));
}

/** "strict, 2 threads"; "blas, 1 thread, OpenBLAS 0.3.21 ..." */
export function engineInWords({ name, threads, blas }: Pick<Engine, "name" | "threads" | "blas">): string {
  return [name, counted(threads, "thread"), ...(blas === undefined ? [] : [blas.trim()])].join(", ");
}
