/** The recipes of examples/tiny-shakespeare are configurations of `tidegate train --config`, and say what their README says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainingConfig, trainingKeys } from "../../src/lm/index.ts";
import { root } from "../sourceFiles.ts";

const folder = join(root, "examples/tiny-shakespeare");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const recipes = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are three recipes", () => {
  expect(recipes.sort()).toEqual(["five-minutes-relaxed.json", "five-minutes.json", "longer.json"]);
});

describe.each(recipes)("%s", (name) => {
  const recipe = JSON.parse(readFileSync(join(folder, name), "utf8"));

  test("has only keys of a training configuration, whose values are accepted as they stand", () => {
    expect(Object.keys(recipe).filter((key) => !trainingKeys.includes(key))).toEqual([]);
    const config = trainingConfig(recipe);
    const { hiddenSize, batchSize, sequenceLength, epochs, learningRate, clip, seed } = recipe;
    expect(config).toMatchObject({ hiddenSize, batchSize, sequenceLength, epochs, learningRate, clip, seed });
    expect(config.schedule).toMatchObject(recipe.schedule);
    const { recurrent } = recipe.dropout;
    const rule = typeof recurrent === "number" ? { rate: recurrent, tie: "sequence" } : recurrent;
    expect(config.dropout.sites.recurrent).toMatchObject(rule);
  });

  test("is named in the README, with the width and the epochs that it has", () => {
    expect(readme).toContain(`examples/tiny-shakespeare/${name}`);
    const row = readme.split("\n").find((line) => line.startsWith(`| [${name}](${name}) |`));
    expect(row).toContain(`H ${recipe.hiddenSize}, B ${recipe.batchSize}, ${recipe.epochs} epochs`);
  });
});
