/** tidegate dropout schema */
import { dropoutSchema } from "../../nn/index.ts";
import { createConsole } from "../terminal/console.ts";

/** Prints the JSON Schema of a dropout. */
export function printDropoutSchema(): void {
  createConsole(false).result(JSON.stringify(dropoutSchema, null, 2));
}
