/** The modes of `eval`: what they print, what they fit, and which flags they refuse. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meanFlag, temperatureFlag } from "../../src/cli/flags/evalValues.ts";
import { readJsonLines } from "../../src/io/index.ts";
import { type Ended, lastJson, runCli, smallText, tiny } from "./runCli.ts";

let cwd = "";
const text = smallText();
const parts = ["--split", "0.8,0.1,0.1"];

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "tidegate-cli-"));
  writeFileSync(join(cwd, "corpus.txt"), text);
  writeFileSync(join(cwd, "valid.txt"), text.slice(2400, 2700));
  writeFileSync(join(cwd, "train.txt"), text.slice(0, 2400));
  await runCli(["train", "corpus.txt", ...tiny, "--steps", "60", "--dropout", "gal:0.2", "--out", "m.st"], {
    cwd,
  });
}, 120_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Ended> =>
  runCli(["eval", "m.st", "corpus.txt", "--engine", "strict", ...args], { cwd });
const json = async (...args: string[]): Promise<Record<string, unknown>> =>
  lastJson((await run(...args, "--json")).stdout);

describe("mc", () => {
  test("gives predictive entropy and mutual information beside the score, in words and in JSON", async () => {
    const result = await json("--mode", "mc", "--passes", "3");
    expect(result).toEqual({
      ...{ checkpoint: "m.st", chars: 2999, mode: "mc", passes: 3, mean: "arithmetic" },
      ...{ nats: expect.any(Number), bitsPerChar: expect.any(Number), perplexity: expect.any(Number) },
      ...{ predictiveEntropy: expect.any(Number), mutualInformation: expect.any(Number) },
    });
    const { predictiveEntropy: H, mutualInformation: I } = result as Record<string, number>;
    expect(I!).toBeGreaterThan(0);
    expect(H!).toBeGreaterThan(I!);
    const words = await run("--mode", "mc", "--passes", "3", "--mean", "power:0.5");
    expect(words.stdout).toContain(`predictive entropy  ${H!.toFixed(4)} nats/char`);
    expect(words.stdout).toContain(`mutual information  ${I!.toFixed(4)} nats/char`);
    expect(words.stdout).toMatch(/mode +Monte-Carlo dropout, 3 passes, power:0.5 mean/);
  });

  test("a power of 1 is the arithmetic mean, and other means are other scores", async () => {
    const nats = async (mean: string): Promise<number> =>
      (await json("--mode", "mc", "--passes", "3", "--mean", mean))["nats"] as number;
    const arithmetic = await nats("arithmetic");
    expect(await nats("power:1")).toBeCloseTo(arithmetic, 12);
    expect(await nats("geometric")).not.toBeCloseTo(arithmetic, 6);
  });
});

describe("expectation at a temperature", () => {
  test("of 1 has the numbers of the expectation", async () => {
    const plain = await json();
    expect(await json("--temperature", "1")).toEqual({ ...plain, temperature: 1 });
  });

  test("is fitted on the validation part and scores the test part", async () => {
    const fit = await json(...parts, "--temperature", "fit");
    expect(fit).toMatchObject({
      ...{ chars: 299, mode: "expectation", temperature: expect.any(Number) },
      fitted: { on: "the valid part of corpus.txt", temperature: fit["temperature"] },
    });
    const { nats, natsBefore, temperature } = fit["fitted"] as Record<string, number>;
    expect(nats!).toBeLessThan(natsBefore!);
    const valid = [...parts, "--part", "valid"];
    expect((await json(...valid, "--temperature", String(temperature)))["nats"]).toBeCloseTo(nats!, 6);
    expect((await json(...valid))["nats"]).toBeCloseTo(natsBefore!, 6);
    expect((await json(...parts, "--temperature", String(temperature)))["nats"]).toBe(fit["nats"]);
    const file = await json("--temperature", "fit", "--valid", "valid.txt");
    expect(file).toMatchObject({ chars: 2999, temperature, fitted: { on: "valid.txt" } });
  });

  test("is not fitted on what is scored, nor on nothing", async () => {
    for (const args of [
      ["--split", "0.9,0.1"],
      [...parts, "--part", "all"],
      [...parts, "--part", "valid"],
    ]) {
      expect(await run(...args, "--temperature", "fit")).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining(
          "--temperature fit: what is fitted on the text that is scored proves nothing",
        ),
      });
    }
    expect(await run("--temperature", "fit")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--temperature fit: there is no validation text to fit on"),
    });
  });
});

describe("dynamic", () => {
  test("with rate 0 is the expectation in one row, and with a rate it is not", async () => {
    const { nats } = await json("--rows", "1");
    const still = await json("--mode", "dynamic", "--learning-rate", "0", "--segment", "7");
    expect(still).toMatchObject({
      ...{ chars: 2999, mode: "dynamic", rule: "sgd", learningRate: 0, segment: 7, decay: 0 },
    });
    expect(still["nats"]).toBeCloseTo(nats as number, 6);
    const moving = await json("--mode", "dynamic", "--learning-rate", "0.5");
    expect(moving["nats"]).toBeLessThan((nats as number) - 0.05);
  });

  test("by the RMS rule reads the training part, or a file", async () => {
    const args = ["--mode", "dynamic", "--rule", "rms", "--learning-rate", "0.001", "--decay", "0.01"];
    const split = await json(...parts, ...args);
    expect(split).toMatchObject({ chars: 299, rule: "rms", learningRate: 0.001, decay: 0.01, segment: 20 });
    const file = await json(...parts, ...args, "--train", "train.txt");
    expect(file).toEqual(split);
    expect(split["nats"]).not.toBe((await json(...parts, ...args, "--epsilon", "1"))["nats"]);
    expect(await run(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--rule rms: there is no training text"),
    });
  });
});

test("cache says its numbers, and with lambda 0 is the expectation", async () => {
  const plain = await json();
  const none = await json("--mode", "cache", "--lambda", "0", "--cache-size", "50", "--theta", "0.7");
  expect(none).toMatchObject({ mode: "cache", cacheSize: 50, theta: 0.7, lambda: 0 });
  expect(none["nats"]).toBeCloseTo(plain["nats"] as number, 5);
  const some = await json("--mode", "cache");
  expect(some).toMatchObject({ cacheSize: 500, theta: 0.3, lambda: 0.1 });
  expect(some["nats"]).not.toBeCloseTo(plain["nats"] as number, 3);
});

test("--scores writes every character in the order of the text, and overwrites nothing by itself", async () => {
  const args = ["--mode", "mc", "--passes", "2", "--scores", "scores.jsonl"];
  const result = await json(...args);
  const path = join(cwd, "scores.jsonl");
  const lines = readJsonLines(path) as Record<string, number | string>[];
  expect(lines.map(({ position }) => position)).toEqual(Array.from({ length: 2999 }, (_, k) => k + 1));
  expect(lines.map(({ symbol }) => symbol).join("")).toBe(text.slice(1));
  for (const key of ["nats", "predictiveEntropy", "mutualInformation"]) {
    const sum = lines.reduce((total, line) => total + (line[key] as number), 0);
    expect(sum / 2999).toBeCloseTo(result[key] as number, 12);
  }
  const before = readFileSync(path);
  expect(await run("--scores", "scores.jsonl")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--scores: scores.jsonl exists"),
  });
  expect(readFileSync(path)).toEqual(before);
  await run("--scores", "scores.jsonl", "--force");
  const plain = readJsonLines(path) as Record<string, number | string>[];
  expect(Object.keys(plain[0]!)).toEqual(["position", "symbol", "nats"]);
  expect(plain.length).toBe(2999);
});

test("Ctrl-C ends a long evaluation without a result", async () => {
  const args = ["eval", "m.st", "corpus.txt", "--engine", "strict", "--mode", "mc", "--passes", "20000"];
  const ended = await runCli([...args, "--scores", "late.jsonl"], { cwd, interruptAt: /scoring corpus.txt/ });
  expect([ended.code, ended.stdout]).toEqual([130, ""]);
  expect(existsSync(join(cwd, "late.jsonl"))).toBe(false);
});

describe("what is refused", () => {
  test.each([
    [["--passes", "3"], "--passes: this flag does nothing here. Expected --mode mc, got --mode expectation."],
    [
      ["--mode", "mc", "--temperature", "2"],
      "--temperature: this flag does nothing here. Expected --mode expectation, got --mode mc.",
    ],
    [
      ["--mode", "mc", "--learning-rate", "1"],
      "--learning-rate: this flag does nothing here. Expected --mode dynamic, got --mode mc.",
    ],
    [
      ["--mode", "dynamic", "--cache-size", "9"],
      "--cache-size: this flag does nothing here. Expected --mode cache, got --mode dynamic.",
    ],
    [
      ["--mode", "dynamic", "--epsilon", "1"],
      "--epsilon: this flag does nothing here. Expected --rule rms, got --rule sgd.",
    ],
    [["--mode", "dynamic", "--rows", "4"], "dynamic evaluation reads the text in one row"],
    [["--mode", "mc", "--passes", "0"], "--passes: not a positive integer"],
    [["--mode", "mc", "--mean", "power"], "--mean: the mean cannot be read"],
    [
      ["--mode", "cache", "--lambda", "1"],
      "--lambda: not a fraction. Expected a number of 0 or more and below 1",
    ],
    [["--mode", "cache", "--cache-size", "0"], "--cache-size: not a positive integer"],
    [["--mode", "dynamics"], 'Did you mean "dynamic"?'],
    [["--temperature", "0"], "--temperature: not a positive number"],
  ])("%j", async (args, words) => {
    expect(await run(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(words) });
  });
});

test("a mean and a temperature are read to the last character", () => {
  expect([meanFlag("geometric"), meanFlag("power:-2"), meanFlag("power:.5")]).toEqual([
    "geometric",
    { power: -2 },
    { power: 0.5 },
  ]);
  for (const wrong of ["", "power", "power:", "power:x", "power:1x", "harmonic"])
    expect(() => meanFlag(wrong)).toThrow(
      "--mean: the mean cannot be read. Expected arithmetic, geometric or power:Q",
    );
  expect([temperatureFlag("fit"), temperatureFlag("0.9")]).toEqual(["fit", 0.9]);
  expect(() => temperatureFlag("fitted")).toThrow("--temperature: not a positive number");
});
