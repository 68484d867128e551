/** Tensors to bytes and bytes to files. See README.md. */
export { assertWritable } from "./assertWritable.ts";
export { CHECKPOINT_VERSION, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpointFile.ts";
export { readCheckpoint, writeCheckpoint } from "./checkpointOnDisk.ts";
export { crc32 } from "./checksum.ts";
export type { TensorArray } from "./dtypes.ts";
export type { FileOptions, FileSystem } from "./fileSystem.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { appendLine, JsonLines, readJsonLines } from "./jsonLines.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensors,
  type TensorData,
  type TensorFile,
} from "./safetensors.ts";
export { writeFileAtomic, writeFileAtomicSync } from "./writeFileAtomic.ts";
