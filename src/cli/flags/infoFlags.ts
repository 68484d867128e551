/** tidegate info: arguments, flags, help. */
import type { Command } from "commander";

/** Adds the command. */
export function addInfoCommand(program: Command): void {
  program
    .command("info")
    .summary("what is in a checkpoint, or what this machine can run")
    .description(
      "Print what is in a checkpoint: model, dropout, vocabulary, progress. Without one: the engines of this machine, its BLAS, and how fast they multiply.",
    )
    .argument("[checkpoint]", "a file that train wrote")
    .option("--json", "print it as a JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  tidegate info\n  tidegate info mine.safetensors\n  tidegate info mine.safetensors --json",
    )
    .action(async (checkpoint: string | undefined, flags) => {
      if (checkpoint === undefined) {
        const { machine } = await import("../commands/machine.ts");
        await machine(flags);
        return;
      }
      const { info } = await import("../commands/info.ts");
      await info(checkpoint, flags);
    });
}
