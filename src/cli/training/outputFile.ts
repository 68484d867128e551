/** Whether a file may be written, asked before an hour of training. */
import { readFileSync, type Stats, statSync } from "node:fs";
import { ConfigError, OutputError, TidegateError } from "../../errors.ts";
import { assertWritable, decodeCheckpoint } from "../../io/index.ts";

/**
 * Checks that the checkpoint of a run can be written, and overwrites nothing that matters.
 *
 * A file that exists is overwritten only with --force, or when the run is resumed from it.
 *
 * @throws ConfigError when the file exists, OutputError when it is a folder or cannot be written
 */
export function checkOutput(
  path: string,
  { force = false, resume }: { force?: boolean | undefined; resume?: string | undefined },
): void {
  const found = kindOf(path);
  if (found === "folder") {
    throw new OutputError("this is a folder", {
      where: path,
      expected: "the path of a file",
      got: "a folder",
      mend: "Add a file name, for example model.safetensors",
    });
  }
  if (found === "file" && !force && !isSameFile(path, resume)) throw exists(path);
  assertWritable(path);
}

/** Checks the same for a file that is no checkpoint. @throws ConfigError, OutputError */
export function checkNewFile(path: string, flag: string, force = false): void {
  if (kindOf(path) === "file" && !force && statSync(path).size > 0) {
    throw new ConfigError(`${path} exists`, {
      where: flag,
      expected: "a new file",
      got: "one that has content",
      mend: "Choose another name, or give --force to overwrite it",
    });
  }
  assertWritable(path);
}

function exists(path: string): ConfigError {
  const isCheckpoint = isTidegateCheckpoint(path);
  return new ConfigError(
    isCheckpoint ? `${path} is the checkpoint of an earlier run` : `${path} exists and is no checkpoint`,
    {
      where: "--out",
      expected: "a new file",
      got: "one that exists",
      mend: isCheckpoint
        ? `To go on from it give --resume ${path}; to overwrite it give --force`
        : "Choose another name, or give --force to overwrite it",
    },
  );
}

/** What stands at a path; "none" also where it cannot be looked at, which assertWritable then puts into words. */
function kindOf(path: string): "none" | "file" | "folder" | "device" {
  const stats = statsOf(path);
  if (!stats) return "none";
  return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "device";
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isSameFile(path: string, other: string | undefined): boolean {
  const [one, two] = [statsOf(path), other === undefined ? undefined : statsOf(other)];
  return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
}

function isTidegateCheckpoint(path: string): boolean {
  try {
    decodeCheckpoint(readFileSync(path), path);
    return true;
  } catch (error) {
    if (error instanceof TidegateError) return false;
    throw error;
  }
}
