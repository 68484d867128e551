/** --recipe: what wins over what, what a run says of it, and the command that lists recipes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { givenOptions } from "../../src/cli/flags/trainingOptions.ts";
import { recipeLines } from "../../src/cli/training/recipeLines.ts";
import { recipe, recipeNames, recipes, trainingConfig } from "../../src/lm/index.ts";
import { folderWithCorpus, lastJson, runCli } from "./runCli.ts";

describe("options", () => {
  test("a file wins over a recipe, and a flag over both", async () => {
    const path = join(folderWithCorpus(), "config.json");
    writeFileSync(path, JSON.stringify({ hiddenSize: 50, clip: 1 }));
    const named = { recipe: "awdLstm2017" };
    expect(await givenOptions(named)).toEqual(recipe("awdLstm2017"));
    expect(await givenOptions({ ...named, config: path, hiddenSize: 60 })).toEqual({
      ...recipe("awdLstm2017"),
      hiddenSize: 60,
      clip: 1,
    });
  });

  test("a flag that is part of an object changes that part of the recipe's", async () => {
    const options = await givenOptions({ recipe: "awdLstm2017", weightDecay: 0, learningRate: 5 });
    expect(trainingConfig(options)).toMatchObject({
      learningRate: 5,
      optimizer: { name: "sgd", weightDecay: 0 },
    });
    expect((recipe("awdLstm2017").optimizer as { weightDecay: number }).weightDecay).toBe(1.2e-6);
  });

  test("an unknown recipe is refused with the nearest", async () => {
    await expect(givenOptions({ recipe: "awdLstm" })).rejects.toThrow("--recipe: the recipe is not known.");
  });
});

test("the lines name every option of the recipe, and what was given instead", () => {
  for (const name of recipeNames) {
    const lines = recipeLines(name, { ...recipe(name), batchSize: 7, clip: 9 }).join("\n");
    expect(lines).toContain(recipes[name].source);
    for (const [key, value] of Object.entries(recipes[name].options)) {
      expect(lines).toContain(key);
      expect(lines).toContain(typeof value === "string" ? value : JSON.stringify(value));
    }
    expect(lines).toMatch(/batchSize +\d+ +here 7/);
    expect(lines.match(/here/g)).toHaveLength(2);
  }
});

/** The first test builds the package. */
const PATIENCE = 120_000;

describe("the command", { timeout: PATIENCE }, () => {
  test("lists all recipes, and shows one with what was published", async () => {
    const cwd = folderWithCorpus();
    const list = await runCli(["recipe", "list", "--json"], { cwd });
    const { recipes: listed } = JSON.parse(list.stdout) as { recipes: { name: string }[] };
    expect(listed.map(({ name }) => name)).toEqual(recipeNames);
    const show = await runCli(["recipe", "show", "awdLstm2017"], { cwd });
    expect(show.code).toBe(0);
    expect(show.stdout).toContain("temporalPenalty");
    expect(show.stdout).toContain('"hiddenSize":1150');
    const json = JSON.parse((await runCli(["recipe", "show", "wen2018", "--json"], { cwd })).stdout);
    expect(json.options).toEqual(recipe("wen2018"));
    const unknown = await runCli(["recipe", "show", "wen2019"], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Did you mean "wen2018"?');
  });

  test("train says what the recipe set, trains by it, and goes on with the same words", async () => {
    const cwd = folderWithCorpus();
    const small = [
      ...["--recipe", "awdLstm2017", "--hidden-size", "10", "--last-hidden-size", "6"],
      ...["--embedding-size", "6", "--batch-size", "2", "--sequence-length", "9"],
    ];
    const first = await runCli(["train", "corpus.txt", ...small, "--steps", "3", "--json"], { cwd });
    expect(first.stderr).toContain("recipe      awdLstm2017: Merity, Keskar & Socher 2017");
    expect(first.stderr).toMatch(/hiddenSize +256 +here 10/);
    expect(first.code).toBe(0);
    expect(lastJson(first.stdout)).toMatchObject({ steps: 3 });
    const second = await runCli(
      ["train", "corpus.txt", ...small, "--steps", "5", "--resume", "corpus.safetensors", "--json"],
      { cwd },
    );
    expect(second.code).toBe(0);
    expect(lastJson(second.stdout)).toMatchObject({ steps: 5 });
    expect(readFileSync(join(cwd, "corpus.safetensors")).length).toBeGreaterThan(1000);
  });
});
