/** What the documents name must exist: paths of files, npm scripts, links to headings. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../sourceFiles.ts";

const documents = [
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "examples/README.md",
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
].filter((path) => existsSync(join(root, path)));

/** Made by `npm run build` or by a run, so they are not in a fresh clone. */
const made = /^(dist|runs|node_modules)\/|\/generated(\/|$)/;
/** A path of this project in running text or in code: a known folder at its head, and an end that a file can have. */
const pathPattern = /(?<![\w./-])(?:src|test|docs|examples|scripts|bench|corpora|\.ci)\/[\w./-]*[\w/]/g;

const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;

/** A heading as GitHub makes an anchor of it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

describe.each(documents)("%s", (document) => {
  const text = readFileSync(join(root, document), "utf8");

  test("names only files and folders that exist", () => {
    const named = [...new Set(text.match(pathPattern) ?? [])];
    expect(named.filter((path) => !made.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  test("names only npm scripts that exist", () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script!);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  test("links only to headings that it has", () => {
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});

test("docs/dependencies.md has a line for every dependency, and for no other", () => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const rows = readFileSync(join(root, "docs/dependencies.md"), "utf8").matchAll(/^\| `([^`]+)` \|/gm);
  expect([...rows].map(([, name]) => name!).sort()).toEqual(
    Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }).sort(),
  );
});

test("every numbered example is in examples/README.md, and opens with its command", () => {
  const names = readdirSync(join(root, "examples")).filter((name) => /^\d\d-.*\.mjs$/.test(name));
  const table = readFileSync(join(root, "examples/README.md"), "utf8");
  for (const name of names) {
    expect(table).toContain(`\`examples/${name}\``);
    const source = readFileSync(join(root, "examples", name), "utf8");
    expect(source).toContain(` *   node examples/${name}`);
    expect(source.split("\n").length, `lines of ${name}`).toBeLessThanOrEqual(61);
  }
});
