/** tidegate info, without a checkpoint: what this machine can run, and how fast. */
import { coresHere, createEngine, type Engine, type EngineName, mostThreads } from "../../engine/index.ts";
import { EngineError } from "../../errors.ts";
import { tellNotes } from "../engine/openEngine.ts";
import { createConsole } from "../terminal/console.ts";
import { fixed } from "../terminal/numbers.ts";
import { facts, table } from "../terminal/table.ts";

/** Side of the square product that is timed: 0.27 GFLOP, a few milliseconds. */
const SIDE = 512;
const ROUNDS = 5;

interface EngineHere {
  readonly name: EngineName;
  readonly blas: string | null;
  /** of a product of 512 x 512 matrices, the best of five: on one thread, and on all */
  readonly gflops: number;
  readonly gflopsOnAllThreads: number;
}

/** Prints the engines that run here. */
export async function machine({ json }: { readonly json?: boolean }): Promise<void> {
  const console = createConsole(json);
  const threads = mostThreads();
  const automatic = await createEngine("auto");
  tellNotes(automatic.notes, console);
  const engines: EngineHere[] = [];
  for (const name of ["strict", "relaxed", "blas"] as const) {
    const gflops = await rateOf(name, 1);
    if (gflops === undefined) continue;
    const gflopsOnAllThreads = threads > 1 ? ((await rateOf(name, threads)) ?? gflops) : gflops;
    engines.push({ name, blas: (name === "blas" && automatic.blas) || null, gflops, gflopsOnAllThreads });
  }
  const runtime = `Node ${process.versions.node}`;
  const platform = `${process.platform}-${process.arch}`;
  console.result(
    ...facts(
      [
        ["runtime", `${runtime}, ${platform}`],
        ["cores", String(coresHere())],
        ["auto is", automatic.name],
        ["BLAS", automatic.blas ?? "none"],
      ],
      "",
    ),
    ...table(
      [
        { heading: "engine" },
        { heading: "GFLOP/s, 1 thread", align: "right" },
        { heading: `${threads} threads`, align: "right" },
      ],
      engines.map(({ name, gflops, gflopsOnAllThreads }) => [
        name,
        fixed(gflops, 1),
        fixed(gflopsOnAllThreads, 1),
      ]),
    ),
  );
  console.json({
    runtime,
    platform,
    cores: coresHere(),
    auto: automatic.name,
    blas: automatic.blas ?? null,
    engines,
  });
}

/** GFLOP/s of a square product; undefined where the engine does not run. */
async function rateOf(name: EngineName, threads: number): Promise<number | undefined> {
  let engine: Engine;
  try {
    engine = await createEngine(name, { threads });
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
  if (engine.name !== name) return undefined;
  const { memory } = engine;
  const size = SIDE * SIDE;
  const [a, b, c] = [memory.persistent(size), memory.persistent(size), memory.persistent(size)];
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const before = performance.now();
    engine.gemm(false, false, SIDE, SIDE, SIDE, a, SIDE, b, SIDE, c, SIDE, false);
    if (round > 0) best = Math.min(best, performance.now() - before); // the first grows the memory
  }
  engine.close();
  return (2 * SIDE ** 3) / best / 1e6;
}
