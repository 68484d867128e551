/** The built package, for tests that start processes: they run dist/, not the sources. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const lock = join(root, "node_modules/.cache/tidegate-build");
/** Milliseconds after which a lock is taken to be one that a killed process left behind. */
const STALE = 120_000;

/**
 * Builds the JavaScript when dist/ is missing or older than a source, once for all test files that ask at the same time.
 * Old chunks stay where they are: a process that was started before may still load them.
 *
 * @returns the folder dist/
 * @example const dist = await builtPackage(); // in beforeAll(…, 60_000)
 */
export async function builtPackage(): Promise<string> {
  const dist = join(root, "dist");
  while (!isFresh(dist)) {
    if (!takeLock()) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    try {
      if (!isFresh(dist)) build();
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
    break;
  }
  return dist;
}

function isFresh(dist: string): boolean {
  const marks = ["cli/main.js", "lab/worker.js", "index.js"].map((path) => join(dist, path));
  if (!marks.every((path) => existsSync(path))) return false;
  const built = Math.min(...marks.map((path) => statSync(path).mtimeMs));
  return newest(join(root, "src")) <= built && statSync(join(root, "tsup.config.ts")).mtimeMs <= built;
}

/** When a TypeScript file below a folder last changed. */
function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .reduce((latest, path) => Math.max(latest, statSync(join(folder, path)).mtimeMs), 0);
}

function build(): void {
  const engine = join(root, "src/engine");
  const isOld = (generated: string, ...sources: string[]): boolean =>
    !existsSync(join(engine, generated)) ||
    sources.some((folder) => statSync(join(engine, generated)).mtimeMs < newest(join(engine, folder)));
  if (
    isOld("wasm/generated/strict.ts", "wasm/assembly") ||
    isOld("threads/generated/hand.ts", "threads", "blas")
  )
    npm("build:wasm");
  npm("build:js", "--", "--no-clean", "--silent");
}

function npm(script: string, ...rest: string[]): void {
  execFileSync("npm", ["run", script, ...rest], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

function takeLock(): boolean {
  try {
    mkdirSync(dirname(lock), { recursive: true });
    mkdirSync(lock);
    return true;
  } catch {
    const age = existsSync(lock) ? Date.now() - statSync(lock).mtimeMs : 0;
    if (age > STALE) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
