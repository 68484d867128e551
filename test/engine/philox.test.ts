/** Philox 4x32-10 against the known answers of Random123 (kat_vectors), and the key that seeds make. */
import { describe, expect, test } from "vitest";
import { philox, randomKey } from "../../src/engine/index.ts";

function words(key: readonly [number, number], counter: readonly [number, number, number, number]): string[] {
  const out = new Uint32Array(4);
  philox(...key, ...counter, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, "0"));
}

describe("the known answers of Random123", () => {
  const ones = 0xffffffff;
  test("all zeros", () => {
    expect(words([0, 0], [0, 0, 0, 0])).toEqual(["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  });
  test("all ones", () => {
    expect(words([ones, ones], [ones, ones, ones, ones])).toEqual([
      "408f276d",
      "41c83b0e",
      "a20bc7c6",
      "6d5451fd",
    ]);
  });
  test("the digits of π", () => {
    expect(words([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344])).toEqual([
      "d16cfe09",
      "94fdcceb",
      "5001e420",
      "24126ea1",
    ]);
  });
  test("signed and unsigned words of the same bits are the same words", () => {
    expect(words([-1, -1], [-1, -1, -1, -1])).toEqual(words([ones, ones], [ones, ones, ones, ones]));
  });
});

describe("randomKey", () => {
  test("is two unsigned 32-bit words that never change between versions", () => {
    expect(randomKey(42, "masks")).toEqual([820345350, 2392233250]);
  });
  test('42 and "42" are the same seed', () => {
    expect(randomKey("42", "masks")).toEqual(randomKey(42, "masks"));
  });
  test("another purpose or another seed is another key", () => {
    expect(randomKey(42, "weights")).not.toEqual(randomKey(42, "masks"));
    expect(randomKey(43, "masks")).not.toEqual(randomKey(42, "masks"));
  });
  test("a seed that is neither an integer nor a string is refused", () => {
    expect(() => randomKey(0.5, "masks")).toThrow(
      "randomKey: seed must be an integer or a string. Expected an integer or a string, got 0.5. For example { seed: 42 }.",
    );
    expect(() => randomKey(Number.NaN, "masks")).toThrow("got NaN");
  });
});
