/** The flags of regularisation: that they reach the configuration, in train and in compare, and that a run says what is on. */
import { describe, expect, test } from "vitest";
import { givenOptions } from "../../src/cli/flags/trainingOptions.ts";
import { createProgram } from "../../src/cli/program.ts";
import { configurationLines } from "../../src/cli/training/configurationLines.ts";
import { type TrainingOptions, trainingConfig } from "../../src/lm/index.ts";
import { tinyTrainer } from "../lm/tinyRun.ts";

/** The options that a command line gives. */
async function optionsOf(name: "train" | "compare", flags: readonly string[]): Promise<TrainingOptions> {
  const command = createProgram().commands.find((found) => found.name() === name)!;
  command.parseOptions([...flags]);
  return givenOptions(command.opts());
}

describe.each(["train", "compare"] as const)("the flags of %s", (command) => {
  test("become the keys of the same names", async () => {
    const options = await optionsOf(command, [
      ...["--activation-penalty", "2", "--temporal-penalty", "1.5", "--l1", "1e-6", "--l2", "0.5"],
      ...[
        "--label-smoothing",
        "0.1",
        "--averaging",
        "ntAsgd",
        "--windows",
        '{"name": "variable", "deviation": 2}',
      ],
      ...["--consistency", '{"name": "rDrop", "weight": 0.5}'],
      ...["--concrete-entropy", "3", "--concrete-weights", "0.01"],
      ...["--dropout-adjustment", '{"name": "validationGap", "raise": 1.5}'],
    ]);
    expect(trainingConfig({ dropout: "gal", ...options })).toMatchObject({
      activationPenalty: 2,
      temporalPenalty: 1.5,
      l1: 1e-6,
      l2: 0.5,
      labelSmoothing: 0.1,
      averaging: { name: "ntAsgd", patience: 5 },
      windows: { name: "variable", half: 0.05, deviation: 2, minimum: 5 },
      consistency: { name: "rDrop", weight: 0.5 },
      concreteEntropy: 3,
      concreteWeights: 0.01,
      dropoutAdjustment: { name: "validationGap", raise: 1.5, patience: 1 },
    });
  });

  test("that were not given are not there", async () => {
    expect(await optionsOf(command, ["--l1", "0.1"])).toEqual({ l1: 0.1 });
  });

  test("refuse what is no number, and name the flag", async () => {
    await expect(optionsOf(command, ["--l2", "-1"])).rejects.toThrow(
      '--l2: not zero or a positive number. Expected a finite number of 0 or more, got "-1". For example --l2 0.000001.',
    );
  });
});

test("a run says in one line what is on, and has no such line when nothing is", async () => {
  const linesOf = async (options: TrainingOptions): Promise<string[]> => {
    const lines = configurationLines(await tinyTrainer(options), { corpus: "x", test: undefined, out: "y" });
    return lines.filter((line) => /^ *also /.test(line)).map((line) => line.trim().replace(/ +/g, " "));
  };
  expect(await linesOf({ dropout: "gal" })).toEqual([]);
  const everything = { activationPenalty: 2, temporalPenalty: 1, l1: 1e-6, l2: 0.5, labelSmoothing: 0.1 };
  const names = { averaging: "polyak", consistency: "fraternal", windows: "variable" };
  expect(await linesOf({ dropout: "gal", ...everything, ...names })).toEqual([
    "also AR 2, TAR 1, L1 1.00e-6, L2 0.5, smoothing 0.1, fraternal 0.15 (two passes), averages polyak, windows of varying length",
  ]);
  expect(await linesOf({ dropout: "concrete2017", concreteEntropy: 3 })).toEqual([
    "also learned rates with entropy 3",
  ]);
  const dropoutAdjustment = { name: "validationGap", lower: 0.8, gap: 0.1 } as const;
  const lines = async (options: TrainingOptions): Promise<string[]> => {
    const trainer = await tinyTrainer(options, { withValid: true });
    return configurationLines(trainer, { corpus: "x", test: undefined, out: "y" });
  };
  expect((await lines({ dropout: "gal", dropoutAdjustment })).join("\n")).toMatch(
    / also +rates times 1\.25 after 1 validation without a better one, to 0\.8 at most; times 0\.8 below a gap of 0\.1 nats, to 0\.01 at least\n/,
  );
});
