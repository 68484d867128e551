/** Reads what Python's safetensors wrote; see test/golden/safetensors/generate.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/index.ts";

const FILE = new URL("../golden/safetensors/from-python.safetensors", import.meta.url);
const { tensors, metadata } = decodeSafetensors(readFileSync(FILE), "from-python.safetensors");

test("every element type that Python writes is read with its exact values", () => {
  expect(Object.fromEntries(tensors)).toEqual({
    weight: { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, k) => k / 8) },
    double: { shape: [2], data: Float64Array.of(1 / 3, -1e300) },
    count: { shape: [2], data: BigInt64Array.of(2n ** 62n + 1n, -1n) },
    index: { shape: [2, 1], data: Int32Array.of(-(2 ** 31), 7) },
    byte: { shape: [3], data: Uint8Array.of(0, 127, 255) },
    half: {
      shape: [11],
      data: Float32Array.of(
        ...[0, -0, 1, -2.5, 65504, 2 ** -24, 2 ** -14, 1365 / 4096],
        ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
      ),
    },
    brain: { shape: [4], data: Float32Array.of(1, -3.140625, Number.POSITIVE_INFINITY, 2 ** -133) },
    scalar: { shape: [], data: Float32Array.of(2.5) },
    empty: { shape: [0, 3], data: new Float32Array(0) },
  });
});

test("metadata outside ASCII survives", () => {
  expect(metadata).toEqual({ madeBy: "Python", word: "Größe" });
});

test("written again, the file still says the same", () => {
  const again = decodeSafetensors(encodeSafetensors(tensors, metadata), "again");
  expect(Object.fromEntries(again.tensors)).toEqual(Object.fromEntries(tensors));
  expect(again.metadata).toEqual(metadata);
});
