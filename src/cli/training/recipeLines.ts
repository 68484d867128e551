/** What a recipe has set, in lines: nobody should train by numbers that they have not seen. */
import { type RecipeName, recipes, type TrainingOptions } from "../../lm/index.ts";
import { table } from "../terminal/table.ts";

/**
 * The recipe's options, and beside each what a file or a flag made of it.
 * @param name - of a recipe that exists
 * @param given - the options after all were put together; default the recipe's own
 */
export function recipeLines(name: string, given?: TrainingOptions): string[] {
  const { source, options } = recipes[name as RecipeName];
  const rows = Object.entries(options).map(([key, value]) => {
    const now: unknown = given === undefined ? value : given[key as keyof TrainingOptions];
    return [key, text(value), text(now) === text(value) ? "" : `here ${text(now)}`];
  });
  const [, ...lines] = table([{ heading: "" }, { heading: "" }, { heading: "" }], rows);
  return [`  recipe      ${name}: ${source}`, ...lines.map((line) => `    ${line}`)];
}

/** A word as it is, everything else as JSON. */
function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
