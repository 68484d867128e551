/** tidegate dropout list | show | schema: arguments, flags, help. */
import type { Command } from "commander";

const examples = `
Examples:
  tidegate dropout list
  tidegate dropout show zoneout2016
  tidegate dropout show '{"recurrent": 0.25, "output": {"rate": 0.5, "tie": "step"}}'
  tidegate dropout show gal:0.3 --json
  tidegate dropout schema > dropout.schema.json`;

/** Adds the command. */
export function addDropoutCommand(program: Command): void {
  const dropout = program
    .command("dropout")
    .summary("dropouts: list, show, schema")
    .description(
      "What --dropout can be: the presets, with their equations and sources, and anything between them.",
    )
    .addHelpText("after", examples);
  dropout
    .command("list")
    .description("List the presets with the sites that they mask.")
    .option("--json", "print them as a JSON object")
    .action(async (flags) => {
      const { listDropouts } = await import("../commands/dropoutList.ts");
      listDropouts(flags);
    });
  dropout
    .command("show")
    .description(
      "Explain a dropout: equation, source, sites, the rates of the paper, and what changes in evaluation.",
    )
    .argument("<preset|json>", "as --dropout takes it")
    .option("--json", "print it as a JSON object, with the specification that --dropout reads")
    .action(async (text: string, flags) => {
      const { showDropout } = await import("../commands/dropoutShow.ts");
      showDropout(text, flags);
    });
  dropout
    .command("schema")
    .description("Print the JSON Schema of a dropout, for editors.")
    .action(async () => {
      const { printDropoutSchema } = await import("../commands/dropoutSchema.ts");
      printDropoutSchema();
    });
}
