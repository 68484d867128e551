/**
 * Packs the built package, looks at the tarball with publint and attw, installs it in a folder of its own and uses it there
 * as somebody else would: by import, by require, from TypeScript, from the command line. Needs the npm registry.
 *
 *   npm run build && npm run check:package
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const consumer = join(root, "test/package/consumer");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "tidegate-package-"));
let [passed, failed] = [0, 0];

/** Does one check; what it throws is printed, and the others go on. */
function check(name, run) {
  try {
    run();
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${[error.stdout, error.stderr, error.message].filter(Boolean).join("\n")}`);
  }
}

/** Runs a program and returns its output; throws with all of it when it fails. */
function output(command, args, cwd = folder) {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function expectEqual(got, expected) {
  if (got !== expected) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

/** A tool of this repository. */
const tool = (path, ...args) => output(process.execPath, [join(root, "node_modules", path), ...args]);

try {
  const [{ filename, files }] = JSON.parse(
    output("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root),
  );
  const tarball = join(folder, filename);
  const paths = files.map(({ path }) => path);

  check("the tarball holds the build, the corpora, README and licence, and nothing else", () => {
    const allowed = /^(dist\/|corpora\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/;
    expectEqual(paths.filter((path) => !allowed.test(path)).join(), "");
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/lab/worker.js",
      "dist/cli/main.js",
      "LICENSE",
    ])
      if (!paths.includes(path)) throw new Error(`${path} is missing`);
  });
  check("no file is of another build: every JavaScript file in the tarball is reached from an entry", () => {
    const scripts = new Set(paths.filter((path) => path.endsWith(".js")));
    const entries = [...scripts].filter((path) => !/^dist\/[^/]+-[A-Z0-9]{8}\.js$/.test(path));
    const reached = new Set();
    const visit = (path) => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = readFileSync(join(root, path), "utf8");
      for (const [, target] of text.matchAll(/(?:from\s*|import\s*\(?\s*)"(\.[^"]+\.js)"/g))
        visit(join(dirname(path), target).replaceAll("\\", "/"));
    };
    entries.forEach(visit);
    expectEqual([...scripts].filter((path) => !reached.has(path)).join(), "");
  });
  check("publint", () => tool("publint/src/cli.js", "run", tarball, "--strict"));
  check("attw", () => tool("@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only"));

  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody-else", type: "module" }));
  check("npm installs it", () =>
    output("npm", ["install", tarball, "--ignore-scripts", "--no-audit", "--no-fund"]),
  );
  for (const file of ["names.mjs", "consumer.ts"]) copyFileSync(join(consumer, file), join(folder, file));
  check("every chapter by import and by require, and a comparison in a worker process", () =>
    process.stdout.write(`${output(process.execPath, ["names.mjs"]).replace(/^/gm, "      ").trimEnd()}\n`),
  );

  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    // a program for Node checks the declarations themselves too; one for the browser has no types of Node
    for (const types of [["node"], []]) {
      check(
        `types, module resolution ${moduleResolution}, ${types.length ? "with" : "without"} @types/node`,
        () => {
          const compilerOptions = {
            strict: true,
            exactOptionalPropertyTypes: true,
            noEmit: true,
            target: "es2022",
            lib: ["es2022", "dom"],
            module,
            moduleResolution,
            skipLibCheck: types.length === 0,
            types,
            typeRoots: [join(root, "node_modules/@types")],
          };
          writeFileSync(
            join(folder, "tsconfig.json"),
            JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
          );
          tool("typescript/bin/tsc", "-p", folder);
        },
      );
    }
  }

  check("npx tidegate --version", () =>
    expectEqual(output("npx", ["--no-install", "tidegate", "--version"]).trim(), version),
  );
  check("the embedded corpus is found in the installed package", () => {
    const text = output("npx", ["--no-install", "tidegate", "corpus", "info", "tideland", "--json"]);
    const { chars } = JSON.parse(text.trimEnd().split("\n").at(-1));
    if (!(chars >= 120_000)) throw new Error(text);
  });
  check("an unknown command is refused with words and an exit code", () => {
    const { status, stderr } = spawnSync("npx", ["--no-install", "tidegate", "trian"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (status === 0 || !stderr.includes("trian")) throw new Error(`exit code ${status}: ${stderr}`);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`package checks: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
