/** Comparisons in worker processes: they need the built worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ComparisonConfig, ComparisonEvent, ComparisonResult } from "../../src/lab/index.ts";
import { runComparison } from "../../src/lab/index.ts";
import { builtPackage } from "../builtPackage.ts";
import {
  metricsOf,
  numbersOf,
  planOf,
  readJson,
  smallBase,
  smallComparison,
  temporaryFolder,
  tensorsOf,
} from "./smallComparison.ts";

/** The processes that the pool has started, so that a test can kill one. */
const started = vi.hoisted(() => [] as ChildProcess[]);
vi.mock("node:child_process", async (original) => {
  const real = await original<typeof import("node:child_process")>();
  const fork = (...rest: Parameters<typeof real.fork>): ChildProcess => {
    const child = real.fork(...rest);
    started.push(child);
    return child;
  };
  return { ...real, fork }; // in the module under test; what a test spawns itself is not counted
});

let dist = "";
beforeAll(async () => {
  dist = await builtPackage();
}, 60_000);
beforeEach(() => {
  started.length = 0;
});

/** What must not depend on how the work was done: every result, weight and metric, in order. */
async function bitsOf(result: ComparisonResult): Promise<object[]> {
  return Promise.all(
    result.runs.map(async (run) => ({
      result: numbersOf(run),
      tensors: await tensorsOf(run.folder),
      metrics: metricsOf(run.folder),
    })),
  );
}

/** The comparison and what it comes to when nobody disturbs it. */
async function undisturbed(
  changes: Record<string, unknown> = {},
): Promise<{ folder: string; comparison: ComparisonConfig; expected: object[] }> {
  const folder = temporaryFolder();
  const comparison = smallComparison(folder, changes);
  const result = await runComparison(comparison, { folder: join(folder, "whole"), workers: 2 });
  return { folder, comparison, expected: await bitsOf(result) };
}

describe("a comparison", () => {
  test("comes to the same bits with two workers and with one, and says what it does", async () => {
    const { folder, comparison, expected } = await undisturbed();
    const events: ComparisonEvent[] = [];
    expect(started).toHaveLength(2);
    const at = join(folder, "one");
    const result = await runComparison(comparison, {
      folder: at,
      workers: 1,
      onEvent: (event) => events.push(event),
    });
    expect(started).toHaveLength(3);
    expect(await bitsOf(result)).toEqual(expected);
    expect(result).toMatchObject({
      name: "comparison",
      folder: at,
      baseline: "none",
      failures: [],
      interrupted: false,
    });
    expect(result.runs.map(({ config, seed }) => [config, seed])).toEqual([
      ["none", 1],
      ["gal", 1],
      ["none", 2],
      ["gal", 2],
    ]);
    expect(result.summary.map(({ config, seeds }) => [config, seeds])).toEqual([
      ["none", 2],
      ["gal", 2],
    ]);

    expect(events[0]).toMatchObject({ type: "plan", workers: 1, done: 0, folder: at });
    expect(events.filter(({ type }) => type === "result")).toHaveLength(4);
    const starts = events.flatMap((event) =>
      event.type === "run" && event.event.type === "start" ? [event.id] : [],
    );
    expect(starts.sort()).toEqual((await planOf({ ...comparison }, at)).map(({ id }) => id).sort());
  });

  test("leaves its question, a line per run, and its table", async () => {
    const folder = temporaryFolder();
    const comparison = smallComparison(folder, { seeds: [1] });
    const at = join(folder, "new", "folder");
    const result = await runComparison(comparison, { folder: at, workers: 2 });
    expect(result.files).toEqual(
      ["comparison.json", "runs.jsonl", "summary.json"].map((name) => join(at, name)),
    );
    expect(readJson(join(at, "comparison.json"))).toEqual(comparison);
    const lines = readFileSync(join(at, "runs.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(result.runs);
    expect(readJson(join(at, "summary.json"))).toEqual({
      name: "comparison",
      baseline: "none",
      summary: JSON.parse(JSON.stringify(result.summary)),
    });
  });

  test("that is done is read, not done again; one that grows does only what is new", async () => {
    const folder = temporaryFolder();
    const at = join(folder, "runs");
    const first = await runComparison(smallComparison(folder, { seeds: [1] }), { folder: at, workers: 1 });
    started.length = 0;
    const events: ComparisonEvent[] = [];
    const again = await runComparison(smallComparison(folder, { seeds: [1] }), {
      folder: at,
      onEvent: (event) => events.push(event),
    });
    expect(started).toHaveLength(0);
    expect(again.runs).toEqual(first.runs);
    expect(events.map(({ type }) => type)).toEqual(["plan"]);
    expect(events[0]).toMatchObject({ done: 2 });

    const more = await runComparison(smallComparison(folder, { seeds: [1, 2] }), { folder: at, workers: 1 });
    expect(more.runs.slice(0, 2)).toEqual(first.runs);
    expect(more.runs).toHaveLength(4);
  });

  test("of a configuration with itself keeps both, with a difference of zero", async () => {
    const folder = temporaryFolder();
    const { runs, summary } = await runComparison(
      smallComparison(folder, { configurations: { none: {}, twin: {} }, seeds: [1] }),
      { folder: join(folder, "runs"), workers: 2 },
    );
    expect(runs.map(({ config }) => config)).toEqual(["none", "twin"]);
    expect(summary[1]).toMatchObject({ config: "twin", seeds: 1, differenceToBaseline: 0 });
  });

  test('settles what "auto" stands for before it identifies a run', async () => {
    const folder = temporaryFolder();
    const at = join(folder, "runs");
    const auto = await runComparison(smallComparison(folder, { engine: "auto", seeds: [1] }), { folder: at });
    const [{ engine } = { engine: "" }] = auto.runs;
    expect(engine).not.toBe("auto");
    const named = await runComparison(smallComparison(folder, { engine, seeds: [1] }), { folder: at });
    expect(named.runs).toEqual(auto.runs);
  });

  test("is refused before anything is written when its corpus is missing or its workers are no number", async () => {
    const folder = temporaryFolder();
    const comparison = smallComparison(folder, { corpus: join(folder, "none.txt") });
    const at = join(folder, "runs");
    await expect(runComparison(comparison, { folder: at })).rejects.toThrow(/neither a corpus nor a file/);
    await expect(runComparison(comparison, { folder: at, workers: 0 })).rejects.toThrow(
      "runComparison: workers must be a positive integer. Expected an integer of 1 or more, got 0. For example { workers: 2 }.",
    );
    expect(existsSync(join(at, "comparison.json"))).toBe(false);
    writeFileSync(join(folder, "file"), "");
    await expect(runComparison(smallComparison(folder), { folder: join(folder, "file") })).rejects.toThrow(
      expect.objectContaining({ name: "OutputError" }),
    );
    expect(started).toHaveLength(0);
  });
});

describe("a worker that dies", () => {
  /** Kills the first worker at the first evaluation of its run. */
  async function withOneKilled(
    signal: NodeJS.Signals,
    workers: number,
  ): Promise<{ folder: string; comparison: ComparisonConfig; result: ComparisonResult; expected: object[] }> {
    const { folder, comparison, expected } = await undisturbed({
      base: { ...smallBase, steps: 200, evaluateEvery: 20 },
    });
    started.length = 0;
    let killed = false;
    const result = await runComparison(comparison, {
      folder: join(folder, "killed"),
      workers,
      onEvent: (event) => {
        if (killed || event.type !== "run" || event.config !== "gal" || event.event.type !== "validation")
          return;
        killed = started[workers - 1]!.kill(signal);
      },
    });
    return { folder, comparison, result, expected };
  }

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "by %s is reported, the other runs go on, and the same call finishes its run",
    async (signal) => {
      const { folder, comparison, result, expected } = await withOneKilled(signal, 2);
      expect(result.failures).toEqual([
        {
          id: expect.any(String),
          config: "gal",
          seed: 1,
          message: signal === "SIGKILL" ? "its process ended with SIGKILL" : "its process was told to stop",
        },
      ]);
      expect(result.interrupted).toBe(false);
      expect(result.runs.map(({ config, seed }) => [config, seed])).toEqual([
        ["none", 1],
        ["none", 2],
        ["gal", 2],
      ]);
      const finished = await runComparison(comparison, { folder: join(folder, "killed"), workers: 1 });
      expect(finished.failures).toEqual([]);
      expect(await bitsOf(finished)).toEqual(expected);
    },
  );

  test("is replaced, also when it was the only one", async () => {
    const folder = temporaryFolder();
    const comparison = smallComparison(folder);
    let killed = false;
    const { runs, failures } = await runComparison(comparison, {
      folder: join(folder, "runs"),
      workers: 1,
      onEvent: (event) => {
        if (event.type === "run" && !killed) killed = started[0]!.kill("SIGKILL");
      },
    });
    expect(started).toHaveLength(2);
    expect(failures.map(({ config, seed }) => [config, seed])).toEqual([["none", 1]]);
    expect(runs).toHaveLength(3);
  });

  test("is not what an error is: the worker says it in words and goes on with the next run", async () => {
    const folder = temporaryFolder();
    const { failures, runs } = await runComparison(
      smallComparison(folder, { configurations: { none: {}, wide: { batchSize: 5000 } }, seeds: [1] }),
      { folder: join(folder, "runs"), workers: 1 },
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ config: "wide", seed: 1 });
    expect(failures[0]!.message).toMatch(/^trainingStreams: the training text is too short\. /);
    expect(runs).toHaveLength(1);
    expect(started).toHaveLength(1);
  });
});

describe("a comparison that is stopped", () => {
  test("by a signal says so, and the same call goes on to the same bits", async () => {
    const { folder, comparison, expected } = await undisturbed();
    const at = join(folder, "stopped");
    const stop = new AbortController();
    const stopped = await runComparison(comparison, {
      folder: at,
      workers: 2,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "run" && event.event.type === "validation") stop.abort();
      },
    });
    expect(stopped.interrupted).toBe(true);
    expect(stopped.failures).toEqual([]);
    expect(stopped.runs.length).toBeLessThan(4);
    expect(readJson<{ summary: object[] }>(join(at, "summary.json")).summary).toHaveLength(
      stopped.summary.length,
    );
    const finished = await runComparison(comparison, { folder: at, workers: 2 });
    expect(finished.interrupted).toBe(false);
    expect(await bitsOf(finished)).toEqual(expected);
  });

  test("before it began starts no process", async () => {
    const folder = temporaryFolder();
    const result = await runComparison(smallComparison(folder), {
      folder: join(folder, "runs"),
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ interrupted: true, runs: [], summary: [] });
    expect(started).toHaveLength(0);
  });

  test.skipIf(process.platform === "win32")(
    "by SIGKILL of all its processes, three times, goes on to the same bits",
    async () => {
      const { folder, comparison, expected } = await undisturbed({
        base: { ...smallBase, steps: 160, evaluateEvery: 20 },
      });
      const at = join(folder, "killed");
      for (const evaluations of [1, 4, 8]) await killedAfter(comparison, at, evaluations);
      const written = readdirSync(at, { recursive: true, encoding: "utf8" });
      expect(written.filter((path) => path.endsWith("checkpoint.safetensors"))).not.toHaveLength(0);
      const listed = readFileSync(join(at, "runs.jsonl"), "utf8").split("\n").filter(Boolean);
      expect(listed.length).toBe(written.filter((path) => path.endsWith("result.json")).length); // as it goes
      expect(listed.length).toBeLessThan(expected.length);
      const finished = await runComparison(comparison, { folder: at, workers: 2 });
      expect(await bitsOf(finished)).toEqual(expected);
    },
  );

  test.skipIf(process.platform === "win32")("by SIGKILL of its parent leaves no worker behind", async () => {
    const folder = temporaryFolder();
    const comparison = smallComparison(folder, {
      base: { ...smallBase, steps: 1_000_000, evaluateEvery: 20 },
    });
    const { workers } = await killedAfter(comparison, join(folder, "runs"), 2, "parent");
    expect(workers).toHaveLength(2);
    expect(workers.filter(isRunning)).toEqual([]);
  });

  /** Runs the built package in a process group of its own, and kills it after some evaluations. */
  async function killedAfter(
    comparison: ComparisonConfig,
    folder: string,
    evaluations: number,
    whom: "group" | "parent" = "group",
  ): Promise<{ workers: number[] }> {
    const program = `
      import { syncBuiltinESMExports } from "node:module";
      import childProcess from "node:child_process";
      const { fork } = childProcess;
      childProcess.fork = (...rest) => {
        const child = fork(...rest);
        console.log("worker " + child.pid);
        return child;
      };
      syncBuiltinESMExports();
      const { runComparison } = await import(${JSON.stringify(pathToFileURL(join(dist, "lab/index.js")).href)});
      await runComparison(${JSON.stringify(comparison)}, {
        folder: ${JSON.stringify(folder)},
        workers: 2,
        onEvent: ({ event }) => { if (event?.type === "validation") console.log("evaluation"); },
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints += text;
    });
    const workers: number[] = [];
    let seen = 0;
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("worker ")) workers.push(Number(line.slice(7)));
        if (line === "evaluation" && ++seen === evaluations)
          process.kill(whom === "group" ? -child.pid! : child.pid!, "SIGKILL");
      }
    });
    const [, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on("close", (code, name) => resolve([code, name])); // its workers write to the same stderr: they have ended too
    });
    expect(signal).toBe("SIGKILL"); // else it was done before it could be killed, and the test proves nothing
    expect(complaints).toBe("");
    return { workers };
  }

  function isRunning(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  }
});
