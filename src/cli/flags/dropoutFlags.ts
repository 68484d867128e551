/** tidegate dropout list | show | check | schema: arguments, flags, help. */
import type { Command } from "commander";
import { addEngineFlags } from "./engineFlag.ts";
import { addNetworkFlags, numeric } from "./trainingFlags.ts";

const examples = `
Examples:
  tidegate dropout list
  tidegate dropout show zoneout2016
  tidegate dropout show '{"recurrent": 0.25, "output": {"rate": 0.5, "tie": "step"}}'
  tidegate dropout show gal:0.3 --json
  tidegate dropout check gal:0.3 --cell gru --hidden-size 256
  tidegate dropout check mine.safetensors
  tidegate dropout schema > dropout.schema.json`;

/** Adds the command. */
export function addDropoutCommand(program: Command): void {
  const dropout = program
    .command("dropout")
    .summary("dropouts: list, show, check, schema")
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
  addCheckCommand(dropout);
  dropout
    .command("schema")
    .description("Print the JSON Schema of a dropout, for editors.")
    .action(async () => {
      const { printDropoutSchema } = await import("../commands/dropoutSchema.ts");
      printDropoutSchema();
    });
}

const checkExamples = `
Examples:
  tidegate dropout check mine.safetensors
  tidegate dropout check gal:0.3 --cell gru --hidden-size 256 --layers 1
  tidegate dropout check '{"recurrent": {"rate": 0.25, "tie": "step"}}' --sequence-length 20 --json
  tidegate dropout check zoneout2016 || echo "do not train with it"

The exit code is 1 when a check fails.`;

/** Adds the command that runs a network and measures its masks. */
function addCheckCommand(dropout: Command): void {
  const integer = "positiveInteger";
  const check = dropout
    .command("check")
    .description(
      "Run a network under its dropout and measure: ties, rates, means, scale, seed, a clean carried state, the bits of evaluation, weights.",
    )
    .argument("<checkpoint|preset|json>", "a file that train wrote, or a dropout as --dropout takes it");
  addNetworkFlags(check)
    .option("--reset-before", "GRU: apply the reset gate before the product")
    .option("--layer-norm", "layer-normalised cells")
    .addOption(numeric("--batch-size <rows>", integer, 50, "rows (default: 50, or the checkpoint's)"))
    .addOption(
      numeric(
        "--sequence-length <steps>",
        integer,
        50,
        "steps of a window (default: 50, or the checkpoint's)",
      ),
    )
    .option("--seed <seed>", "of the masks (default: 0)");
  addEngineFlags(check, { engine: "auto", threads: "one per core" });
  check
    .option("--json", "print the findings as a JSON object")
    .addHelpText("after", checkExamples)
    .action(async (text: string, flags) => {
      const { checkDropoutOf } = await import("../commands/dropoutCheck.ts");
      await checkDropoutOf(text, flags);
    });
}
