#!/usr/bin/env node
/** The entry of the command line: parses, runs, and turns whatever was thrown into words and an exit code. */
import { CommanderError } from "commander";
import { TidegateError } from "../errors.ts";
import { exitCodeOf, exitCodes, Interrupted } from "./exitCodes.ts";
import { normaliseArguments } from "./flags/normaliseArguments.ts";
import { createProgram } from "./program.ts";
import { colourFor } from "./terminal/colour.ts";

/** A reader that closes early, as `head` does, ends the program without a complaint. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  throw error;
});

try {
  const program = createProgram();
  const [name = "", ...rest] = process.argv.slice(2);
  const command = program.commands.find((one) => one.name() === name);
  const args = command ? [name, ...normaliseArguments(name, command.options, rest)] : process.argv.slice(2);
  if (args.length === 0) program.outputHelp();
  else await program.parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const words = inWords(error);
  if (words) process.stderr.write(`${words}\n`);
}

/** What is said about an error; nothing where commander or the command has spoken. */
function inWords(error: unknown): string {
  const colour = colourFor(process.stderr);
  if (error instanceof CommanderError || error instanceof Interrupted) return "";
  if (error instanceof TidegateError) return `${colour("red", "error:")} ${error.message}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    colour("red", "error: this is a bug in tidegate, not a mistake of yours."),
    `Please report it with the command and these lines (Node ${process.version}, ${process.platform}-${process.arch}):`,
    stack,
  ].join("\n");
}
