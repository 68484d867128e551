/** The sources of the package and what they import, read as text. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..");

/** One import, export from, or lazy import of a source file. */
export interface SourceImport {
  /** as written */
  readonly specifier: string;
  /** path below src/ of the file that is meant; undefined for packages and Node's modules */
  readonly target: string | undefined;
  /** `import type` and `export type`: gone after compilation */
  readonly typeOnly: boolean;
}

/** One TypeScript file below src/, AssemblyScript excepted. */
export interface SourceFile {
  /** below src/, with forward slashes */
  readonly path: string;
  readonly lines: number;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

const statement =
  /^(?:import|export)\s+(type\s+)?(?:(?:[\w$]+\s*,\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+)\s+from\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** Every TypeScript file below src/ that is compiled by TypeScript. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".ts") && !path.startsWith("engine/wasm/assembly/"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, "src", path), "utf8");
      return { path, text, lines: text.split("\n").length - 1, imports: importsOf(path, text) };
    });
}

/** What a file imports; `path` is below src/. */
export function importsOf(path: string, text: string): SourceImport[] {
  return [...text.matchAll(statement)].map(([, type, named, lazy]) => {
    const specifier = (named ?? lazy)!;
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
    return { specifier, target, typeOnly: type !== undefined };
  });
}
