/** tidegate info: arguments, flags, help. */
import type { Command } from "commander";

/** Adds the command. */
export function addInfoCommand(program: Command): void {
  program
    .command("info")
    .summary("what is in a checkpoint")
    .description("Print what is in a checkpoint: model, dropout, vocabulary, progress.")
    .argument("<checkpoint>", "a file that train wrote")
    .option("--json", "print it as a JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  tidegate info mine.safetensors\n  tidegate info mine.safetensors --json",
    )
    .action(async (checkpoint: string, flags) => {
      const { info } = await import("../commands/info.ts");
      await info(checkpoint, flags);
    });
}
