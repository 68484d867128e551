import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { readCheckpoint } from "../../src/io/index.ts";
import { corpusParts } from "../../src/lab/corpusParts.ts";
import { finishedResult, runOne } from "../../src/lab/runOne.ts";
import type { Run } from "../../src/lab/runPlan.ts";
import type { RunResult } from "../../src/lab/runResult.ts";
import {
  bitsPerChar,
  evaluate,
  modelFromCheckpoint,
  perplexity,
  type TrainEvent,
  Trainer,
} from "../../src/lm/index.ts";
import { trainingStreams } from "../../src/text/index.ts";
import {
  metricsOf,
  numbersOf,
  planOf,
  readJson,
  smallComparison,
  temporaryFolder,
  tensorsOf,
} from "./smallComparison.ts";

/** The run of Gal's dropout with seed 1; `part` names the folder that it is kept in. */
async function galRun(folder: string, part: string): Promise<Run> {
  return (await planOf(smallComparison(folder), join(folder, part)))[1]!;
}

/** Runs until `update` updates are done, then stops in good order. */
async function stopAfter(run: Run, update: number): Promise<RunResult | undefined> {
  const stop = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step" && event.step === update) stop.abort();
  };
  return runOne(run, { signal: stop.signal, onEvent });
}

/** Runs until `update` updates are done, then dies without a word. */
async function dieAfter(run: Run, update: number): Promise<void> {
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step" && event.step === update) throw new Error("killed");
  };
  await expect(runOne(run, { onEvent })).rejects.toThrow("killed");
}

describe("a run", () => {
  test("leaves its configuration, metrics, checkpoint and result", async () => {
    const folder = temporaryFolder();
    const run = await galRun(folder, "runs");
    expect(finishedResult(run)).toBeUndefined();
    const result = (await runOne(run))!;
    expect(readdirSync(run.folder).sort()).toEqual([
      "checkpoint.safetensors",
      "config.json",
      "metrics.jsonl",
      "result.json",
    ]);
    expect(readJson(join(run.folder, "result.json"))).toEqual(result);
    expect(finishedResult(run)).toEqual(result);
    expect(result).toMatchObject({ config: "gal", seed: 1, steps: 40, engine: "strict", folder: run.folder });
    expect(result.chars).toBe(40 * 3 * 17);
    expect(result.testPerplexity).toBe(perplexity(result.testNats));
    expect(result.testBitsPerChar).toBe(bitsPerChar(result.testNats));
    expect(result.testNats).toBeLessThan(Math.log(20)); // 20 symbols: below a model that knows nothing
    expect(result.bestStep! % 10).toBe(0);
    expect(readJson(join(run.folder, "config.json"))).toMatchObject({
      id: run.id,
      config: { dropout: { name: "gal:0.3" }, seed: 1 },
      resolvedEngine: "strict",
      runtime: process.version,
    });
  });

  test("writes a line per update and per evaluation, each once", async () => {
    const run = await galRun(temporaryFolder(), "runs");
    await runOne(run);
    const steps = (split: string): unknown[] =>
      metricsOf(run.folder).flatMap((line) =>
        "split" in line && line.split === split ? [(line as { step?: number }).step] : [],
      );
    expect(steps("train")).toEqual(Array.from({ length: 40 }, (_, k) => k + 1));
    expect(steps("valid")).toEqual([10, 20, 30, 40]);
  });

  test("scores the test text with the weights of the best evaluation, which are those of its checkpoint", async () => {
    const run = await galRun(temporaryFolder(), "runs");
    const result = (await runOne(run))!;
    const path = join(run.folder, "checkpoint.safetensors");
    const { model } = modelFromCheckpoint(
      new Tape(await createEngine("strict")),
      await readCheckpoint(path),
      path,
    );
    const { test: text, valid } = await corpusParts(run);
    expect((await evaluate(model, text)).nats).toBe(result.testNats);
    expect((await evaluate(model, valid)).nats).toBe(result.validNats);
  });

  test("that is finished is not done again", async () => {
    const run = await galRun(temporaryFolder(), "runs");
    const first = await runOne(run);
    const before = statSync(join(run.folder, "checkpoint.safetensors")).mtimeMs;
    const events: TrainEvent[] = [];
    expect(await runOne(run, { onEvent: (event) => events.push(event) })).toEqual(first);
    expect(events).toEqual([]);
    expect(statSync(join(run.folder, "checkpoint.safetensors")).mtimeMs).toBe(before);
  });

  test("whose result is damaged is finished again, from its checkpoint, with the same numbers", async () => {
    const run = await galRun(temporaryFolder(), "runs");
    const first = (await runOne(run))!;
    writeFileSync(join(run.folder, "result.json"), '{"config": "ga');
    const events: TrainEvent[] = [];
    expect(numbersOf((await runOne(run, { onEvent: (event) => events.push(event) }))!)).toEqual(
      numbersOf(first),
    );
    expect(events.map(({ type }) => type)).not.toContain("step");
  });

  test("of another seed is another run, and of the same seed the same", async () => {
    const folder = temporaryFolder();
    const [none, gal, none2] = await planOf(smallComparison(folder), join(folder, "a"));
    const again = await galRun(folder, "b");
    const [a, b, c, d] = [await runOne(none!), await runOne(gal!), await runOne(none2!), await runOne(again)];
    expect(numbersOf(d!)).toEqual(numbersOf(b!));
    expect(new Set([a, b, c].map((result) => result!.testNats)).size).toBe(3);
  });
});

describe("a run that is interrupted", () => {
  /** Compares a run that was broken up in some way with one that was not. */
  async function expectSame(breakUp: (run: Run) => Promise<void>): Promise<void> {
    const folder = temporaryFolder();
    const [whole, broken] = [await galRun(folder, "whole"), await galRun(folder, "broken")];
    const expected = (await runOne(whole))!;
    await breakUp(broken);
    expect(existsSync(join(broken.folder, "result.json"))).toBe(false);
    expect(numbersOf((await runOne(broken))!)).toEqual(numbersOf(expected));
    expect(await tensorsOf(broken.folder)).toEqual(await tensorsOf(whole.folder));
    expect(metricsOf(broken.folder)).toEqual(metricsOf(whole.folder));
  }

  test("by a signal goes on to the same bits", () =>
    expectSame(async (run) => {
      expect(await stopAfter(run, 13)).toBeUndefined();
    }));

  test("again and again goes on to the same bits", () =>
    expectSame(async (run) => {
      for (const update of [1, 2, 10, 19, 33, 39]) expect(await stopAfter(run, update)).toBeUndefined();
    }));

  test("by a signal that came before it began keeps nothing but its configuration", () =>
    expectSame(async (run) => {
      expect(await runOne(run, { signal: AbortSignal.abort() })).toBeUndefined();
    }));

  test("by death goes on from the last evaluation to the same bits, with every metric once", () =>
    expectSame(async (run) => {
      await dieAfter(run, 27);
      expect(metricsOf(run.folder)).toHaveLength(26 + 2);
      await dieAfter(run, 38);
    }));

  test("by death before the first checkpoint begins again", () => expectSame((run) => dieAfter(run, 6)));

  test("in the middle of writing a file leaves none of it behind", async () => {
    const run = await galRun(temporaryFolder(), "runs");
    await dieAfter(run, 17);
    writeFileSync(join(run.folder, "checkpoint.safetensors.4711.0badcafe.tmp"), "half");
    await runOne(run);
    expect(readdirSync(run.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("in the middle of a line of metrics goes on", () =>
    expectSame(async (run) => {
      await dieAfter(run, 17);
      const path = join(run.folder, "metrics.jsonl");
      truncateSync(path, statSync(path).size - 20);
    }));

  test("and has lost its checkpoint to a damaged disk begins again", () =>
    expectSame(async (run) => {
      await stopAfter(run, 23);
      const path = join(run.folder, "checkpoint.safetensors");
      const bytes = readFileSync(path);
      bytes[bytes.length - 100]! ^= 1;
      writeFileSync(path, bytes);
    }));

  test("and has a checkpoint that was cut off begins again", () =>
    expectSame(async (run) => {
      await stopAfter(run, 23);
      truncateSync(join(run.folder, "checkpoint.safetensors"), 999);
    }));
});

describe("two configurations with the same seed", () => {
  test("read the same text in the same order, whatever the dropout, the cell and the sizes of the model", async () => {
    const folder = temporaryFolder();
    const configurations = {
      none: {},
      gal: { dropout: "gal" },
      gru: { cell: "gru", hiddenSize: 21, layers: 2 },
    };
    const runs = await planOf(smallComparison(folder, { configurations, seeds: [5] }), folder);
    const read = await Promise.all(
      runs.map(async (run) => {
        const streams = trainingStreams((await corpusParts(run)).train, run.config);
        return Array.from({ length: 2 * streams.batchesPerEpoch }, (_, step) => streams.at(step));
      }),
    );
    expect(read[1]).toEqual(read[0]);
    expect(read[2]).toEqual(read[0]);
  });

  test("begin with the same weights, whatever the dropout; another seed with others", async () => {
    const folder = temporaryFolder();
    const configurations = { none: {}, naive: { dropout: "naive" }, gal: { dropout: "galUntied:0.5" } };
    const runs = await planOf(smallComparison(folder, { configurations, seeds: [5, 6] }), folder);
    const tape = new Tape(await createEngine("strict"));
    const weights = await Promise.all(
      runs.map(async (run) => {
        const { model } = new Trainer({ tape, ...(await corpusParts(run)), config: run.config });
        return Promise.all(
          Array.from(model.parameters, async ([name, tensor]) => [name, await tensor.data()]),
        );
      }),
    );
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
    expect(weights[3]).not.toEqual(weights[0]);
    expect(weights[4]).toEqual(weights[3]);
  });
});
