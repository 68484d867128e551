/**
 * The header of a safetensors file, read with suspicion.
 *
 *   file   = u64 header length · header · data          (all little-endian)
 *   header = {"__metadata__": {text: text}, "<name>": {"dtype": "F32", "shape": [4, 3], "data_offsets": [begin, end]}}
 *
 * Offsets count from the start of the data. The tensors must cover the data from end to end, with no gap and no overlap:
 * the format asks for it, so that a file cannot hide anything and a wrong offset cannot go unseen.
 *
 * Source: the format description of huggingface/safetensors · differs from it in: fewer dtypes.
 */
import { CheckpointError, describe, type ErrorDetail } from "../errors.ts";
import { type Dtype, READABLE_DTYPES } from "./dtypes.ts";
import { doubledKey, isJsonObject, type JsonObject } from "./json.ts";

/** The name that a header keeps for texts about the file. */
export const METADATA_KEY = "__metadata__";

/** Headers above this are refused, as the original implementation does: an arbitrary file would ask for any amount. */
const LONGEST_HEADER = 100_000_000; // bytes

/** Where one tensor lies. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the data. */
  readonly begin: number;
  /** One past the last byte, counted from the start of the data. */
  readonly end: number;
}

/** A header that has been checked against the length of its file. */
export interface Header {
  /** In the order of the data. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
  /** Bytes from the start of the file to the start of the data. */
  readonly dataStart: number;
}

type Fail = (problem: string, detail?: Omit<ErrorDetail, "where">) => CheckpointError;

/**
 * Reads and checks the header of a safetensors file.
 *
 * @param bytes - the whole file
 * @param where - its name, for errors
 * @throws CheckpointError that says what is wrong with the file
 */
export function readHeader(bytes: Uint8Array, where: string): Header {
  const fail: Fail = (problem, detail = {}) => new CheckpointError(problem, { where, ...detail });
  const dataStart = 8 + headerLength(bytes, fail);
  const header = parseHeader(bytes.slice(8, dataStart), fail);
  const metadata = readMetadata(header[METADATA_KEY], fail);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, bytes.length - dataStart, fail);
  return { entries, metadata, dataStart };
}

function headerLength(bytes: Uint8Array, fail: Fail): number {
  const cut = { mend: "The file was cut off when it was written or copied: take another copy" };
  if (bytes.length < 8) {
    throw fail("the file is truncated", { expected: "at least 8 bytes", got: `${bytes.length}`, ...cut });
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    throw fail("this is not a safetensors file, or its first bytes are damaged: the header is too long", {
      expected: `a header of at most ${LONGEST_HEADER} bytes`,
      got: `${length}`,
    });
  }
  if (Number(length) > bytes.length - 8) {
    const got = `a file of ${bytes.length} bytes`;
    throw fail("the file is truncated", { expected: `a header of ${length} bytes`, got, ...cut });
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array, fail: Fail): JsonObject {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw fail("the header is not JSON", {
      expected: "a JSON object in UTF-8",
      mend: "The file is damaged, or it is no safetensors file",
      cause,
    });
  }
  if (!isJsonObject(header)) {
    throw fail("the header is not a JSON object", { expected: "an object", got: describe(header) });
  }
  const twice = doubledKey(text);
  if (twice !== undefined) throw fail(`the header names ${describe(twice)} twice`);
  return header;
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) {
    throw fail(`${METADATA_KEY} is not an object`, { expected: "an object of texts", got: describe(value) });
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === "string") continue;
    const problem = `the metadata entry ${describe(key)} is not a text`;
    throw fail(problem, { expected: "a text", got: describe(text) });
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, fail: Fail): HeaderEntry {
  const tensor = `tensor ${describe(name)}`;
  if (!isJsonObject(value)) {
    const expected = "an object with dtype, shape and data_offsets";
    throw fail(`the header entry of ${tensor} is not an object`, { expected, got: describe(value) });
  }
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  const dtype = typeof dtypeName === "string" ? READABLE_DTYPES.get(dtypeName) : undefined;
  if (!dtype) {
    throw fail(`${tensor} has an element type that cannot be read`, {
      expected: `one of ${[...READABLE_DTYPES.keys()].join(", ")}`,
      got: describe(dtypeName),
      mend: "Convert the tensor to float32 in the program that wrote it",
    });
  }
  if (!isSizes(shape)) {
    throw fail(`the shape of ${tensor} is wrong`, {
      expected: "an array of non-negative integers",
      got: describe(shape),
    });
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw fail(`the data_offsets of ${tensor} are wrong`, {
      expected: "[begin, end] with begin <= end",
      got: describe(offsets),
    });
  }
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, length) => product * length, dtype.bytes);
  if (size !== end - begin) {
    throw fail(`the size of ${tensor} does not match its shape`, {
      expected: `${size} bytes for ${dtypeName} ${describe(shape)}`,
      got: `${end - begin}`,
    });
  }
  return { name, dtype, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Sorted entries must touch each other, begin at 0 and end where the file ends. */
function checkCover(entries: readonly HeaderEntry[], dataLength: number, fail: Fail): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    const tensor = `tensor ${describe(name)}`;
    if (begin < covered) throw fail(`${tensor} overlaps the one before it: bytes ${begin} to ${covered}`);
    if (begin > covered) throw fail(`no tensor covers bytes ${covered} to ${begin}, before ${tensor}`);
    if (end > dataLength) {
      throw fail(`the file is truncated: ${tensor} reaches past the end`, {
        expected: `at least ${end} bytes of data`,
        got: `${dataLength}`,
        mend: "The file was cut off when it was written or copied: take another copy",
      });
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw fail("bytes follow the last tensor", {
      expected: `${covered} bytes of data`,
      got: `${dataLength}`,
    });
  }
}
