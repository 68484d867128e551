/** Finds out before an hour of training, not after it, that the result cannot be saved. */
import { destination } from "./destination.ts";
import { type FileOptions, folderOf, joinPath, nodeFileSystem } from "./fileSystem.ts";
import { outputError } from "./outputError.ts";
import { temporaryName, writeFileAtomicSync } from "./writeFileAtomic.ts";

/** Bytes of the probe: one block, because an empty file can be made on a disk that is full. */
const PROBE_SIZE = 4096;

/**
 * Checks that a file can be written at a path, by writing a small one beside it and removing it. Folders on the way are
 * created and stay.
 *
 * @param path - the file to be written later, or a folder that exists and will hold files
 * @throws OutputError that says in words why it cannot
 * @example assertWritable("runs/shakespeare/best.safetensors");
 */
export function assertWritable(path: string, { fileSystem = nodeFileSystem() }: FileOptions = {}): void {
  try {
    const { path: target, kind } = destination(path, fileSystem);
    if (kind === "device") return;
    const probe = temporaryName(joinPath(kind === "folder" ? target : folderOf(target), "writable"));
    writeFileAtomicSync(probe, new Uint8Array(PROBE_SIZE), { fileSystem });
    fileSystem.rmSync(probe);
  } catch (error) {
    throw outputError(path, (error as Error).cause ?? error); // names the path asked about, not the probe
  }
}
