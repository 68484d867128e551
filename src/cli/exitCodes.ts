/** What the exit code of the program says. */
import { CommanderError } from "commander";
import { ConfigError, TidegateError } from "../errors.ts";

export const exitCodes = {
  done: 0,
  /** a text, a file, a checkpoint or a training run that failed */
  failed: 1,
  /** a flag, an argument or a configuration that cannot be used */
  usage: 2,
  /** an error that should not exist; sysexits.h calls it EX_SOFTWARE */
  bug: 70,
  /** stopped by Ctrl-C or SIGTERM, saved: 128 + SIGINT, as shells have it */
  interrupted: 130,
} as const;

/** A command stopped by the user, after it saved what it had. */
export class Interrupted extends Error {}

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof ConfigError) return exitCodes.usage;
  if (error instanceof TidegateError) return exitCodes.failed;
  return exitCodes.bug;
}
