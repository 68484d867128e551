/** Arbitrary named tensors of every element type that is written, for the round-trip properties. */
import fc from "fast-check";
import type { TensorArray, TensorData } from "../../src/io/index.ts";

const anyShape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

function arrayOf(dtype: string, size: number): fc.Arbitrary<TensorArray> {
  const exactly = { minLength: size, maxLength: size };
  if (dtype === "F32") return fc.float32Array(exactly);
  if (dtype === "F64") return fc.float64Array(exactly);
  if (dtype === "I32") return fc.int32Array(exactly);
  if (dtype === "I64") return fc.bigInt64Array(exactly);
  return fc.uint8Array(exactly);
}

const anyTensor: fc.Arbitrary<TensorData> = fc
  .tuple(fc.constantFrom("F32", "F64", "I32", "I64", "U8"), anyShape)
  .chain(([dtype, shape]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return arrayOf(dtype, size).map((data) => ({ shape, data }));
  });

/** Names to trip over: integers, which objects sort first; the prototype; quotation marks; other scripts. */
const anyName = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__"),
  fc.constantFrom("10", "2", "__proto__", "constructor", '"crc32":"00000000"', "weight_ih_l0", "größe", ""),
);

export const anyTensors: fc.Arbitrary<Map<string, TensorData>> = fc
  .array(fc.tuple(anyName, anyTensor), { maxLength: 6 })
  .map((pairs) => new Map(pairs));
