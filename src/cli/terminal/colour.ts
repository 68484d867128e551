/** Colours, on a terminal that wants them. */
import { styleText } from "node:util";

export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Something that text is written to, such as process.stderr. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Whether an output shows colours: a terminal, unless NO_COLOR is set (no-color.org) or it is a dumb one. */
export function showsColour(output: Output, environment: NodeJS.ProcessEnv = process.env): boolean {
  return output.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}

/** Colours text for an output; plain text where it shows none. */
export function colourFor(output: Output): (colour: Colour, text: string) => string {
  if (!showsColour(output)) return (_, text) => text;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}
