/** --engine, --threads, --blas */
import { type Command, Option } from "commander";
import { numberFlag } from "./numberFlag.ts";
import { choiceFlag } from "./valueFlag.ts";

/** Written out, because flags load no other chapter; a test holds it against engineNames. */
export const engineChoices = ["auto", "strict", "relaxed", "blas", "reference"] as const;

export function engineFlag(otherwise: string): Option {
  return new Option("--engine <name>", `${engineChoices.join(", ")} (default: ${otherwise})`).argParser(
    choiceFlag("--engine", engineChoices),
  );
}

/** Adds the three flags. @param words - what is used without each, for the help */
export function addEngineFlags(command: Command, words: { engine: string; threads: string }): void {
  command
    .addOption(engineFlag(words.engine))
    .addOption(
      new Option(
        "--threads <n>",
        `threads that share the work of a model (default: ${words.threads})`,
      ).argParser(numberFlag("--threads", "positiveInteger", 2)),
    )
    .option("--blas <library>", "name or path of a BLAS (default: $TIDEGATE_BLAS, else what is installed)");
}
