/** --engine, --threads and --blas: what is used is said and kept, and changes no weight of the strict engine. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCheckpoint } from "../../src/io/index.ts";
import { folderWithCorpus, lastJson, runCli, tiny } from "./runCli.ts";

const cores = availableParallelism();
const allThreads = `${cores} ${cores === 1 ? "thread" : "threads"}`;

/** So large that the work is shared out. */
const shared: readonly string[] = [
  ...["--hidden-size", "64", "--layers", "1", "--embedding-size", "5", "--batch-size", "9"],
  ...["--sequence-length", "20", "--engine", "strict", "--dropout", "gal:0.2"],
];

async function tensorsOf(folder: string, name: string): Promise<Map<string, unknown>> {
  return (await readCheckpoint(join(folder, name))).tensors;
}

test("a run uses every core, or as many threads as it is told, for the same weights", async () => {
  const cwd = folderWithCorpus();
  const args = ["train", "corpus.txt", ...shared, "--steps", "8", "--json", "--out"];
  const all = await runCli([...args, "all.st"], { cwd });
  const one = await runCli([...args, "one.st", "--threads", "1"], { cwd });
  expect(all.stderr).toMatch(new RegExp(`engine +strict, ${allThreads}\n`));
  expect(lastJson(all.stdout)).toMatchObject({ engine: "strict", threads: cores, blas: null });
  expect(one.stderr).toMatch(/engine +strict, 1 thread\n/);
  expect(lastJson(one.stdout)).toMatchObject({ threads: 1 });
  expect(`${all.stderr}${one.stderr}`).not.toContain("note:");
  expect(await tensorsOf(cwd, "one.st")).toEqual(await tensorsOf(cwd, "all.st"));
});

test("more threads than cores is a note, once, and not a failure", async () => {
  const cwd = folderWithCorpus();
  const { code, stderr, stdout } = await runCli(
    ["train", "corpus.txt", ...tiny, "--steps", "3", "--threads", "1000", "--json"],
    { cwd },
  );
  expect(code).toBe(0);
  expect(stderr.match(/^note: .*$/gm)).toEqual([
    cores < 32
      ? `note: ${allThreads} instead of 1000: this machine has ${cores} ${cores === 1 ? "core" : "cores"}`
      : "note: 32 threads instead of 1000: an engine has no more",
  ]);
  expect(lastJson(stdout)).toMatchObject({ threads: Math.min(cores, 32) });
});

test("a run that is resumed on another number of threads comes to the bits of the one that was not", async () => {
  const cwd = folderWithCorpus();
  const args = ["train", "corpus.txt", ...shared];
  await runCli([...args, "--steps", "12", "--threads", "1", "--out", "whole.st"], { cwd });
  await runCli([...args, "--steps", "5", "--threads", "2", "--out", "run.st"], { cwd });
  const again = await runCli([...args, "--steps", "9", "--resume", "run.st"], { cwd });
  const kept = Math.min(2, cores);
  expect(again.stderr).toContain(`strict, ${kept} ${kept === 1 ? "thread" : "threads"}\n`); // as it was begun
  const last = await runCli([...args, "--steps", "12", "--resume", "run.st", "--threads", "1"], { cwd });
  expect([again.code, last.code]).toEqual([0, 0]);
  expect(await tensorsOf(cwd, "run.st")).toEqual(await tensorsOf(cwd, "whole.st"));
  const { stdout } = await runCli(["info", "run.st"], { cwd });
  expect(stdout).toMatch(/^engine +strict, 1 thread$/m);
});

test.each(["train", "eval", "compare"])(
  "%s refuses a BLAS that its engine has no use for",
  async (command) => {
    const cwd = folderWithCorpus();
    const files = command === "eval" ? ["m.st", "corpus.txt"] : ["corpus.txt"];
    const { code, stderr } = await runCli(
      [command, ...files, "--engine", "strict", "--blas", "libopenblas.so.0"],
      { cwd },
    );
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        '--blas: the engine strict uses no BLAS. Expected a library, with the engine blas, got "libopenblas.so.0". For example --engine blas --blas libopenblas.so.0.',
      ),
    ]);
  },
);

test("a BLAS that is not there is a note, once, and the run goes on without", async () => {
  const cwd = folderWithCorpus();
  const args = ["train", "corpus.txt", ...tiny, "--engine", "blas", "--steps", "3", "--force", "--json"];
  for (const [flags, env] of [
    [["--blas", "/no/such/library.so"], {}],
    [[], { TIDEGATE_BLAS: "/no/such/library.so" }],
  ] as const) {
    const { code, stderr, stdout } = await runCli([...args, ...flags], { cwd, env });
    expect(stderr.match(/^note: .*$/gm)).toEqual([
      expect.stringMatching(
        /^note: no BLAS: (\/no\/such\/library\.so: .+|the optional package koffi is not installed)$/,
      ),
    ]);
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({
      engine: expect.stringMatching(/^(strict|relaxed)$/),
      blas: null,
    });
  }
});

test("info without a checkpoint says which engines run here", async () => {
  const cwd = folderWithCorpus();
  const { code, stdout } = await runCli(["info", "--json"], { cwd });
  const { engines, ...facts } = lastJson(stdout) as Record<string, unknown> & {
    engines: { name: string; gflops: number }[];
  };
  expect(code).toBe(0);
  expect(facts).toMatchObject({ cores, auto: expect.stringMatching(/^(blas|relaxed|strict)$/) });
  expect(engines.map(({ name }) => name)).toContain("strict");
  expect(engines.map(({ name }) => name)).toContain(facts["auto"]);
  expect(engines.some(({ name }) => name === "blas")).toBe(facts["blas"] !== null);
  for (const { gflops } of engines) expect(gflops).toBeGreaterThan(0);
  const words = await runCli(["info"], { cwd });
  expect(words.stdout).toMatch(/^auto is +(blas|relaxed|strict)$/m);
  expect(words.stdout).toMatch(/^strict +\d+\.\d/m);
});

test("a comparison says what its runs run on, and keeps it", async () => {
  const cwd = folderWithCorpus();
  const args = [
    ...["compare", "corpus.txt", "--dropouts", "none", "--seeds", "1", "--split", "0.6,0.2,0.2"],
    ...[...tiny, "--steps", "4", "--out-dir", "runs", "--json"],
  ];
  const { code, stderr, stdout } = await runCli([...args, "--threads", "1000"], { cwd });
  expect(code).toBe(0);
  expect(stderr).toContain(
    `1 run, 1 at a time (strict, ${cores < 32 ? allThreads : "32 threads"} each), in runs`,
  );
  expect(stderr.match(/^note: .*$/gm)).toHaveLength(1);
  const { runs } = lastJson(stdout) as unknown as { runs: { engine: string; threads: number }[] };
  expect(runs).toMatchObject([{ engine: "strict", threads: Math.min(cores, 32) }]);
  expect(existsSync(join(cwd, "runs/summary.json"))).toBe(true);
});
