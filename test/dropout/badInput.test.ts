/**
 * Every way to specify a dropout that cannot be: the same typed error, which names the site and the mend, through the library,
 * a configuration file and the flag, with the exit code of bad usage and nothing written. And a rate of 0, which is nothing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { exitCodeOf } from "../../src/cli/exitCodes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { createEngine, randomKey } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import { evaluate, LanguageModel, trainingConfig } from "../../src/lm/index.ts";
import { abilities, drawMasks, type RecurrentDropout, recurrentDropout, sites } from "../../src/nn/index.ts";
import { filesIn, folderWithCorpus } from "../cli/runCli.ts";
import { mistakes } from "./mistakes.ts";

const strict = await createEngine("strict");
/** As JSON, with the largest numbers for those that JSON lacks. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, v) => (v === Number.POSITIVE_INFINITY ? "1e999" : v)).replaceAll(
    '"1e999"',
    "1e999",
  );

/** Runs the command line in this process: the message and the exit code of its error. */
async function refusalOf(...args: string[]): Promise<{ message: string; code: number }> {
  const written = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  onTestFinished(() => written.mockRestore());
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    return { message: (error as Error).message, code: exitCodeOf(error) };
  }
  throw new Error("it was accepted");
}

describe.each(mistakes)("%s", (_, dropout, words, network = {}) => {
  let message = "";

  test("is a ConfigError in the library", () => {
    try {
      trainingConfig({ ...network, dropout });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      ({ message } = error as Error);
    }
    expect(message).toMatch(words);
  });

  test("is the same on the command line, by flag and by file, with exit code 2 and nothing written", async () => {
    const cwd = folderWithCorpus();
    const config = join(cwd, "config.json");
    writeFileSync(config, json({ ...network, dropout }));
    const corpus = join(cwd, "corpus.txt");
    const text = typeof dropout === "string" ? dropout : json(dropout);
    const cell = network.cell ? ["--cell", network.cell] : [];
    const train = [
      "train",
      corpus,
      "--engine",
      "strict",
      "--steps",
      "1",
      "--out",
      join(cwd, "m.safetensors"),
    ];
    const byFlag = await refusalOf(...train, ...cell, "--dropout", text);
    expect(byFlag).toEqual({ message, code: 2 });
    const byFile = await refusalOf(...train, "--config", config);
    expect(byFile).toEqual({ message: expect.stringContaining(message), code: 2 });
    expect(await refusalOf("dropout", "check", text, ...cell, "--engine", "strict")).toEqual({
      message,
      code: 2,
    });
    expect(filesIn(cwd)).toEqual(["config.json", "corpus.txt"]);
  });
});

test("NaN is no JSON, and no rate of a preset or of its own", async () => {
  expect(await refusalOf("dropout", "show", '{"recurrent": NaN}')).toMatchObject({
    ...{ code: 2, message: expect.stringContaining("--dropout: its JSON cannot be read") },
  });
  for (const text of ["NaN", "gal:NaN", "gal:Infinity", "Infinity"])
    expect((await refusalOf("dropout", "show", text)).code).toBe(2);
  expect(() => recurrentDropout({ recurrent: Number.NaN })).toThrow(
    "dropout.recurrent: rate must be a fraction",
  );
});

test("more masks than memory, on the command line: the site, the mend, exit code 2, nothing written", async () => {
  const cwd = folderWithCorpus("the tide comes in, and goes out again. ".repeat(20_000));
  const { message, code } = await refusalOf(
    ...["train", join(cwd, "corpus.txt"), "--engine", "strict", "--steps", "1", "--hidden-size", "200"],
    ...["--layers", "1", "--batch-size", "50", "--sequence-length", "6000"],
    ...["--dropout", '{"recurrent": {"rate": 0.5, "tie": "step", "gates": "perGate"}}'],
  );
  expect(message).toMatch(
    /^dropout\.recurrent: the masks do not fit in memory beside the model\..*Use a smaller batchSize/,
  );
  expect(code).toBe(2);
  expect(filesIn(cwd)).toEqual(["corpus.txt"]);
});

describe("no Monte-Carlo passes", () => {
  test("on the command line", async () => {
    const { message, code } = await refusalOf(
      "eval",
      "m.safetensors",
      "a.txt",
      "--mode",
      "mc",
      "--passes",
      "0",
    );
    expect(message).toMatch(/--passes: not a positive integer.*got "0"/);
    expect(code).toBe(2);
  });

  test("in the library", async () => {
    const model = new LanguageModel(new Tape(strict), 5, { hiddenSize: 3 }, 1);
    const mode = { name: "monteCarlo", passes: 0, dropout: recurrentDropout("gal") } as const;
    const error: unknown = await evaluate(model, Int32Array.of(0, 1, 2), { mode }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(/^evaluate: passes must be a positive integer\..*passes: 16/);
  });
});

describe("masks are not drawn from a value that was written by hand and is wrong", () => {
  const sizes = { steps: 2, rows: 2, inputSize: 3, hiddenSize: 4, layers: 1, gates: 4 };
  const draw = (dropout: unknown, at = { window: 0, stream: 0 }) => {
    const tape = new Tape(strict);
    return () =>
      tape.step(() => drawMasks(tape, dropout as RecurrentDropout, sizes, randomKey(1, "masks"), at));
  };
  const rule = { tie: "sequence", gates: "shared" };

  test.each([1, 2, -1, Number.NaN, Number.POSITIVE_INFINITY, "0.5"])("a rate of %s", (rate) => {
    expect(draw({ name: "mine", sites: { recurrent: { ...rule, rate } } })).toThrow(
      /^dropout\.recurrent: rate must be a fraction\./,
    );
  });

  test("what is none at all, and a window that is none", () => {
    expect(draw("gall")).toThrow('Did you mean "gal"?');
    expect(draw(null)).toThrow("dropout: not an object.");
    expect(draw({ name: "mine", sites: { candidate: { rate: 0.5, ...rule, tie: "batch" } } })).toThrow(
      "dropout.candidate: this site cannot have this tie.",
    );
    for (const window of [-1, 0.5, Number.NaN]) {
      expect(draw("gal", { window, stream: 0 })).toThrow(ConfigError);
      expect(draw("gal", { window: 0, stream: window })).toThrow(
        "drawMasks: stream must be zero or a positive integer.",
      );
    }
  });
});

describe("a rate of 0", () => {
  test.each(sites)("at %s is no site, whatever else it says", (site) => {
    const { ties, kinds, perLayer } = abilities[site];
    for (const tie of ties) expect(recurrentDropout({ [site]: { rate: 0, tie } }).sites).toEqual({});
    for (const kind of kinds) expect(recurrentDropout({ [site]: { rate: 0, kind } }).sites).toEqual({});
    expect(recurrentDropout({ [site]: -0 }).sites).toEqual({});
    if (perLayer) expect(recurrentDropout({ [site]: [0, 0] }).sites).toEqual({});
  });
});
