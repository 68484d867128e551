/** --engine */
import { Option } from "commander";
import { choiceFlag } from "./valueFlag.ts";

/** Written out, because flags load no other chapter; a test holds it against engineNames. */
export const engineChoices = ["auto", "strict", "relaxed", "blas", "reference"] as const;

export function engineFlag(otherwise: string): Option {
  return new Option("--engine <name>", `${engineChoices.join(", ")} (default: ${otherwise})`).argParser(
    choiceFlag("--engine", engineChoices),
  );
}
