/** tidegate eval: arguments, flags, help. */
import { type Command, Option } from "commander";
import { engineFlag } from "./engineFlag.ts";
import { numeric } from "./trainingFlags.ts";
import { choiceFlag, dropoutFlag, seedFlag } from "./valueFlag.ts";

const examples = `
A path is scored whole. Of a corpus that has a split of its own the test part is scored, and with --split the last part,
unless --part says otherwise.

Modes:
  expectation  the weights as they are, no masks: the usual figure
  mc           Monte-Carlo dropout: probabilities averaged over --passes, each with one set of masks for the whole text

With --words: perplexity per word = e^(total nats / words), where words are what white space separates; spaces and line
ends count among the nats. Published word-level figures of Penn Treebank also count one word per line end.

Examples:
  tidegate eval mine.safetensors other.txt
  tidegate eval mine.safetensors novel.txt --split 0.9,0.1 --part valid
  tidegate eval mine.safetensors novel.txt --mode mc --passes 32 --json`;

const partChoices = ["train", "valid", "test", "all"] as const;
const modeChoices = ["expectation", "mc"] as const;

/** Adds the command. */
export function addEvalCommand(program: Command): void {
  program
    .command("eval")
    .summary("how well a model predicts a text")
    .description("Score a text with a trained model: nats, bits per character and perplexity per character.")
    .argument("<checkpoint>", "a file that train wrote")
    .argument("<corpus...>", "text files, a folder, - for stdin, or the name of a corpus")
    .option("--split <fractions>", "cut the text as train does: train,valid or train,valid,test")
    .addOption(
      new Option("--part <name>", `${partChoices.join(", ")}: what is scored`).argParser(
        choiceFlag("--part", partChoices),
      ),
    )
    .addOption(
      new Option("--mode <name>", "expectation or mc")
        .argParser(choiceFlag("--mode", modeChoices))
        .default("expectation"),
    )
    .addOption(numeric("--passes <n>", "positiveInteger", 16, "mc: passes that are averaged").default(16))
    .addOption(
      new Option("--dropout <preset|json>", "mc: the masks (default: those of the training)").argParser(
        dropoutFlag,
      ),
    )
    .addOption(new Option("--seed <seed>", "mc: of the masks (default: 0)").argParser(seedFlag))
    .addOption(
      numeric(
        "--rows <n>",
        "positiveInteger",
        16,
        "rows read in parallel; 1 is the exact definition",
      ).default(16),
    )
    .addOption(engineFlag("the fastest here"))
    .option("--words", "also the perplexity per word")
    .option("--json", "print the result as a JSON object, the last line on stdout")
    .addHelpText("after", examples)
    .action(async (checkpoint: string, corpus: string[], flags) => {
      const { evaluateCheckpoint } = await import("../commands/evaluate.ts");
      await evaluateCheckpoint(checkpoint, corpus, flags);
    });
}
