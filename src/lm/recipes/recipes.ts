/** Published ways of training, whole: architecture, dropout, optimiser and all that goes with them, under one name. */
import { oneOf } from "../../errors.ts";
import type { TrainingOptions } from "../trainingConfig.ts";
import { awdLstm2017 } from "./awdLstm2017.ts";
import { merity2018 } from "./merity2018.ts";
import type { Recipe } from "./recipe.ts";
import { wen2018 } from "./wen2018.ts";

export type RecipeName = "awdLstm2017" | "merity2018" | "wen2018";

/** All recipes; each has a source. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = { awdLstm2017, merity2018, wen2018 };

export const recipeNames = Object.keys(recipes) as RecipeName[];

/**
 * The options of a recipe. What is given beside them wins, key by key; a key that is an object is replaced as a whole.
 *
 * @throws ConfigError for an unknown name, with the nearest
 * @example trainingConfig({ ...recipe("awdLstm2017"), hiddenSize: 512, epochs: 100 })
 */
export function recipe(name: string, where = "recipe"): TrainingOptions {
  return structuredClone(recipes[oneOf(where, "the recipe", name, recipeNames)].options);
}
