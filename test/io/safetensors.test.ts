import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, ConfigError, ShapeError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, type TensorData } from "../../src/io/index.ts";
import { anyTensors } from "./anyTensors.ts";

/** A file from a header and some data, both as given, however wrong. */
function file(header: unknown, dataLength = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (begin: number, end: number) => ({
  dtype: "F32",
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
});

describe("a round trip", () => {
  test("keeps names, shapes, types and bits", () => {
    fc.assert(
      fc.property(anyTensors, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const back = decodeSafetensors(encodeSafetensors(tensors, metadata), "x");
        expect(back.tensors).toEqual(tensors);
        expect(back.metadata).toEqual({ ...metadata });
      }),
    );
  });

  test("keeps the payload of a NaN, which a number cannot", () => {
    const bits = Uint32Array.of(0x7fc0_1234, 0xff80_0001);
    const bytes = encodeSafetensors({ x: { shape: [2], data: new Float32Array(bits.buffer) } });
    const { data } = decodeSafetensors(bytes, "x").tensors.get("x")!;
    expect(new Uint32Array(data.buffer)).toEqual(bits);
  });

  test("reads from the middle of a larger buffer, and does not share memory with it", () => {
    const bytes = encodeSafetensors({ x: { shape: [2], data: Float32Array.of(1, 2) } });
    const buffer = Buffer.concat([Buffer.from("abc"), bytes]);
    const { data } = decodeSafetensors(buffer.subarray(3), "x").tensors.get("x")!;
    buffer.fill(0);
    expect(data).toEqual(Float32Array.of(1, 2));
  });

  test("writes from a view into larger memory, shared or not", () => {
    const memory = new Float32Array(new SharedArrayBuffer(40)).fill(7);
    const bytes = encodeSafetensors({ x: { shape: [2], data: memory.subarray(3, 5) } });
    expect(decodeSafetensors(bytes, "x").tensors.get("x")!.data).toEqual(Float32Array.of(7, 7));
  });
});

describe("the layout", () => {
  const tensors: Record<string, TensorData> = {
    bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
    "10": { shape: [1], data: Float32Array.of(1) },
    steps: { shape: [], data: BigInt64Array.of(5n) },
    z: { shape: [1], data: Float32Array.of(2) },
  };

  test("puts wide elements first and starts the data at a multiple of eight, so that every tensor is aligned", () => {
    const bytes = encodeSafetensors(new Map(Object.entries(tensors)));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header.steps.data_offsets).toEqual([0, 8]);
    expect(header["10"].data_offsets).toEqual([8, 12]);
    expect(header.z.data_offsets).toEqual([12, 16]);
    expect(header.bytes.data_offsets).toEqual([16, 19]);
    expect(header.__metadata__).toBeUndefined();
  });

  test("keeps the order given among elements of one width, also for names that are numbers", () => {
    const data = Uint8Array.of(1);
    const names = ["b", "10", "a", "2"];
    const bytes = encodeSafetensors(new Map(names.map((name) => [name, { shape: [1], data }])));
    expect([...decodeSafetensors(bytes, "x").tensors.keys()]).toEqual(names);
  });
});

describe("writing refuses", () => {
  test.each([[[3]], [[2, 2]], [[-1, -2]], [[0.5, 4]]])("the shape %j for two elements", (shape) => {
    expect(() => encodeSafetensors({ w: { shape, data: Float32Array.of(1, 2) } })).toThrow(ShapeError);
  });

  test("in words", () => {
    expect(() => encodeSafetensors({ w: { shape: [2, 2], data: Float32Array.of(1, 2) } })).toThrow(
      'encodeSafetensors: tensor "w": the shape does not fit the data. Expected a shape for 2 elements, got [2, 2].',
    );
  });

  test("arrays of other kinds, the reserved name, and metadata that is not text", () => {
    const other = { shape: [1], data: new Uint16Array(1) as unknown as Uint8Array };
    expect(() => encodeSafetensors({ w: other })).toThrow(ConfigError);
    expect(() => encodeSafetensors({ w: other })).toThrow("got Uint16Array");
    const fine = { shape: [1], data: new Uint8Array(1) };
    expect(() => encodeSafetensors({ __metadata__: fine })).toThrow("the name is reserved");
    const number = { step: 3 } as unknown as Record<string, string>;
    expect(() => encodeSafetensors({}, number)).toThrow('the metadata entry "step" is not a text');
  });
});

describe("reading refuses", () => {
  const two = { a: f32(0, 8), b: f32(8, 16) };
  test.each<[string, Uint8Array, string]>([
    [
      "a file without a length",
      new Uint8Array(7),
      "the file is truncated. Expected at least 8 bytes, got 7.",
    ],
    [
      "a file cut inside the header",
      file(two, 16).slice(0, 40),
      "the file is truncated. Expected a header of",
    ],
    ["a file cut inside the data", file(two, 15), 'the file is truncated: tensor "b" reaches past the end.'],
    ["a file cut before the data", file(two, 0), 'the file is truncated: tensor "a" reaches past the end.'],
    [
      "another kind of file",
      new TextEncoder().encode("<!DOCTYPE html><html>"),
      "this is not a safetensors file",
    ],
    ["a header that is not JSON", file('{"a":'), "the header is not JSON."],
    ["a header that is not UTF-8", file("").fill(0xff, 8), "the header is not JSON."],
    ["a header that is a list", file("[]"), "the header is not a JSON object."],
    ["a name that stands twice", file('{"a":{},"\\u0061":{}}'), 'the header names "a" twice.'],
    [
      "an entry that stands twice",
      file('{"a":{"dtype":"U8","dtype":"F32"}}'),
      'the header names "dtype" twice.',
    ],
    ["metadata that is a list", file({ __metadata__: [] }), "__metadata__ is not an object."],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }), 'the metadata entry "a" is not a text.'],
    ["an entry that is a number", file({ a: 1 }), 'the header entry of tensor "a" is not an object.'],
    [
      "an unknown element type",
      file({ a: { ...f32(0, 4), dtype: "BOOL" } }, 4),
      'got "BOOL". Convert the tensor',
    ],
    [
      "an element type from the prototype",
      file({ a: { ...f32(0, 4), dtype: "constructor" } }, 4),
      "cannot be read",
    ],
    ["a negative length", file({ a: { ...f32(0, 4), shape: [-1] } }, 4), 'the shape of tensor "a" is wrong.'],
    [
      "a length that is no integer",
      file({ a: { ...f32(0, 4), shape: [1.5] } }, 4),
      'the shape of tensor "a" is',
    ],
    [
      "a shape of another size",
      file({ a: { ...f32(0, 4), shape: [2] } }, 4),
      "does not match its shape. Expected 8",
    ],
    [
      "a shape beyond counting",
      file({ a: { ...f32(0, 4), shape: [2 ** 52, 2 ** 52] } }, 4),
      "does not match its",
    ],
    [
      "offsets the wrong way round",
      file({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4),
      "data_offsets of tensor",
    ],
    ["three offsets", file({ a: { ...f32(0, 4), data_offsets: [0, 4, 8] } }, 8), "data_offsets of tensor"],
    [
      "tensors that overlap",
      file({ a: f32(0, 8), b: f32(4, 12) }, 12),
      'tensor "b" overlaps the one before it',
    ],
    ["a gap between tensors", file({ a: f32(0, 4), b: f32(8, 12) }, 12), "no tensor covers bytes 4 to 8"],
    ["bytes after the last tensor", file({ a: f32(0, 4) }, 6), "bytes follow the last tensor. Expected 4"],
  ])("%s", (_, bytes, words) => {
    const reading = () => decodeSafetensors(bytes, "model.safetensors");
    expect(reading).toThrow(CheckpointError);
    expect(reading).toThrow(words);
    expect(reading).toThrow(/^model\.safetensors: /);
  });

  test("any bytes at all with nothing but a CheckpointError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.json(), fc.boolean(), (bytes, json, isJson) => {
        try {
          decodeSafetensors(isJson ? file(json) : bytes, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
    );
  });
});
