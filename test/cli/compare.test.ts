import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWithCorpus, lastJson, runCli, tiny } from "./runCli.ts";

const small = [...tiny, "--steps", "8", "--seeds", "2", "--dropouts", "none,gal:0.2"];

test("compare gives runs and summary as JSON, the table in words, and names its files", async () => {
  const cwd = folderWithCorpus();
  const json = await runCli(["compare", "corpus.txt", ...small, "--workers", "2", "--json"], { cwd });
  expect(json.code).toBe(0);
  const { runs, summary } = lastJson(json.stdout) as { runs: object[]; summary: object[] };
  expect(runs).toHaveLength(4);
  expect(runs[0]).toMatchObject({
    ...{ config: "none", seed: 1, engine: "strict", steps: 8 },
    ...{
      testNats: expect.any(Number),
      testPerplexity: expect.any(Number),
      charsPerSecond: expect.any(Number),
    },
  });
  expect(summary).toMatchObject([
    { config: "none", seeds: 2, differenceToBaseline: null },
    {
      ...{ config: "gal:0.2", seeds: 2, perplexity: expect.any(Number), low: expect.any(Number) },
      ...{ high: expect.any(Number), differenceToBaseline: expect.any(Number) },
    },
  ]);
  expect(json.stderr).toMatch(/4 runs, 2 at a time \(strict, \d+ threads? each\), in runs\/corpus/);
  expect(json.stderr).toContain("4/4 runs");

  const again = await runCli(["compare", "corpus.txt", ...small], { cwd });
  expect(again.stderr).toContain("4 runs, 4 done before");
  expect(again.stdout).toMatch(/configuration +seeds +perplexity +95 % interval +bits\/char/);
  expect(again.stdout).toMatch(/^gal:0\.2 +2 +\d+\.\d{3} +\d+\.\d{3} to \d+\.\d{3}/m);
  const named = [...again.stdout.matchAll(/^wrote (.*)$/gm)].map((match) => match[1]!);
  expect(named.length).toBeGreaterThanOrEqual(3);
  for (const file of named) expect(existsSync(join(cwd, file))).toBe(true);
});

test("configurations may be a file, with a baseline by name", async () => {
  const cwd = folderWithCorpus();
  writeFileSync(join(cwd, "cells.json"), '{ "lstm": {}, "gru": { "cell": "gru" } }');
  const args = ["compare", "corpus.txt", ...tiny, "--steps", "4", "--seeds", "5,"];
  const flags = ["--configs", "cells.json", "--baseline", "gru", "--out-dir", "out", "--json"];
  const { code, stdout } = await runCli([...args, ...flags], { cwd });
  expect(code).toBe(0);
  expect(lastJson(stdout)).toMatchObject({
    runs: [
      { config: "lstm", seed: 5 },
      { config: "gru", seed: 5 },
    ],
    summary: [
      { config: "lstm", low: null },
      { config: "gru", differenceToBaseline: null },
    ],
  });
  expect(existsSync(join(cwd, "out/summary.json"))).toBe(true);
});

test("a comparison that Ctrl-C stopped goes on with the same command", async () => {
  const cwd = folderWithCorpus();
  const args = [
    "compare",
    "corpus.txt",
    ...tiny,
    "--steps",
    "1500",
    "--seeds",
    "2",
    "--dropouts",
    "none,gal:0.2",
  ];
  const stopped = await runCli([...args, "--workers", "1", "--json"], { cwd, interruptAt: /1\/4 runs/ });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain("The same command goes on from here.");
  const { runs } = lastJson(stopped.stdout) as { runs: object[] };
  expect(runs.length).toBeLessThan(4);
  const resumed = await runCli([...args, "--json"], { cwd });
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toContain(`4 runs, ${runs.length} done before`);
  expect((lastJson(resumed.stdout) as { runs: object[] }).runs.slice(0, runs.length)).toEqual(runs);
});

test("runs that fail are named, and the comparison fails with them", async () => {
  const cwd = folderWithCorpus();
  writeFileSync(
    join(cwd, "rates.json"),
    '{ "good": {}, "bad": { "learningRate": 1e30, "clip": 0, "optimizer": "sgd" } }',
  );
  const args = ["compare", "corpus.txt", ...tiny, "--steps", "30", "--seeds", "1", "--configs", "rates.json"];
  const { code, stdout, stderr } = await runCli([...args, "--json"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/1 of 2 runs failed.*bad seed 1: .*diverged at step/);
  expect(lastJson(stdout)).toMatchObject({ runs: [{ config: "good" }] });
});

test.each([
  [["-"], /cannot read the standard input/],
  [["corpus.txt", "--split", "0.9,0.1"], /--split: a comparison needs a test part/],
  [["corpus.txt", "--seeds", "0"], /--seeds: the seeds cannot be read/],
  [["corpus.txt", "--dropouts", "none,none"], /a dropout stands in the list twice/],
  [["corpus.txt", "--dropouts", "none,gal:2"], /\[0, 1\)/],
  [["corpus.txt", "--dropout", "gal"], /unknown option '--dropout'\n\(Did you mean --dropouts\?\)/],
  [["corpus.txt", "--configs", "a.json", "--dropouts", "none"], /both say what is compared/],
  [["corpus.txt", "--baseline", "gal"], /baseline is not known/],
  [["corpus.txt", "--workers", "0"], /--workers: not a positive integer/],
])("compare %j is refused before anything runs", async (args, words) => {
  const cwd = folderWithCorpus();
  const { code, stdout, stderr } = await runCli(["compare", ...args], { cwd });
  expect(stderr).toMatch(words);
  expect([code, stdout, existsSync(join(cwd, "runs"))]).toEqual([2, "", false]);
});

test("a folder that cannot be made is refused before anything runs", async () => {
  const cwd = folderWithCorpus();
  const { code, stderr } = await runCli(["compare", "corpus.txt", ...small, "--out-dir", "corpus.txt/x"], {
    cwd,
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining("a part of the path is a file")]);
});
