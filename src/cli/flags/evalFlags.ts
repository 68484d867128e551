/** tidegate eval: arguments, flags, help. */
import { type Command, Option } from "commander";
import { addEngineFlags } from "./engineFlag.ts";
import { meanFlag, temperatureFlag } from "./evalValues.ts";
import { numeric } from "./trainingFlags.ts";
import { choiceFlag, dropoutFlag, seedFlag } from "./valueFlag.ts";

const examples = `
A path is scored whole. Of a corpus that has a split of its own the test part is scored, and with --split the last part,
unless --part says otherwise.

Modes:
  expectation  the weights as they are, no masks: the usual figure; with --temperature, logits divided by it
  mc           Monte-Carlo dropout: a mean over --passes, each with one set of masks for the whole text. Also says how
               uncertain the model is (predictive entropy) and how much of that its passes disagree about (mutual
               information), both in nats per character
  dynamic      a gradient step after every segment: scored first, then learned from (Krause et al. 2018)
  cache        what followed similar hidden states before, mixed with the model (Grave et al. 2017)

What a mode needs is fitted on validation, never on what is scored: --temperature fit does so by itself, with the
validation part of the split or the file of --valid; the others by trying values with --part valid. Figures of two modes
do not belong in one column.

With --words: perplexity per word = e^(total nats / words), where words are what white space separates; spaces and line
ends count among the nats. Published word-level figures of Penn Treebank also count one word per line end.

Examples:
  tidegate eval mine.safetensors other.txt
  tidegate eval mine.safetensors novel.txt --split 0.9,0.1 --part valid
  tidegate eval mine.safetensors novel.txt --mode mc --passes 32 --mean geometric --json
  tidegate eval mine.safetensors novel.txt --split 0.8,0.1,0.1 --temperature fit
  tidegate eval mine.safetensors novel.txt --mode dynamic --learning-rate 0.1
  tidegate eval mine.safetensors novel.txt --split 0.8,0.1,0.1 --mode dynamic --rule rms --decay 0.002
  tidegate eval mine.safetensors novel.txt --mode cache --cache-size 2000 --theta 0.5 --lambda 0.05
  tidegate eval mine.safetensors novel.txt --mode mc --scores scores.jsonl`;

const partChoices = ["train", "valid", "test", "all"] as const;
const modeChoices = ["expectation", "mc", "dynamic", "cache"] as const;
const ruleChoices = ["sgd", "rms"] as const;

/** Adds the command. A flag that belongs to one mode has no default here, so that it can be refused in the others. */
export function addEvalCommand(program: Command): void {
  const command = program
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
    .option("--valid <file>", "a validation text of its own, for --temperature fit")
    .option("--train <file>", "a training text of its own, for --rule rms")
    .addOption(
      new Option("--mode <name>", modeChoices.join(", "))
        .argParser(choiceFlag("--mode", modeChoices))
        .default("expectation"),
    )
    .addOption(
      numeric(
        "--rows <n>",
        "positiveInteger",
        16,
        "rows read in parallel; 1 is the exact definition (default: 16; dynamic: 1)",
      ),
    )
    .addOption(
      numeric(
        "--reset-every <steps>",
        "positiveInteger",
        100,
        "read every window of so many characters from the zero state (default: the state is carried)",
      ),
    )
    .option("--words", "also the perplexity per word")
    .option("--scores <file.jsonl>", "write the score of every character, one JSON object a line")
    .option("--force", "overwrite the file of --scores")
    .option("--json", "print the result as a JSON object, the last line on stdout");
  addEngineFlags(command, { engine: "the fastest here", threads: "one per core" });
  addModeFlags(command);
  command.addHelpText("after", examples).action(async (checkpoint: string, corpus: string[], flags) => {
    const { evaluateCheckpoint } = await import("../commands/evaluate.ts");
    await evaluateCheckpoint(checkpoint, corpus, flags);
  });
}

function addModeFlags(command: Command): void {
  const integer = "positiveInteger";
  command
    .optionsGroup("expectation:")
    .addOption(
      new Option(
        "--temperature <t|fit>",
        "divides the logits; fit finds the best on validation (default: 1)",
      ).argParser(temperatureFlag),
    )
    .optionsGroup("mc:")
    .addOption(numeric("--passes <n>", integer, 16, "passes that are averaged (default: 16)"))
    .addOption(
      new Option("--mean <name>", "arithmetic, geometric or power:Q (default: arithmetic)").argParser(
        meanFlag,
      ),
    )
    .addOption(
      new Option("--dropout <preset|json>", "the masks (default: those of the training)").argParser(
        dropoutFlag,
      ),
    )
    .addOption(new Option("--seed <seed>", "of the masks (default: 0)").argParser(seedFlag))
    .optionsGroup("dynamic:")
    .addOption(
      numeric("--learning-rate <eta>", "nonNegative", 0.1, "size of a step (default: 0.1; with rms 0.0001)"),
    )
    .addOption(numeric("--segment <n>", integer, 20, "characters between two steps (default: 20)"))
    .addOption(
      numeric("--decay <share>", "fraction", 0.002, "pull back to the trained weights per step (default: 0)"),
    )
    .addOption(
      new Option(
        "--rule <name>",
        "sgd, or rms: steps divided by the size of gradients on the training part (default: sgd)",
      ).argParser(choiceFlag("--rule", ruleChoices)),
    )
    .addOption(numeric("--epsilon <e>", "positive", 0.00002, "rms: added to that size (default: 0.00002)"))
    .optionsGroup("cache:")
    .addOption(numeric("--cache-size <n>", integer, 500, "characters that are remembered (default: 500)"))
    .addOption(
      numeric("--theta <t>", "nonNegative", 0.3, "how much similar states count for more (default: 0.3)"),
    )
    .addOption(numeric("--lambda <share>", "fraction", 0.1, "share of the cache (default: 0.1)"));
}
