/** Where a command writes: results to stdout, everything else to stderr. */
import { type Colour, colourFor } from "./colour.ts";
import { LiveLines } from "./liveLines.ts";

export interface Console {
  /** stderr: progress, notes, warnings */
  readonly notes: LiveLines;
  /** colours for stderr */
  readonly colour: (colour: Colour, text: string) => string;
  /** A line of the result, on stdout; on stderr when stdout is for a JSON object. */
  result(...lines: string[]): void;
  /** The object that is the result, as the last line of stdout. Does nothing without --json. */
  json(value: object): void;
}

/** @param isJson - whether --json was given */
export function createConsole(isJson = false): Console {
  const notes = new LiveLines(process.stderr);
  return {
    notes,
    colour: colourFor(process.stderr),
    result(...lines) {
      if (isJson) notes.print(...lines);
      else process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    },
    json(value) {
      if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}
