/** What stands at a path that is about to be written. */
import { OutputError } from "../errors.ts";
import type { FileSystem } from "./fileSystem.ts";
import { errorCode } from "./outputError.ts";

/** Where bytes for a path really go. */
export interface Destination {
  /** The path, or where its symbolic links lead. */
  readonly path: string;
  /** `device` covers pipes and sockets too: all that must be written in place, because a rename would replace it. */
  readonly kind: "new" | "file" | "device" | "folder";
  /** The permissions for a file written here: those of the file it replaces, or the usual ones. */
  readonly mode: number;
}

/** Looks at a path, following symbolic links. @throws OutputError for an empty path, else what the file system throws */
export function destination(path: string, fileSystem: FileSystem): Destination {
  if (path === "") throw new OutputError("the path is empty", { where: "path", expected: "a file name" });
  try {
    const stats = fileSystem.statSync(path);
    const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "device";
    return { path: kind === "file" ? fileSystem.realpathSync(path) : path, kind, mode: stats.mode & 0o777 };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { path, kind: "new", mode: 0o666 };
    throw error;
  }
}
