/** The built program as a child process, in a folder of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { builtPackage } from "../builtPackage.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Sends SIGINT as soon as stderr matches. */
  readonly interruptAt?: RegExp;
}

let dist: Promise<string> | undefined;

/** Runs `tidegate` with these arguments. */
export async function runCli(
  args: readonly string[],
  { cwd, input = "", env, interruptAt }: RunOptions,
): Promise<Ended> {
  dist ??= builtPackage(); // once per test file: a source that is edited meanwhile is the next run's business
  const main = join(await dist, "cli/main.js");
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } });
  let [stdout, stderr, isInterrupted] = ["", "", false];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    if (!interruptAt?.test(stderr) || isInterrupted) return;
    isInterrupted = true;
    child.kill("SIGINT");
  });
  child.stdin.on("error", () => {}); // a program that ends without reading its input
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}

/** A folder with `corpus.txt`, removed after the test. */
export function folderWithCorpus(text: string | Uint8Array = smallText()): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "corpus.txt"), text);
  return folder;
}

/** 3,000 characters of words that follow a rule. */
export function smallText(): string {
  const words = ["the ", "tide ", "comes ", "in, ", "and ", "goes ", "out ", "again.\n", "a ", "gate "];
  let text = "";
  for (let k = 0, state = 1; text.length < 3000; k++) {
    state = (state * 48271) % 2147483647;
    text += words[(state + k) % words.length];
  }
  return text.slice(0, 3000);
}

/** A model of one layer of 7 units that learns in milliseconds, on the engine that is the same everywhere. */
export const tiny: readonly string[] = [
  ...["--hidden-size", "7", "--layers", "1", "--embedding-size", "5", "--batch-size", "4"],
  ...["--sequence-length", "11", "--engine", "strict"],
];

/** The object in the last line of stdout. */
export function lastJson(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
}

/** What is in a folder, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}
