/**
 * The flags that `train` and `compare` share: the model and how it is trained.
 *
 * No flag has a default here. A flag that was not given must not win over a configuration file or a checkpoint; defaults
 * are those of the language model, and the help names them.
 */
import { type Command, Option } from "commander";
import { addEngineFlags } from "./engineFlag.ts";
import { type NumberKind, numberFlag } from "./numberFlag.ts";
import { choiceFlag, nameOrJsonFlag } from "./valueFlag.ts";

/** Written out as in engineFlag.ts, and tested likewise. */
export const cellChoices = ["lstm", "gru"] as const;
export const tokenizerChoices = ["char", "grapheme", "byte"] as const;

/** A flag for a number. @param example - shown in errors; for a flag with a default, that */
export function numeric(flag: string, kind: NumberKind, example: number, description: string): Option {
  return new Option(flag, description).argParser(numberFlag(flag.split(" ")[0]!, kind, example));
}

/** Adds the flags of a network's cell and sizes. */
export function addNetworkFlags(command: Command): Command {
  const integer = "positiveInteger";
  return command
    .addOption(
      new Option("--cell <name>", "lstm or gru (default: lstm)").argParser(choiceFlag("--cell", cellChoices)),
    )
    .addOption(numeric("--hidden-size <units>", integer, 128, "units of a layer (default: 128)"))
    .addOption(numeric("--layers <n>", integer, 2, "stacked layers (default: 2)"))
    .addOption(
      numeric("--last-hidden-size <units>", integer, 64, "units of the last layer (default: as the others)"),
    )
    .addOption(
      numeric(
        "--feed-forward-size <units>",
        "nonNegativeInteger",
        64,
        "tanh layer before the decoder (default: none)",
      ),
    )
    .addOption(
      numeric(
        "--embedding-size <units>",
        "nonNegativeInteger",
        64,
        "width of the symbol vectors; 0 is one-hot (default: 64)",
      ),
    );
}

/** Adds the model's flags. */
export function addModelFlags(command: Command): void {
  addNetworkFlags(command.optionsGroup("Model:"))
    .option("--tie-embeddings", "one matrix for input and output symbols; needs equal sizes")
    .option("--no-tie-embeddings", "two, where a file or a recipe ties them")
    .option("--reset-before", "GRU: apply the reset gate before the product, as in the paper of 2014")
    .option("--layer-norm", "layer-normalised cells (Ba, Kiros and Hinton 2016); a GRU stays reset-after")
    .addOption(
      new Option("--tokenizer <name>", "char, grapheme or byte (default: char)").argParser(
        choiceFlag("--tokenizer", tokenizerChoices),
      ),
    )
    .addOption(
      numeric("--min-count <n>", "positiveInteger", 2, "symbols seen less often become one unknown symbol"),
    );
}

/** Adds the flags of training. @param engine - what runs without a flag, for the help */
export function addTrainingFlags(command: Command, engine: { engine: string; threads: string }): void {
  const integer = "positiveInteger";
  const count = "nonNegativeInteger";
  command
    .optionsGroup("Training (it ends at whichever limit comes first; without one, after 10 epochs):")
    .addOption(numeric("--steps <n>", integer, 1000, "updates"))
    .addOption(numeric("--epochs <n>", integer, 10, "passes over the text"))
    .addOption(numeric("--seconds <s>", "positive", 600, "time"))
    .addOption(numeric("--batch-size <rows>", integer, 50, "rows trained in parallel (default: 50)"))
    .addOption(
      numeric("--sequence-length <steps>", integer, 50, "reach of back-propagation in time (default: 50)"),
    )
    .option("--reset-state", "begin every window with the zero state, also in validation and test")
    .option(
      "--no-reset-state",
      "carry it from window to window (the default), where a file or a recipe does not",
    )
    .addOption(numeric("--learning-rate <rate>", "positive", 0.002, "step size (default: 0.002)"))
    .addOption(
      new Option(
        "--optimizer <name|json>",
        "sgd, rmsprop, adam, adamw or amsgrad, or JSON (default: adam)",
      ).argParser(nameOrJsonFlag("--optimizer")),
    )
    .addOption(
      new Option(
        "--schedule <name|json>",
        "constant, exponential, cosine, plateau or milestones, or JSON (default: constant)",
      ).argParser(nameOrJsonFlag("--schedule")),
    )
    .addOption(
      numeric("--clip <norm>", "nonNegative", 5, "largest norm of the gradient; 0 is off (default: 5)"),
    )
    .addOption(
      numeric(
        "--weight-decay <rate>",
        "nonNegative",
        0.01,
        "added to the clipped gradient as rate times the weight; adamw: decoupled",
      ),
    )
    .addOption(
      numeric("--evaluate-every <n>", count, 500, "updates between validations (default: once per epoch)"),
    )
    .addOption(
      numeric(
        "--patience <n>",
        count,
        3,
        "stop after so many validations without a better one (default: never)",
      ),
    )
    .option("--recipe <name>", 'a published way of training, whole: see "tidegate recipe list"')
    .option(
      "--config <file.json>",
      "training options as a file; they win over a recipe, and flags over both",
    );
  addEngineFlags(command, engine);
}
