/**
 * Named tensors to bytes and back, in the safetensors format, which PyTorch, JAX and MLX programs read too.
 *
 * Wide elements are written first and the header is padded to eight bytes, so every tensor lies aligned in the file and a
 * reader in another language can map it into memory.
 */
import { ConfigError, describe, ShapeError } from "../errors.ts";
import { dtypeOf, READABLE_DTYPES, type TensorArray, type WrittenDtype } from "./dtypes.ts";
import { METADATA_KEY, readHeader } from "./safetensorsHeader.ts";

/** A tensor's values with its shape: row-major, `[]` for a single number. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

/** Tensors by name: a Map, or an object. */
export type NamedTensors = ReadonlyMap<string, TensorData> | Readonly<Record<string, TensorData>>;

/** What a safetensors file holds. */
export interface TensorFile {
  /** In the order of the file. */
  readonly tensors: Map<string, TensorData>;
  /** Texts about the file; empty when there are none. */
  readonly metadata: Record<string, string>;
}

interface Placed {
  readonly name: string;
  readonly tensor: TensorData;
  readonly dtype: WrittenDtype;
}

/**
 * Writes named tensors as a safetensors file.
 *
 * The order given is kept within one element width; wider elements come first.
 *
 * @param tensors - float64, int64 (BigInt64Array), float32, int32 or uint8 arrays with their shapes
 * @param metadata - texts to keep in the header. Default none
 * @returns the bytes of the file, newly allocated
 * @throws ShapeError when an array's length is not the product of its shape
 * @throws ConfigError for the reserved name `__metadata__`, another kind of array, or metadata that is not text
 * @example
 * const weight = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
 * const bytes = encodeSafetensors({ weight }, { madeBy: "me" });
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const placed = namedTensors(tensors)
    .map(([name, tensor]) => placeable(name, tensor))
    .sort((a, b) => b.tensor.data.BYTES_PER_ELEMENT - a.tensor.data.BYTES_PER_ELEMENT);
  const header = headerBytes(placed, metadata);
  const size = placed.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 8 + header.length);
  const file = new Uint8Array(size);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const { data } of placed.map((one) => one.tensor)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file. Every claim of the header is checked before any of it is believed.
 *
 * F64, F32, I64, I32 and U8 come back as the array of that type; F16 and BF16 as float32, which holds them exactly.
 *
 * @param bytes - the whole file
 * @param where - its name, for errors
 * @returns the tensors, each in memory of its own, and the texts of the header
 * @throws CheckpointError when the file is truncated, damaged, not safetensors or has another element type
 * @example const { tensors } = decodeSafetensors(await readFile("model.safetensors"), "model.safetensors");
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): TensorFile {
  const { entries, metadata, dataStart } = readHeader(bytes, where);
  const tensors = new Map<string, TensorData>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const raw = new Uint8Array(end - begin); // a copy: the file need not be aligned, and a Buffer's slice is no copy
    raw.set(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { shape, data: dtype.read(raw.buffer) });
  }
  return { tensors, metadata };
}

function namedTensors(tensors: NamedTensors): [string, TensorData][] {
  return tensors instanceof Map ? [...tensors] : Object.entries(tensors as Record<string, TensorData>);
}

function placeable(name: string, tensor: TensorData): Placed {
  const where = `encodeSafetensors: tensor ${describe(name)}`;
  const dtype = dtypeOf(tensor.data);
  if (!dtype) {
    throw new ConfigError("this kind of array cannot be written", {
      where,
      expected: "a Float32Array, Float64Array, Int32Array, BigInt64Array or Uint8Array",
      got: (tensor.data as object | undefined)?.constructor?.name ?? describe(tensor.data),
    });
  }
  if (name === METADATA_KEY) {
    throw new ConfigError("the name is reserved", { where, mend: "Give the tensor another name" });
  }
  const size = tensor.shape.reduce((product, length) => product * length, 1);
  const isShape = tensor.shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isShape || size !== tensor.data.length) {
    throw new ShapeError("the shape does not fit the data", {
      where,
      expected: `a shape for ${tensor.data.length} elements`,
      got: `[${tensor.shape.join(", ")}]`,
    });
  }
  return { name, tensor, dtype };
}

/** Written entry by entry: an object would move names such as "10" to the front. */
function headerBytes(placed: readonly Placed[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const texts = Object.entries(metadata);
  for (const [key, text] of texts) {
    if (typeof text === "string") continue;
    const detail = { where: "encodeSafetensors", expected: "a text", got: describe(text) };
    throw new ConfigError(`the metadata entry ${describe(key)} is not a text`, detail);
  }
  const parts = texts.length ? [`${JSON.stringify(METADATA_KEY)}:${JSON.stringify(metadata)}`] : [];
  let begin = 0;
  for (const { name, tensor, dtype } of placed) {
    const end = begin + tensor.data.length * READABLE_DTYPES.get(dtype)!.bytes;
    const entry = { dtype, shape: tensor.shape, data_offsets: [begin, end] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    begin = end;
  }
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20); // trailing spaces, as the format asks
  padded.set(text);
  return padded;
}
