/**
 * The import rule of docs/architecture.md, held against the sources.
 *
 * Cycles: a cycle of values is forbidden, because it makes the order in which modules are evaluated matter. `import type` is
 * left out of the search for cycles: it is gone after compilation, and a node and its graph may know each other's shape.
 * For everything else (layers, index.ts as the door) a type import counts like any other.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VERSION } from "../src/lab/version.ts";
import { importsOf, root, type SourceFile, sourceFiles } from "./sourceFiles.ts";

/** Each chapter and the chapters it may import: all that stand to its left, but not its siblings. */
const order = [
  ["errors"],
  ["engine"],
  ["autograd"],
  ["nn"],
  ["optim", "text", "io"],
  ["lm"],
  ["lab"],
  ["cli"],
];
const mayImport = new Map(
  order.flatMap((siblings, k) => siblings.map((chapter) => [chapter, order.slice(0, k).flat()] as const)),
);
/** src/index.ts re-exports the chapters; no chapter may import it, but the command line is a user of the package like others. */
mayImport.set(
  "index",
  order.flat().filter((chapter) => chapter !== "cli"),
);
mayImport.get("cli")!.push("index");

/** Files of more than 300 lines that are so for a reason. */
const longFiles: Record<string, string> = {
  "index.ts": "the names of the public surface, one a line",
};

const files = sourceFiles();
const paths = new Set(files.map(({ path }) => path));
const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** engine/random/philox.ts -> engine, errors.ts -> errors */
const chapterOf = (path: string): string => path.split("/")[0]!.replace(/\.ts$/, "");
const folders = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Breaches of a rule about single imports, as "file -> target". */
function breaches(isBreach: (from: SourceFile, target: string) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ target }) =>
      target && isBreach(file, target) ? [`${file.path} -> ${target}`] : [],
    ),
  );
}

test("the reader of imports sees every form of them", () => {
  const text = [
    'import "./a.ts";',
    'import b from "./b.ts";',
    'import * as c from "../c.ts";',
    'import {\n  type D,\n  d,\n} from "./d.ts";',
    'import type { E } from "./e.ts";',
    'export type { F } from "./f.ts";',
    'export * from "./g.ts";',
    'export { h } from "node:fs";',
    'const i = await import("./i.ts");',
    ' * import { example } from "./in-a-comment.ts";',
    'export const text = "from \\"./no.ts\\"";',
  ].join("\n");
  expect(importsOf("lm/x.ts", text).map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
    ["lm/a.ts", false],
    ["lm/b.ts", false],
    ["c.ts", false],
    ["lm/d.ts", false],
    ["lm/e.ts", true],
    ["lm/f.ts", true],
    ["lm/g.ts", false],
    [undefined, false],
    ["lm/i.ts", false],
  ]);
});

test("every import of a source file leads to a source file", () => {
  expect(breaches((_, target) => !paths.has(target))).toEqual([]);
});

test("a chapter imports only chapters to its left", () => {
  expect(
    [...new Set(files.map(({ path }) => chapterOf(path)))].filter((name) => !mayImport.has(name)),
  ).toEqual([]);
  expect(
    breaches(({ path }, target) => {
      const [from, to] = [chapterOf(path), chapterOf(target)];
      return from !== to && !mayImport.get(from)?.includes(to);
    }),
  ).toEqual([]);
});

test("a folder with an index.ts is entered through it", () => {
  const doors = files
    .filter(({ path }) => path.endsWith("/index.ts"))
    .map(({ path }) => path.slice(0, -"index.ts".length));
  expect(
    breaches(({ path }, target) =>
      doors.some((door) => target.startsWith(door) && target !== `${door}index.ts` && !path.startsWith(door)),
    ),
  ).toEqual([]);
});

test("no file imports values from itself by way of others", () => {
  expect(cycles(files)).toEqual([]);
});

test("the search for cycles finds them, and leaves types out", () => {
  const file = (path: string, text: string): SourceFile => ({
    path,
    text,
    lines: 1,
    imports: importsOf(path, text),
  });
  const back = (kind: string): SourceFile[] => [
    file("a.ts", 'import { b } from "./b.ts";'),
    file("b.ts", 'import { c } from "./c.ts";'),
    file("c.ts", `import ${kind} { a } from "./a.ts";`),
  ];
  expect(cycles(back(""))).toEqual(["a.ts -> b.ts -> c.ts -> a.ts"]);
  expect(cycles(back("type"))).toEqual([]);
});

test("every chapter opens with a README.md and an index.ts, the command line with main.ts", () => {
  expect(folders).toEqual(
    [...mayImport.keys()].filter((name) => name !== "errors" && name !== "index").sort(),
  );
  const missing = folders.flatMap((folder) =>
    [`${folder}/README.md`, `${folder}/${folder === "cli" ? "main" : "index"}.ts`].filter(
      (path) => !existsSync(join(root, "src", path)),
    ),
  );
  expect(missing).toEqual([]);
});

test("the package exports exactly the chapters, each with its types first", () => {
  const chapters = folders.filter((folder) => folder !== "cli");
  const entry = (path: string): object => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` });
  expect(packageJson.exports).toEqual({
    ".": entry("index"),
    ...Object.fromEntries(chapters.map((chapter) => [`./${chapter}`, entry(`${chapter}/index`)])),
    "./package.json": "./package.json",
  });
  for (const target of Object.values(packageJson.exports)) {
    if (typeof target === "object") expect(Object.keys(target!)).toEqual(["types", "default"]);
  }
  expect(packageJson).toMatchObject({ type: "module", sideEffects: false, license: "MIT" });
});

test("the public surface is named re-exports and nothing else", () => {
  const surface = files.filter(({ path }) => path.endsWith("index.ts"));
  expect(surface.filter(({ text }) => /^export \*/m.test(text)).map(({ path }) => path)).toEqual([]);
  const statements = surface
    .find(({ path }) => path === "index.ts")!
    .text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  expect(statements.replace(/export (?:type )?\{[^}]*\} from "[^"]+";/g, "").trim()).toBe("");
});

test("no file is longer than 500 lines, and one of more than 300 has its reason here", () => {
  const long = files.filter(({ path, lines }) => lines > 300 && !path.includes("/generated/"));
  expect(long.filter(({ lines }) => lines > 500).map(({ path }) => path)).toEqual([]);
  expect(long.map(({ path }) => path)).toEqual(Object.keys(longFiles).sort());
});

test("an assembly kernel file of more than 300 lines opens with a header", () => {
  const folder = join(root, "src/engine/wasm/assembly");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
    const text = readFileSync(join(folder, name), "utf8");
    expect(text.split("\n").length, name).toBeLessThan(500);
    if (text.split("\n").length > 300) expect(text, name).toMatch(/^\/\*\*\n/);
  }
});

test("the version that identifies a run is that of the package", () => {
  expect(VERSION).toBe(packageJson.version);
});

/** Cycles of value imports, each once, as "a -> b -> a". */
function cycles(among: readonly SourceFile[]): string[] {
  const byPath = new Map(among.map((file) => [file.path, file]));
  const found = new Set<string>();
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.add([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || finished.has(path)) return;
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? [])
      if (target && !typeOnly) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of among) visit(path, []);
  return [...found];
}
