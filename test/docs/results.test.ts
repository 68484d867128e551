/** docs/results.md and its pictures are what the committed runs say, and those are of the comparison that is committed. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtPackage } from "../builtPackage.ts";
import { root } from "../sourceFiles.ts";

const folder = join(root, "examples/dropout-results");
const scratch = mkdtempSync(join(tmpdir(), "tidegate-results-"));
const read = (path: string): string => readFileSync(path, "utf8");
const pictures = [
  "results-whole-lstm.svg",
  "results-whole-gru.svg",
  "results-tenth-lstm.svg",
  "results-tenth-gru.svg",
];

interface Run {
  readonly scheme: string;
  readonly setting: number;
  readonly seed: number;
  readonly engine: string;
  readonly validNats: number;
}
interface Results {
  readonly study: string;
  readonly corpus: string;
  readonly seeds: readonly number[];
  readonly learningRates: readonly number[];
  readonly strengths: readonly number[];
  readonly base: object;
  readonly cells: readonly {
    readonly cell: string;
    readonly tried: readonly Run[];
    readonly final: readonly Run[];
  }[];
}

beforeAll(builtPackage, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("the tables and pictures are those that report.mjs makes of the committed runs", () => {
  const page = join(scratch, "results.md");
  copyFileSync(join(root, "docs/results.md"), page);
  for (const study of ["whole", "tenth"]) {
    execFileSync(process.execPath, [
      join(folder, "report.mjs"),
      join(folder, `${study}.json`),
      "--page",
      page,
    ]);
  }
  expect(read(join(root, "docs/results.md"))).toBe(read(page));
  for (const name of pictures) expect(read(join(root, "docs", name)), name).toBe(read(join(scratch, name)));
});

test.each(["whole", "tenth"])("%s: every scheme has the same budget, and all of its seeds", async (study) => {
  const results = JSON.parse(read(join(folder, `${study}.json`))) as Results;
  const { studies } = (await import(join(folder, "studies.mjs"))) as {
    studies: Record<string, Omit<Results, "cells"> & { schemes: Record<string, string[]> }>;
  };
  const { schemes, base, learningRates, strengths } = studies[study]!;
  expect(results).toMatchObject({ study, corpus: "tiny-shakespeare", base, learningRates, strengths });
  expect(results.seeds.length).toBeGreaterThanOrEqual(3);
  expect(results.cells.map(({ cell }) => cell)).toEqual(Object.keys(schemes));
  for (const { cell, tried, final } of results.cells) {
    const settings = (runs: readonly Run[], name: string): number[] =>
      runs.filter(({ scheme }) => scheme === name).map(({ setting }) => setting);
    expect(new Set(final.map(({ scheme }) => scheme))).toEqual(new Set(["none", ...schemes[cell]!]));
    expect(settings(tried, "none")).toEqual(learningRates);
    for (const name of ["none", ...schemes[cell]!]) {
      if (name !== "none") expect(settings(tried, name), name).toEqual(strengths);
      const seeds = final.filter(({ scheme }) => scheme === name).map(({ seed }) => seed);
      expect(seeds, name).toEqual(results.seeds);
      const lowest = tried
        .filter(({ scheme }) => scheme === name)
        .reduce((best, run) => (run.validNats < best.validNats ? run : best));
      expect(new Set(settings(final, name)), name).toEqual(new Set([lowest.setting]));
    }
    expect(new Set([...tried, ...final].map(({ engine }) => engine)).size).toBe(1);
  }
});
