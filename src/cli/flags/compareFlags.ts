/** tidegate compare: arguments, flags, help. */
import { type Command, Option } from "commander";
import { seedsFlag } from "./listFlag.ts";
import { addRegularisationFlags } from "./regularisationFlags.ts";
import { addModelFlags, addTrainingFlags, numeric } from "./trainingFlags.ts";

const examples = `
Every configuration is trained with every seed, on all cores; weights of the best validation are scored on the test part.
Intervals are 95 % t intervals over seeds; differences to the baseline are paired by seed.
The same command again goes on where it was stopped or killed.

Examples:
  tidegate compare novel.txt
  tidegate compare tideland --dropouts none,gal:0.1,gal:0.3,gal:0.5 --seeds 5 --hidden-size 256 --epochs 20
  tidegate compare novel.txt --configs cells.json --baseline lstm --out-dir runs/cells
      where cells.json is  { "lstm": { "cell": "lstm" }, "gru": { "cell": "gru", "dropout": "gal:0.25" } }`;

/** Adds the command. */
export function addCompareCommand(program: Command): void {
  const command = program
    .command("compare")
    .summary("compare dropouts, or any configurations, by test perplexity")
    .description("Compare dropouts, or any configurations, by test perplexity over several seeds.")
    .argument("<corpus...>", "text files, a folder, or the name of a corpus")
    .option(
      "--dropouts <list>",
      "configurations that differ by dropout (default: none,naive:0.25,gal:0.25,output:0.25)",
    )
    .option("--configs <file.json>", "configurations by name, each with training options")
    .option("--baseline <name>", "what the others are compared with (default: the first)")
    .addOption(
      new Option("--seeds <n|list>", "how many, or which: 3 or 1,2,7 (default: 3)").argParser(seedsFlag),
    )
    .addOption(numeric("--workers <n>", "positiveInteger", 4, "processes (default: one per core)"))
    .option("--split <fractions>", "train,valid,test (default: the corpus' own, or 0.8,0.1,0.1)")
    .addOption(numeric("--chars <n>", "positiveInteger", 100000, "only the first n characters of the corpus"))
    .option("--out-dir <folder>", "where everything is kept (default: runs/<corpus>)")
    .option("--json", "print runs and summary as a JSON object, the last line on stdout");
  addModelFlags(command);
  addTrainingFlags(command, {
    engine: "the fastest here without a BLAS",
    threads: "1, or more when there are fewer runs than cores",
  });
  addRegularisationFlags(command);
  command.addHelpText("after", examples).action(async (corpus: string[], flags) => {
    const { compare } = await import("../commands/compare.ts");
    await compare(corpus, flags);
  });
}
