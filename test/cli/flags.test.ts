import { Option } from "commander";
import { describe, expect, test } from "vitest";
import { engineChoices } from "../../src/cli/flags/engineFlag.ts";
import { itemsOf, seedsFlag } from "../../src/cli/flags/listFlag.ts";
import { normaliseArguments } from "../../src/cli/flags/normaliseArguments.ts";
import { numberFlag } from "../../src/cli/flags/numberFlag.ts";
import { cellChoices, tokenizerChoices } from "../../src/cli/flags/trainingFlags.ts";
import { givenOptions } from "../../src/cli/flags/trainingOptions.ts";
import { dropoutFlag, nameOrJsonFlag, seedFlag } from "../../src/cli/flags/valueFlag.ts";
import { createProgram } from "../../src/cli/program.ts";
import { resumeCommand } from "../../src/cli/training/resumeCommand.ts";
import { engineNames } from "../../src/engine/index.ts";
import { ConfigError, strictNumber } from "../../src/errors.ts";
import { trainingConfig, trainingKeys } from "../../src/lm/index.ts";
import { presetNames } from "../../src/nn/index.ts";

describe("numbers", () => {
  test.each(["", " 5", "5 ", "12x", "0x10", "1e9999", "-1e9999", "NaN", "Infinity", "1,000", "--5"])(
    "%j is no number",
    (text) => {
      expect(strictNumber(text)).toBeUndefined();
    },
  );

  test.each([
    ["5", 5],
    ["-2", -2],
    [".5", 0.5],
    ["5.", 5],
    ["2e-3", 0.002],
    ["+1E2", 100],
  ])("%s is read as %d", (text, value) => {
    expect(strictNumber(text)).toBe(value);
  });

  test("a refused number names its flag and shows one that would do", () => {
    const parse = numberFlag("--hidden-size", "positiveInteger", 128);
    expect(parse("64")).toBe(64);
    expect(() => parse("12x")).toThrow(ConfigError);
    expect(() => parse("12x")).toThrow(
      '--hidden-size: not a positive integer. Expected an integer of 1 or more, got "12x". For example --hidden-size 128.',
    );
  });

  test.each(["0", "-3", "2.5", "9007199254740993"])("a size of %s is refused", (text) => {
    expect(() => numberFlag("--layers", "positiveInteger", 2)(text)).toThrow(ConfigError);
  });

  test("a share is above 0 and at most 1", () => {
    const parse = numberFlag("--top-p", "share", 0.9);
    expect([parse("1"), parse("0.1")]).toEqual([1, 0.1]);
    expect(() => parse("0")).toThrow(ConfigError);
    expect(() => parse("1.1")).toThrow(ConfigError);
  });
});

describe("lists, seeds and JSON", () => {
  test("a count of seeds means 1, 2, 3 …; with a comma it is a list", () => {
    expect(seedsFlag("3")).toEqual([1, 2, 3]);
    expect(seedsFlag("7,")).toEqual([7]);
    expect(seedsFlag("1, 5,tide")).toEqual([1, 5, "tide"]);
  });

  test.each(["", "0", "1.5", "-2", "1,,2", ",", "100000", "three"])("seeds %j are refused", (text) => {
    expect(() => seedsFlag(text)).toThrow("--seeds: the seeds cannot be read");
  });

  test("a comma inside braces does not end an item", () => {
    expect(itemsOf("--dropouts", 'none, gal:0.2,{"input":0.1,"output":0.2}')).toEqual([
      "none",
      "gal:0.2",
      '{"input":0.1,"output":0.2}',
    ]);
    expect(() => itemsOf("--dropouts", "none,,gal")).toThrow(ConfigError);
  });

  test("a seed is an integer where it looks like one", () => {
    expect([seedFlag("12"), seedFlag("-3"), seedFlag("1e3"), seedFlag("tide")]).toEqual([
      12,
      -3,
      "1e3",
      "tide",
    ]);
  });

  test("dropout is a rate, a preset or JSON", () => {
    expect(dropoutFlag("0.5")).toBe(0.5);
    expect(dropoutFlag("gal:0.25")).toBe("gal:0.25");
    expect(dropoutFlag('{"recurrent":0.25}')).toEqual({ recurrent: 0.25 });
  });

  test("JSON that cannot be read names the flag", () => {
    expect(() => nameOrJsonFlag("--optimizer")("{name: sgd}")).toThrow(
      /^--optimizer: its JSON cannot be read.*single quotes\.$/s,
    );
  });
});

describe("training options", () => {
  test("only what was given is there, so that it wins over nothing by accident", async () => {
    expect(await givenOptions({ hiddenSize: 64, json: true, out: "x", logEvery: 100 })).toEqual({
      hiddenSize: 64,
    });
  });

  test("--reset-state, --tie-embeddings and their opposites set the keys either way, or not at all", async () => {
    const optionsOf = async (...flags: string[]): Promise<object> => {
      const train = createProgram().commands.find((command) => command.name() === "train")!;
      train.parseOptions(flags);
      const { carryState, tieEmbeddings } = await givenOptions(train.opts());
      return { carryState, tieEmbeddings };
    };
    expect(await optionsOf()).toEqual({});
    expect(await optionsOf("--reset-state", "--tie-embeddings")).toEqual({
      carryState: false,
      tieEmbeddings: true,
    });
    expect(await optionsOf("--no-reset-state", "--no-tie-embeddings")).toEqual({
      carryState: true,
      tieEmbeddings: false,
    });
  });

  test("--reset-before and --weight-decay become the keys they stand for", async () => {
    const options = await givenOptions({
      cell: "gru",
      resetBefore: true,
      weightDecay: 0.1,
      learningRate: 0.01,
    });
    expect(options).toEqual({
      cell: "gru",
      resetAfter: false,
      optimizer: { name: "adam", weightDecay: 0.1 },
      learningRate: 0.01,
    });
    expect(trainingConfig(options).optimizer).toMatchObject({
      name: "adam",
      weightDecay: 0.1,
      learningRate: 0.01,
    });
  });

  test("the number of threads is no option of the training: the weights do not depend on it", async () => {
    await expect(givenOptions({ threads: 4 })).resolves.toEqual({});
  });

  test("every training option has a flag", () => {
    const flags = createProgram()
      .commands.find((command) => command.name() === "train")!
      .options.map((option) => option.attributeName());
    // set by --reset-before and --reset-state; the others are for files
    const withoutFlag = ["resetAfter", "forgetBias", "inputInit", "recurrentInit", "carryState"];
    expect(trainingKeys.filter((key) => !flags.includes(key))).toEqual(withoutFlag);
  });

  test("the choices written in the flags are those of the chapters", () => {
    expect([...engineChoices]).toEqual(engineNames);
    for (const cell of cellChoices) expect(trainingConfig({ cell }).cell).toBe(cell);
    for (const tokenizer of tokenizerChoices) expect(trainingConfig({ tokenizer }).tokenizer).toBe(tokenizer);
  });

  test("the help of train names every preset", () => {
    let help = "";
    const train = createProgram().commands.find((command) => command.name() === "train")!;
    train.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    train.outputHelp();
    for (const name of presetNames) expect(help).toContain(name);
  });
});

describe("the flags of char-rnn and torch-rnn", () => {
  const options = [
    new Option("--hidden-size <n>"),
    new Option("--sequence-length <n>"),
    new Option("--cell <name>"),
    new Option("--resume <file>"),
    new Option("--prime <text>"),
    new Option("--tie-embeddings"),
  ];
  const train = (...args: string[]): string[] => normaliseArguments("train", options, args);

  test.each([["-rnn_size"], ["--rnn_size"], ["--rnn-size"], ["-rnn-size"]])("%s is --hidden-size", (flag) => {
    expect(train("a.txt", flag, "128")).toEqual(["a.txt", "--hidden-size", "128"]);
    expect(train(`${flag}=128`)).toEqual(["--hidden-size=128"]);
  });

  test("-model, -seq_length and -init_from have their new names", () => {
    expect(train("-model", "gru", "-seq_length", "50", "-init_from", "a b.t7")).toEqual([
      ...["--cell", "gru", "--sequence-length", "50", "--resume", "a b.t7"],
    ]);
  });

  test("own flags may be written with underscores", () => {
    expect(train("--hidden_size", "3", "--tie_embeddings")).toEqual([
      "--hidden-size",
      "3",
      "--tie-embeddings",
    ]);
  });

  test("a data folder becomes its input.txt", () => {
    expect(train("-data_dir", "data/tiny/", "-rnn_size", "5")).toEqual([
      "data/tiny/input.txt",
      "--hidden-size",
      "5",
    ]);
  });

  test("a checkpoint flag becomes the argument", () => {
    expect(
      normaliseArguments("sample", options, ["-checkpoint", "a.st", "-start_text", "-rnn_size"]),
    ).toEqual(["a.st", "--prime", "-rnn_size"]);
  });

  test("values, unknown flags and what follows -- are left as they are", () => {
    expect(train("--resume", "--rnn_size", "-x", "--what_is", "--", "-rnn_size")).toEqual([
      ...["--resume", "--rnn_size", "-x", "--what_is", "--", "-rnn_size"],
    ]);
  });
});

describe("the command to go on with", () => {
  test("it is the same, with --resume instead of how the run was begun", () => {
    expect(resumeCommand(["train", "a.txt", "--force", "--epochs", "3"], "a.safetensors")).toBe(
      "tidegate train a.txt --epochs 3 --resume a.safetensors",
    );
    expect(resumeCommand(["train", "-init_from", "old.st", "a.txt", "--resume=x"], "b.st")).toBe(
      "tidegate train a.txt --resume b.st",
    );
  });

  test("words that a shell would take apart are quoted", () => {
    expect(resumeCommand(["train", "my novel.txt", "--dropout", '{"output":0.5}', "it's"], "o.st")).toBe(
      `tidegate train 'my novel.txt' --dropout '{"output":0.5}' 'it'\\''s' --resume o.st`,
    );
  });
});
