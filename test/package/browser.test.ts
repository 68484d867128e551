/** What a browser page loads when it imports a chapter of the built package. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { builtPackage } from "../builtPackage.ts";

let dist = "";
beforeAll(async () => {
  dist = await builtPackage();
}, 60_000);

/** Everything that is loaded with a file before its first line runs: the specifiers that are not relative. */
function packagesLoadedBy(path: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(path)) return packages;
  seen.add(path);
  const text = readFileSync(path, "utf8");
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^"'();]*["']([^"']+)["'];?$/gm)) {
    if (specifier!.startsWith(".")) packagesLoadedBy(join(dirname(path), specifier!), seen, packages);
    else packages.add(specifier!);
  }
  return packages;
}

test.each([".", "engine", "autograd", "nn", "optim", "text", "io", "lm"])(
  "tidegate/%s loads no module of Node",
  (chapter) => {
    const packages = [...packagesLoadedBy(join(dist, chapter, "index.js"))];
    expect(packages.filter((name) => name !== "seedrandom")).toEqual([]);
  },
);

test("a bundler for browsers finds no node: import in what a page loads, not even a lazy one", () => {
  const files = new Set<string>();
  packagesLoadedBy(join(dist, "index.js"), files);
  const lazy = [...files].filter((path) => /\bimport\(\s*["']node:/.test(readFileSync(path, "utf8")));
  expect(files.size).toBeGreaterThan(5);
  expect(lazy).toEqual([]);
});

test("the scan sees what lab and the command line load", () => {
  expect(packagesLoadedBy(join(dist, "lab/index.js"))).toContain("node:child_process");
  const main = [...packagesLoadedBy(join(dist, "cli/main.js"))];
  expect(main).toContain("commander");
  expect(main.filter((name) => builtinModules.includes(name))).toEqual([]); // always as node:fs, never as fs
});

test("no chapter waits at its top level, which require() could not load", () => {
  const waiting = ["index", "engine/index", "lm/index", "lab/index"].filter((path) =>
    /^(?:(?:const|let|var) [^=]+= |for )?await\b/m.test(readFileSync(join(dist, `${path}.js`), "utf8")),
  );
  expect(waiting).toEqual([]);
});

test("the command is a script for Node, and the kernels are inside the code", () => {
  expect(readFileSync(join(dist, "cli/main.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  const engine = readFileSync(join(dist, "engine/index.js"), "utf8");
  const chunks = [...engine.matchAll(/from ["'](\.\.\/[^"']+)["']/g)].map(([, path]) =>
    readFileSync(join(dist, "engine", path!), "utf8"),
  );
  expect(chunks.some((text) => text.includes('"AGFzbQEAAAA'))).toBe(true); // "\0asm", version 1, in base64
});
