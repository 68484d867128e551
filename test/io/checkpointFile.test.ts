import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, ConfigError } from "../../src/errors.ts";
import {
  crc32,
  decodeCheckpoint,
  decodeSafetensors,
  encodeCheckpoint,
  encodeSafetensors,
  type JsonObject,
} from "../../src/io/index.ts";
import { anyTensors } from "./anyTensors.ts";

const TENSORS = { weight: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } };
const META = { step: 1000, config: { cell: "lstm", note: 'a "crc32":"00000000" in a text' } };

const rewritten = (change: Record<string, string>): Uint8Array => {
  const { tensors, metadata } = decodeSafetensors(encodeCheckpoint({ tensors: TENSORS, meta: META }), "x");
  return encodeSafetensors(tensors, { ...metadata, ...change });
};

test("the checksum of 123456789 is the one every CRC-32 gives", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
  const [head, tail] = [new TextEncoder().encode("1234"), new TextEncoder().encode("56789")];
  expect(crc32(tail, crc32(head))).toBe(0xcbf43926);
});

describe("a checkpoint", () => {
  test("comes back with its tensors and its meta", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(anyTensors, object, (tensors, meta) => {
        const back = decodeCheckpoint(encodeCheckpoint({ tensors, meta }), "x");
        expect(back.tensors).toEqual(tensors);
        expect(JSON.stringify(back.meta)).toBe(JSON.stringify(meta));
      }),
    );
  });

  test("is a safetensors file that other programs can open", () => {
    const { tensors, metadata } = decodeSafetensors(encodeCheckpoint({ tensors: TENSORS, meta: META }), "x");
    expect(tensors.get("weight")).toEqual(TENSORS.weight);
    expect(metadata).toMatchObject({ format: "tidegate", version: "1", meta: JSON.stringify(META) });
  });

  test("of the same content has the same bytes", () => {
    const write = () => encodeCheckpoint({ tensors: TENSORS, meta: META });
    expect(write()).toEqual(write());
  });

  test("is refused when any one of its bits is flipped", () => {
    const bytes = encodeCheckpoint({ tensors: TENSORS, meta: META });
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeCheckpoint(flipped, "x"), `bit ${bit}`).toThrow(CheckpointError);
    }
  });

  test("is refused when it is cut anywhere", () => {
    const bytes = encodeCheckpoint({ tensors: TENSORS, meta: META });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCheckpoint(bytes.subarray(0, length), "x"), `${length} bytes`).toThrow(
        CheckpointError,
      );
    }
  });

  test("with a changed weight says that the file is damaged", () => {
    const bytes = encodeCheckpoint({ tensors: TENSORS, meta: META });
    bytes[bytes.length - 1]! ^= 1;
    expect(() => decodeCheckpoint(bytes, "best.safetensors")).toThrow(
      /^best\.safetensors: the file is damaged\. Expected checksum [0-9a-f]{8}, got "[0-9a-f]{8}"\. Some bytes changed/,
    );
  });

  test("of a newer version asks for a newer program", () => {
    expect(() => decodeCheckpoint(rewritten({ version: "2" }), "best.safetensors")).toThrow(
      "best.safetensors: the checkpoint was written by a newer tidegate. Expected checkpoint version 1, which this " +
        "program reads, got version 2. Update tidegate: npm install tidegate@latest.",
    );
  });

  test("of no version, or with something else for a checksum, is damaged", () => {
    for (const version of ["", "0", "0.5", "one"]) {
      expect(() => decodeCheckpoint(rewritten({ version }), "x")).toThrow("x: the version is wrong.");
    }
    expect(() => decodeCheckpoint(rewritten({ crc32: "?" }), "x")).toThrow(
      "x: the file is damaged. Expected",
    );
  });

  test("is told from a plain safetensors file", () => {
    expect(() => decodeCheckpoint(encodeSafetensors(TENSORS), "weights.safetensors")).toThrow(
      "weights.safetensors: this is a safetensors file, but not a tidegate checkpoint. " +
        'Expected metadata with format "tidegate", got no format. Its weights can be read with decodeSafetensors',
    );
    expect(() => decodeCheckpoint(encodeSafetensors(TENSORS, { format: "pt" }), "x")).toThrow('got "pt"');
  });

  test("refuses what JSON would silently change, and leaves out what is undefined", () => {
    const write = (meta: object) => encodeCheckpoint({ tensors: {}, meta: meta as JsonObject });
    expect(() => write({ best: { loss: Number.NaN } })).toThrow(ConfigError);
    expect(() => write({ best: { loss: Number.NaN } })).toThrow(
      'encodeCheckpoint: meta: "loss" cannot be kept as JSON. Expected a finite number, a text, true, false, null, ' +
        "an array or an object, got NaN.",
    );
    expect(() => write({ seed: 1n })).toThrow("got 1");
    expect(() => write({ list: [undefined] })).toThrow("got undefined");
    expect(decodeCheckpoint(write({ a: undefined, b: 1 }), "x").meta).toEqual({ b: 1 });
  });
});
