/** Checkpoints on disk: the two calls that most programs need from this folder. */
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpointFile.ts";
import { type FileOptions, nodeFileSystem } from "./fileSystem.ts";
import type { JsonObject } from "./json.ts";
import { readWhole } from "./readWhole.ts";
import type { NamedTensors } from "./safetensors.ts";
import { writeFileAtomicSync } from "./writeFileAtomic.ts";

/**
 * Reads a checkpoint from a file and checks that not one bit of it has changed.
 *
 * @throws CheckpointError, as a rejection, when the file is missing, damaged, newer than this program or no checkpoint
 * @example const { tensors, meta } = await readCheckpoint("runs/best.safetensors");
 */
export async function readCheckpoint(
  path: string,
  { fileSystem = nodeFileSystem() }: FileOptions = {},
): Promise<Checkpoint> {
  return decodeCheckpoint(readWhole(path, fileSystem), path);
}

/**
 * Writes a checkpoint to a file, whole or not at all.
 *
 * @throws OutputError, as a rejection, that says in words why the file cannot be written
 * @example await writeCheckpoint("runs/best.safetensors", { tensors, meta: { step: 1000 } });
 */
export async function writeCheckpoint(
  path: string,
  content: { readonly tensors: NamedTensors; readonly meta: JsonObject },
  options: FileOptions = {},
): Promise<void> {
  writeFileAtomicSync(path, encodeCheckpoint(content), options);
}
