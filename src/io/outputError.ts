/** What the operating system's error codes mean to a person whose file could not be written. */
import { OutputError } from "../errors.ts";

/** Code: what is wrong, and how to mend it. */
const IN_WORDS = new Map<string, readonly [problem: string, mend: string]>([
  [
    "EACCES",
    ["you have no permission to write there", "Choose another folder, or ask its owner for write access"],
  ],
  [
    "EPERM",
    [
      "the system does not permit writing there",
      "Choose another folder, or close programs that use the file",
    ],
  ],
  ["EROFS", ["the file system is read-only", "Choose a folder on a disk that can be written"]],
  ["ENOENT", ["a folder on the way does not exist and cannot be made", "Check the path"]],
  ["ENOTDIR", ["a part of the path is a file, not a folder", "Check the path, or choose another one"]],
  ["EEXIST", ["a part of the path is a file, not a folder", "Check the path, or choose another one"]],
  ["EISDIR", ["the path is a folder, not a file", "Add a file name to the path"]],
  ["ENOSPC", ["the disk is full", "Free some space, or choose a folder on another disk"]],
  ["EDQUOT", ["your disk quota is used up", "Delete files you no longer need, or choose another disk"]],
  ["EFBIG", ["the file is larger than the file system allows", "Choose a folder on another disk"]],
  ["ENAMETOOLONG", ["the name is too long", "Choose a shorter file name"]],
  ["EMFILE", ["this program has too many files open", "Close some, or raise the limit with ulimit -n"]],
  ["EIO", ["the disk reports an error", "Check the disk, and write to another one meanwhile"]],
]);

/** The code of a Node system error, such as "ENOSPC", or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/**
 * Turns a system error into one that says in words what is wrong and how to mend it.
 *
 * @param path - the file that was to be written
 * @param error - what the file system threw; an OutputError is returned as it is
 */
export function outputError(path: string, error: unknown): OutputError {
  if (error instanceof OutputError) return error;
  const code = errorCode(error);
  const [problem, mend] = IN_WORDS.get(code ?? "") ?? ["the file cannot be written", undefined];
  const got = code ?? (error instanceof Error ? error.message : String(error));
  return new OutputError(problem, { where: path, got, cause: error, ...(mend ? { mend } : {}) });
}
