/**
 * The element types of a safetensors file: which typed array each becomes, and how many bytes an element takes.
 *
 * Values are little-endian in the file and in memory: WebAssembly memory is little-endian, and so is every machine this
 * package runs on. Half-precision types are read (widened to float32, exactly) and never written.
 */

/** The typed arrays that a tensor file can hold. */
export type TensorArray = Float64Array | BigInt64Array | Float32Array | Int32Array | Uint8Array;

/** The element types that are written, by their safetensors names. */
export type WrittenDtype = "F64" | "I64" | "F32" | "I32" | "U8";

/** How one element type is read. */
export interface Dtype {
  /** Bytes per element in the file. */
  readonly bytes: number;
  /** Makes an array over bytes that start at offset 0 and belong to nobody else. */
  readonly read: (raw: ArrayBuffer) => TensorArray;
}

/** The element types that can be read, by safetensors name; a Map, so that a dtype called "constructor" is unknown. */
export const READABLE_DTYPES: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["F64", { bytes: 8, read: (raw) => new Float64Array(raw) }],
  ["I64", { bytes: 8, read: (raw) => new BigInt64Array(raw) }],
  ["F32", { bytes: 4, read: (raw) => new Float32Array(raw) }],
  ["I32", { bytes: 4, read: (raw) => new Int32Array(raw) }],
  ["F16", { bytes: 2, read: (raw) => Float32Array.from(new Uint16Array(raw), halfToNumber) }],
  ["BF16", { bytes: 2, read: (raw) => widenBrainFloats(new Uint16Array(raw)) }],
  ["U8", { bytes: 1, read: (raw) => new Uint8Array(raw) }],
]);

/** The safetensors name of an array's element type, or undefined when it has none here. */
export function dtypeOf(data: unknown): WrittenDtype | undefined {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof BigInt64Array) return "I64";
  if (data instanceof Uint8Array) return "U8";
  return undefined;
}

/** The value of an IEEE 754 binary16 bit pattern: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24; // zero and subnormals
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a float32. */
function widenBrainFloats(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (upper) => (upper << 16) >>> 0).buffer);
}
