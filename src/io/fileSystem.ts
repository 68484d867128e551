/**
 * The door to the file system: Node's own functions, fetched when the first file is touched.
 *
 * They are not imported, because a browser page that only decodes a checkpoint loads this folder too. Tests pass a
 * file system of their own, with a disk that is full.
 */
import type * as nodeFs from "node:fs";
import type * as nodePath from "node:path";
import { hostModule } from "../engine/index.ts";
import { OutputError } from "../errors.ts";

/** The few functions of node:fs that this folder uses, all of them synchronous. */
export type FileSystem = Pick<
  typeof nodeFs,
  | "closeSync"
  | "fstatSync"
  | "fsyncSync"
  | "ftruncateSync"
  | "mkdirSync"
  | "openSync"
  | "readFileSync"
  | "readSync"
  | "realpathSync"
  | "renameSync"
  | "rmSync"
  | "statSync"
  | "writeFileSync"
>;

/** Lets a test stand in for the disk. */
export interface FileOptions {
  /** Default: node:fs. */
  readonly fileSystem?: FileSystem;
}

/** Node's file system. @throws OutputError where there is none, in a browser */
export function nodeFileSystem(): FileSystem {
  return builtin<typeof nodeFs>("node:fs");
}

/** The folder that a path lies in. @throws OutputError in a browser */
export function folderOf(path: string): string {
  return builtin<typeof nodePath>("node:path").dirname(path);
}

/** A path joined from its parts. @throws OutputError in a browser */
export function joinPath(folder: string, name: string): string {
  return builtin<typeof nodePath>("node:path").join(folder, name);
}

function builtin<T extends object>(name: `node:${string}`): T {
  const found = hostModule<T>(name);
  if (found) return found;
  throw new OutputError("this runtime has no file system", {
    where: "tidegate/io",
    expected: "Node 20.19 or newer",
    got: "a browser or another runtime",
    mend: "In a browser, offer the bytes of encodeCheckpoint as a download",
  });
}
