/** tidegate demo: flags, help. */
import type { Command } from "commander";
import { numeric } from "./trainingFlags.ts";

/** Adds the command. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .summary("compare four dropouts on the corpus that comes along")
    .description(
      "Compare four dropouts of a small LSTM on the corpus that comes along. About a minute on 2 cores.",
    )
    .option("--quick", "a tenth of the work: shows that everything runs, not which dropout is better")
    .addOption(numeric("--workers <n>", "positiveInteger", 4, "processes (default: one per core)"))
    .option("--out-dir <folder>", "where everything is kept (default: runs/demo)")
    .option("--json", "print runs and summary as a JSON object, the last line on stdout")
    .addHelpText("after", "\nExamples:\n  tidegate demo\n  tidegate demo --quick --json")
    .action(async (flags) => {
      const { demo } = await import("../commands/demo.ts");
      await demo(flags);
    });
}
