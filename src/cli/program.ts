/** The commands: their arguments, flags and help. What they do is imported when one runs. */
import { createRequire } from "node:module";
import { Command } from "commander";
import { addCompareCommand } from "./flags/compareFlags.ts";
import { addCorpusCommand } from "./flags/corpusFlags.ts";
import { addDemoCommand } from "./flags/demoFlags.ts";
import { addDropoutCommand } from "./flags/dropoutFlags.ts";
import { addEvalCommand } from "./flags/evalFlags.ts";
import { addInfoCommand } from "./flags/infoFlags.ts";
import { addRecipeCommand } from "./flags/recipeFlags.ts";
import { addSampleCommand } from "./flags/sampleFlags.ts";
import { addTrainCommand } from "./flags/trainFlags.ts";

const examples = `
Examples:
  tidegate demo                                        compare four dropouts on the corpus that comes along
  tidegate train novel.txt --dropout gal:0.25          train on your own text
  tidegate sample novel.safetensors --temperature 0.8  write in its style
  tidegate eval novel.safetensors other.txt            how well it predicts another text
  tidegate dropout list                                the dropouts that have a name
  tidegate recipe list                                 published ways of training, whole
  tidegate compare novel.txt --seeds 5                 which dropout is better, with intervals

"tidegate help <command>" says more about each.`;

/** The program, ready to parse. Errors are thrown, never exited on. */
export function createProgram(): Command {
  const program = new Command("tidegate")
    .description("Train recurrent character models, and compare their dropouts by perplexity.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError('(try "tidegate --help", or "tidegate help <command>")')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({ writeOut: (text) => process.stdout.write(text) })
    .exitOverride()
    .addHelpText("after", examples);
  for (const add of [
    addTrainCommand,
    addEvalCommand,
    addSampleCommand,
    addCompareCommand,
    addDemoCommand,
    addDropoutCommand,
    addRecipeCommand,
    addCorpusCommand,
    addInfoCommand,
  ])
    add(program);
  return program;
}

function packageVersion(): string {
  return (createRequire(import.meta.url)("tidegate/package.json") as { version: string }).version;
}
