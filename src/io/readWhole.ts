/** Reading a file whole, with errors that a person can act on. */
import { CheckpointError, type ErrorDetail } from "../errors.ts";
import type { FileSystem } from "./fileSystem.ts";
import { errorCode } from "./outputError.ts";

/** Code: what is wrong, and how to mend it. */
const IN_WORDS = new Map<string, readonly [problem: string, mend: string]>([
  [
    "ENOENT",
    ["there is no such file", "Check the path: it is taken from the folder the program was started in"],
  ],
  ["ENOTDIR", ["a part of the path is a file, not a folder", "Check the path"]],
  ["EISDIR", ["the path is a folder, not a file", "Give the path of a file in it"]],
  ["EACCES", ["you have no permission to read the file", "Ask its owner for read access"]],
]);

/** The bytes of a file. @throws CheckpointError that says in words why it cannot be read */
export function readWhole(path: string, fileSystem: FileSystem): Uint8Array {
  try {
    return fileSystem.readFileSync(path);
  } catch (error) {
    const [problem, mend] = IN_WORDS.get(errorCode(error) ?? "") ?? ["the file cannot be read", undefined];
    const got = errorCode(error) ?? String(error);
    const detail: ErrorDetail = { where: path, got, cause: error, ...(mend ? { mend } : {}) };
    throw new CheckpointError(problem, detail);
  }
}
