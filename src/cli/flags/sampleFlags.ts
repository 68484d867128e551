/** tidegate sample: arguments, flags, help. */
import { type Command, Option } from "commander";
import { engineFlag } from "./engineFlag.ts";
import { numeric } from "./trainingFlags.ts";
import { seedFlag } from "./valueFlag.ts";

const examples = `
The text goes to stdout as it is written, after the prime text; the seed, to write the same again, to stderr.

Examples:
  tidegate sample mine.safetensors
  tidegate sample mine.safetensors --prime "The sea " --length 2000 --temperature 0.7
  tidegate sample mine.safetensors --top-p 0.9 --seed 42 > text.txt`;

/** Adds the command. */
export function addSampleCommand(program: Command): void {
  program
    .command("sample")
    .summary("write text with a model")
    .description("Write text with a trained model, one character at a time.")
    .argument("<checkpoint>", "a file that train wrote")
    .addOption(numeric("--length <n>", "nonNegativeInteger", 500, "symbols to write").default(500))
    .addOption(
      numeric(
        "--temperature <t>",
        "nonNegative",
        0.8,
        "1 samples from the model as it is, less is safer, 0 takes the likeliest",
      ).default(1),
    )
    .addOption(
      numeric("--top-k <n>", "nonNegativeInteger", 20, "only the n likeliest symbols; 0 is all").default(0),
    )
    .addOption(
      numeric("--top-p <share>", "share", 0.9, "only the likeliest with this share together").default(1),
    )
    .option("--prime <text>", "what the model reads first", "")
    .addOption(
      new Option(
        "--seed <seed>",
        "the same seed writes the same text (default: another each time)",
      ).argParser(seedFlag),
    )
    .addOption(engineFlag("the fastest here"))
    .option("--json", "print text and settings as a JSON object instead")
    .addHelpText("after", examples)
    .action(async (checkpoint: string, flags) => {
      const { sampleCheckpoint } = await import("../commands/sample.ts");
      await sampleCheckpoint(checkpoint, flags);
    });
}
