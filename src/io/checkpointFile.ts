/**
 * A tidegate checkpoint: a safetensors file whose metadata says what it is and carries a checksum.
 *
 *   __metadata__ = { crc32: "8 hex digits", format: "tidegate", version: "1", meta: "<JSON text>" }
 *
 * The checksum covers the whole file, header included, computed with its own eight digits as zeros. Summing only the data
 * would leave a flipped bit in a tensor's name or shape unseen. Any safetensors reader can still take the weights out.
 */
import { CheckpointError, describe } from "../errors.ts";
import { crc32, crc32Hex } from "./checksum.ts";
import { isJsonObject, type JsonObject, strictJson } from "./json.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensors, type TensorData } from "./safetensors.ts";

/** The version of the checkpoint layout that this program writes, and the newest it reads. */
export const CHECKPOINT_VERSION = 1;

/** Tensors by name, and everything else that a model needs to live again: configuration, vocabulary, step, seeds. */
export interface Checkpoint {
  readonly tensors: Map<string, TensorData>;
  readonly meta: JsonObject;
}

/** Stands before the digits, and nowhere else in a header: inside any text its quotation marks would be escaped. */
const BEFORE_DIGITS = new TextEncoder().encode('"crc32":"');
const NO_DIGITS = new TextEncoder().encode("00000000");

/**
 * Writes a checkpoint as bytes. The same content gives the same bytes.
 *
 * @param content.tensors - the weights and optimizer state, by name
 * @param content.meta - anything JSON can hold exactly
 * @returns the bytes of the file
 * @throws ConfigError when `meta` holds NaN, an infinity or undefined; ShapeError when a shape does not fit its data
 * @example await writeFileAtomic("model.safetensors", encodeCheckpoint({ tensors, meta: { step: 1000 } }));
 */
export function encodeCheckpoint(content: {
  readonly tensors: NamedTensors;
  readonly meta: JsonObject;
}): Uint8Array<ArrayBuffer> {
  const bytes = encodeSafetensors(content.tensors, {
    crc32: "00000000",
    format: "tidegate",
    version: String(CHECKPOINT_VERSION),
    meta: strictJson("encodeCheckpoint: meta", content.meta),
  });
  const at = digitsAt(bytes)!; // just written
  bytes.set(new TextEncoder().encode(checksum(bytes, at)), at);
  return bytes;
}

/**
 * Reads a checkpoint from bytes.
 *
 * @param bytes - the whole file
 * @param where - its name, for errors
 * @throws CheckpointError when the file is not a checkpoint of this program, is damaged, or is of a newer version
 * @example const { tensors, meta } = decodeCheckpoint(bytes, "model.safetensors");
 */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  if (metadata["format"] !== "tidegate") {
    throw new CheckpointError("this is a safetensors file, but not a tidegate checkpoint", {
      where,
      expected: 'metadata with format "tidegate"',
      got: metadata["format"] === undefined ? "no format" : describe(metadata["format"]),
      mend: "Its weights can be read with decodeSafetensors; a checkpoint also says which model they belong to",
    });
  }
  checkVersion(metadata["version"], where);
  const at = digitsAt(bytes);
  const found = metadata["crc32"];
  if (at === undefined || found !== checksum(bytes, at)) {
    throw new CheckpointError("the file is damaged", {
      where,
      expected: at === undefined ? "a checksum" : `checksum ${checksum(bytes, at)}`,
      got: describe(found),
      mend: "Some bytes changed since it was written: take another copy, or an earlier checkpoint",
    });
  }
  return { tensors, meta: parseMeta(metadata["meta"], where) };
}

function checkVersion(text: string | undefined, where: string): void {
  const version = Number(text);
  if (Number.isInteger(version) && version >= 1 && version <= CHECKPOINT_VERSION) return;
  const isNewer = version > CHECKPOINT_VERSION;
  throw new CheckpointError(
    isNewer ? "the checkpoint was written by a newer tidegate" : "the version is wrong",
    {
      where,
      expected: `checkpoint version ${CHECKPOINT_VERSION}, which this program reads`,
      got: isNewer ? `version ${version}` : describe(text),
      mend: isNewer
        ? "Update tidegate: npm install tidegate@latest"
        : "The file is damaged: take another copy",
    },
  );
}

/** Where the eight digits of the checksum begin, in bytes from the start of the file. */
function digitsAt(bytes: Uint8Array): number | undefined {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  for (let start = 8; start + BEFORE_DIGITS.length + 8 <= 8 + length; start++) {
    if (BEFORE_DIGITS.every((byte, k) => bytes[start + k] === byte)) return start + BEFORE_DIGITS.length;
  }
  return undefined;
}

function checksum(bytes: Uint8Array, at: number): string {
  const before = crc32(bytes.subarray(0, at));
  return crc32Hex(crc32(bytes.subarray(at + 8), crc32(NO_DIGITS, before)));
}

function parseMeta(text: string | undefined, where: string): JsonObject {
  const expected = "a JSON object";
  try {
    const meta: unknown = JSON.parse(text ?? "");
    if (isJsonObject(meta)) return meta;
  } catch (cause) {
    throw new CheckpointError("the checkpoint's meta entry is not JSON", { where, expected, cause });
  }
  throw new CheckpointError("the checkpoint's meta entry is not an object", {
    where,
    expected,
    got: describe(text),
  });
}
