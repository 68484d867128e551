/** tidegate train: arguments, flags, help. */
import { type Command, Option } from "commander";
import { addRegularisationFlags } from "./regularisationFlags.ts";
import { addModelFlags, addTrainingFlags, numeric } from "./trainingFlags.ts";
import { dropoutFlag, seedFlag } from "./valueFlag.ts";

const examples = `
Dropout:
  a preset, with ":RATE" at one rate for all its sites; "tidegate dropout show NAME" explains each:
    none, naive, zaremba2014 (zaremba), output, moon2015, gal2016 (gal), gal2016Untied (galUntied),
    semeniuta2016, semeniuta2016PerSequence, zoneout2016, awdLstm2017, melis2018, gaussian,
    weightNoise2018, flipout2018 (flipout), structured, concrete2017
  0.5: the preset zaremba2014 at that rate
  JSON: sites embedding, token, input, recurrent, layers, output, candidate, cell, zoneoutCell, zoneoutHidden,
    recurrentWeights, inputWeights, feedForward, each a rate, a list of rates for the layers, or { rate,
    kind: bernoulli|gaussian|drifting|flipout|concrete, tie: sequence|step|stream|batch|batchStep,
    gates: shared|perGate, schedule: linear|warmUp|curriculum }

Examples:
  tidegate train tideland                                  the corpus that comes along
  tidegate train novel.txt letters/ --epochs 20 --out mine.safetensors
  tidegate train novel.txt --cell gru --hidden-size 256 --layers 1 --dropout gal:0.3
  tidegate train novel.txt --dropout '{"recurrent": 0.25, "output": {"rate": 0.5, "tie": "step"}}'
  tidegate train novel.txt --dropout gal --averaging ntAsgd --optimizer sgd --learning-rate 10 --clip 0.25
  tidegate train novel.txt --dropout gal --consistency '{"name": "rDrop", "weight": 0.5}' --windows variable
  tidegate train novel.txt --recipe awdLstm2017 --hidden-size 400 --epochs 30
  tidegate train train.txt --valid valid.txt --test test.txt --json
  tidegate train novel.txt --resume mine.safetensors --epochs 40
  curl -s https://example.org/book.txt | tidegate train - --seconds 60

Losses are nats per character; bits per character = nats / ln 2; perplexity = e^nats.
Ctrl-C finishes the update, saves and prints how to go on; a second Ctrl-C ends at once.
The flags of char-rnn and torch-rnn work too: -rnn_size, -num_layers, -seq_length, -max_epochs, -init_from, -data_dir ...`;

/** Adds the command. */
export function addTrainCommand(program: Command): void {
  const count = "nonNegativeInteger";
  const command = program
    .command("train")
    .summary("train a character model on a text")
    .description("Train a character language model on a text.")
    .argument("<corpus...>", "text files, a folder, - for stdin, or the name of a corpus");
  addModelFlags(command);
  addTrainingFlags(command, { engine: "the fastest here", threads: "one per core" });
  command
    .addOption(new Option("--dropout <preset|json>", "see below (default: none)").argParser(dropoutFlag))
    .addOption(
      new Option("--seed <seed>", "of weights, masks and samples (default: 123)").argParser(seedFlag),
    );
  addRegularisationFlags(command);
  command
    .optionsGroup("Texts:")
    .option("--split <fractions>", "train,valid or train,valid,test (default: the corpus' own, or 0.9,0.1)")
    .option("--valid <file>", "validation text of its own")
    .option("--test <file>", "test text, scored once at the end")
    .optionsGroup("Output:")
    .option("--out <file>", "the checkpoint (default: <corpus>.safetensors)")
    .option("--force", "overwrite files that exist")
    .option("--resume <file>", "go on from a checkpoint, and write to it unless --out is given")
    .option("--metrics <file.jsonl>", "losses and speeds, one JSON object per line")
    .addOption(numeric("--sample-every <n>", count, 500, "updates between samples (default: none)"))
    .addOption(
      numeric(
        "--checkpoint-every <n>",
        count,
        500,
        "updates between checkpoints beside those of validations",
      ),
    )
    .addOption(
      numeric(
        "--log-every <n>",
        "positiveInteger",
        100,
        "updates per line where stderr is no terminal",
      ).default(100),
    )
    .option("--json", "print the result as a JSON object, the last line on stdout")
    .addHelpText("after", examples)
    .action(async (corpus: string[], flags) => {
      const { train } = await import("../commands/train.ts");
      await train(corpus, flags);
    });
}
