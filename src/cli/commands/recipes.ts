/** tidegate recipe list | show */
import { oneOf } from "../../errors.ts";
import { recipeNames, recipes } from "../../lm/index.ts";
import { createConsole } from "../terminal/console.ts";
import { facts } from "../terminal/table.ts";
import { recipeLines } from "../training/recipeLines.ts";

interface Flags {
  readonly json?: boolean;
}

/** Lists the recipes. */
export function listRecipes({ json }: Flags): void {
  const console = createConsole(json);
  console.result(
    ...recipeNames.flatMap((name) => {
      const { summary, source } = recipes[name];
      return [
        name,
        ...facts(
          [
            ["what", summary],
            ["source", source],
          ],
          "  ",
        ),
      ];
    }),
  );
  console.json({ recipes: recipeNames.map((name) => ({ name, ...recipes[name] })) });
}

/** Shows one. @throws ConfigError for a name that there is not */
export function showRecipe(word: string, { json }: Flags): void {
  const name = oneOf("recipe show", "the recipe", word, recipeNames);
  const { summary, published, notes } = recipes[name];
  const console = createConsole(json);
  console.result(
    ...recipeLines(name),
    ...facts([
      ["what", summary],
      ["published", JSON.stringify(published)],
    ]),
    ...notes.map((note) => `  - ${note}`),
  );
  console.json({ name, ...recipes[name] });
}
