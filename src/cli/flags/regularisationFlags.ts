/** The flags of what is added to the loss and to the weights, shared by `train` and `compare` as in trainingFlags.ts. */
import { type Command, Option } from "commander";
import { numeric } from "./trainingFlags.ts";
import { nameOrJsonFlag } from "./valueFlag.ts";

/** Adds the flags of regularisation beside dropout. */
export function addRegularisationFlags(command: Command): void {
  command
    .optionsGroup("Regularisation beside dropout (all off by default):")
    .addOption(
      numeric(
        "--activation-penalty <alpha>",
        "nonNegative",
        2,
        "AR: alpha times the mean square of the outputs",
      ),
    )
    .addOption(
      numeric("--temporal-penalty <beta>", "nonNegative", 1, "TAR: beta times that of their steps in time"),
    )
    .addOption(numeric("--l1 <rate>", "nonNegative", 1e-6, "L1 penalty, in the gradient before clipping"))
    .addOption(numeric("--l2 <rate>", "nonNegative", 1e-6, "L2 penalty, in the gradient before clipping"))
    .addOption(
      numeric("--label-smoothing <share>", "nonNegative", 0.1, "share of a target spread over all symbols"),
    )
    .addOption(
      numeric(
        "--concrete-entropy <weight>",
        "nonNegative",
        10,
        "learned rates: weight of their entropy, per character of training",
      ),
    )
    .addOption(
      numeric(
        "--concrete-weights <weight>",
        "nonNegative",
        5e-9,
        "learned rates: weight of |W|^2/(1 - p), likewise",
      ),
    )
    .addOption(
      new Option(
        "--dropout-adjustment <name|json>",
        "none or validationGap: raise the rates while validation gets no better and training does",
      ).argParser(nameOrJsonFlag("--dropout-adjustment")),
    )
    .addOption(
      new Option(
        "--averaging <name|json>",
        "evaluate and keep averages of the weights: none, polyak, exponential or ntAsgd",
      ).argParser(nameOrJsonFlag("--averaging")),
    )
    .addOption(
      new Option(
        "--consistency <name|json>",
        "two passes under different masks, pulled together: none, fraternal or rDrop",
      ).argParser(nameOrJsonFlag("--consistency")),
    )
    .addOption(
      new Option(
        "--windows <name|json>",
        "fixed, or variable around --sequence-length, with the rate scaled by the length",
      ).argParser(nameOrJsonFlag("--windows")),
    );
}
