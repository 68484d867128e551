/** A comparison so small that one of its runs takes a fraction of a second. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readCheckpoint, readJsonLines } from "../../src/io/index.ts";
import { type ComparisonConfig, comparisonConfig } from "../../src/lab/comparisonConfig.ts";
import { corpusText } from "../../src/lab/corpusParts.ts";
import { type Run, runPlan } from "../../src/lab/runPlan.ts";
import type { RunResult } from "../../src/lab/runResult.ts";

/** A folder of its own for each test, removed afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-lab-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the runs have in common: one layer of 9 units, 40 updates, an evaluation every 10. */
export const smallBase = {
  layers: 1,
  hiddenSize: 9,
  embeddingSize: 5,
  batchSize: 3,
  sequenceLength: 17,
  steps: 40,
  evaluateEvery: 10,
  learningRate: 0.01,
};

/** Two dropouts with two seeds on 4,000 characters that are written into `folder`. */
export function smallComparison(folder: string, changes: Record<string, unknown> = {}): ComparisonConfig {
  const corpus = join(folder, "corpus.txt");
  writeFileSync(corpus, smallText());
  return comparisonConfig({
    corpus,
    base: smallBase,
    configurations: { none: {}, gal: { dropout: "gal:0.3" } },
    seeds: [1, 2],
    engine: "strict",
    ...changes,
  });
}

/** 4,000 characters of words that are drawn by a rule: learnable, and the same everywhere. */
function smallText(): string {
  const words = ["the ", "tide ", "comes ", "in, ", "and ", "goes ", "out ", "again.\n", "a ", "gate "];
  let text = "";
  for (let k = 0, state = 1; text.length < 4000; k++) {
    state = (state * 48271) % 2147483647;
    text += words[(state + k) % words.length];
  }
  return text.slice(0, 4000);
}

/** The runs of a comparison. */
export async function planOf(comparison: ComparisonConfig, folder: string): Promise<Run[]> {
  return runPlan(comparison, await corpusText(comparison.corpus, comparison.chars), folder);
}

/** A result without what depends on the clock, the cores and the folder. */
export function numbersOf({ seconds, charsPerSecond, threads, folder, ...numbers }: RunResult): object {
  return numbers;
}

/** The tensors of a run's checkpoint, name to values. */
export async function tensorsOf(folder: string): Promise<Map<string, unknown>> {
  const { tensors } = await readCheckpoint(join(folder, "checkpoint.safetensors"));
  return new Map(Array.from(tensors, ([name, { shape, data }]) => [name, { shape, data }]));
}

/** The lines of a run's metrics without the clock. */
export function metricsOf(folder: string): object[] {
  return readJsonLines(join(folder, "metrics.jsonl")).map(({ charsPerSecond, ...line }) => line);
}

/** A JSON file. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
