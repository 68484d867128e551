/**
 * Files that are either the old one or the new one, whatever happens in between.
 *
 * The bytes go to a temporary file in the same folder (a rename across disks would be a copy), are forced to the disk, and
 * only then take the place of the old file. The work is synchronous on purpose: a handler of Ctrl-C cannot run in the
 * middle of it and leave a temporary file behind, and two writes of one program cannot interleave.
 */
import { destination } from "./destination.ts";
import { type FileOptions, type FileSystem, folderOf, nodeFileSystem } from "./fileSystem.ts";
import { outputError } from "./outputError.ts";

/**
 * Writes a file whole or not at all, and creates the folders it lies in.
 *
 * A symbolic link is followed; a device or pipe such as /dev/stdout is written in place. The permissions of a file that is
 * replaced are kept.
 *
 * @param path - the file to write
 * @param content - its bytes, or a text that is written as UTF-8
 * @throws OutputError that says in words why; the old file is then untouched and no temporary file remains
 * @example writeFileAtomicSync("runs/best.safetensors", encodeCheckpoint({ tensors, meta }));
 */
export function writeFileAtomicSync(
  path: string,
  content: Uint8Array | string,
  { fileSystem = nodeFileSystem() }: FileOptions = {},
): void {
  try {
    const { path: target, kind, mode } = destination(path, fileSystem);
    if (kind === "folder") throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    if (kind === "device") {
      fileSystem.writeFileSync(target, content);
      return;
    }
    fileSystem.mkdirSync(folderOf(target), { recursive: true });
    replace(target, content, mode, fileSystem);
    syncFolder(folderOf(target), fileSystem);
  } catch (error) {
    throw outputError(path, error);
  }
}

/**
 * The same as writeFileAtomicSync, for code that awaits its output; the file is written when the promise is returned.
 *
 * @throws OutputError, as a rejection
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  options: FileOptions = {},
): Promise<void> {
  writeFileAtomicSync(path, content, options);
}

/** A name beside `path` that no other process and no other call uses. */
export function temporaryName(path: string): string {
  return `${path}.${globalThis.process.pid}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`;
}

function replace(target: string, content: Uint8Array | string, mode: number, fileSystem: FileSystem): void {
  const temporary = temporaryName(target);
  const file = fileSystem.openSync(temporary, "wx", mode);
  try {
    try {
      fileSystem.writeFileSync(file, content);
      fileSystem.fsyncSync(file); // else a power cut after the rename can leave an empty file under the good name
    } finally {
      fileSystem.closeSync(file); // may itself report a full disk or quota, on network disks
    }
    fileSystem.renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary, fileSystem);
    throw error;
  }
}

/** The first error is the one to report, so a failing removal is not. */
function removeQuietly(path: string, fileSystem: FileSystem): void {
  try {
    fileSystem.rmSync(path, { force: true });
  } catch {}
}

/** Makes the rename itself durable. Best effort: some systems cannot open a folder, and the content is safe already. */
function syncFolder(folder: string, fileSystem: FileSystem): void {
  try {
    const handle = fileSystem.openSync(folder, "r");
    try {
      fileSystem.fsyncSync(handle);
    } finally {
      fileSystem.closeSync(handle);
    }
  } catch {}
}
