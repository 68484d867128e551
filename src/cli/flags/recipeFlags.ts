/** tidegate recipe list | show: arguments, flags, help. */
import type { Command } from "commander";

const examples = `
What --recipe sets a file of --config overrides, and a flag overrides both; the order on the command line does not matter.

Examples:
  tidegate recipe list
  tidegate recipe show awdLstm2017
  tidegate train novel.txt --recipe awdLstm2017 --hidden-size 400 --epochs 30
  tidegate compare novel.txt --recipe awdLstm2017 --dropouts awdLstm2017,none --seeds 3`;

/** Adds the command. */
export function addRecipeCommand(program: Command): void {
  const recipe = program
    .command("recipe")
    .summary("published ways of training: list, show")
    .description("What --recipe can be: whole ways of training, each with its source.")
    .addHelpText("after", examples);
  recipe
    .command("list")
    .description("List the recipes with their sources.")
    .option("--json", "print them as a JSON object")
    .action(async (flags) => {
      const { listRecipes } = await import("../commands/recipes.ts");
      listRecipes(flags);
    });
  recipe
    .command("show")
    .description("Show what a recipe sets, what the paper had otherwise, and what differs.")
    .argument("<name>", "as --recipe takes it")
    .option("--json", "print it as a JSON object; its options are a file for --config")
    .action(async (name: string, flags) => {
      const { showRecipe } = await import("../commands/recipes.ts");
      showRecipe(name, flags);
    });
}
