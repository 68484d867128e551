import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, CorpusError, parseSplit, splitText } from "./chapter.ts";

test("parts are contiguous and the last takes the remainder", () => {
  expect(splitText("0123456789x", [0.8, 0.1, 0.1])).toEqual(["012345678", "9", "x"]);
  expect(splitText("0123456789", [0.9, 0.1])).toEqual(["012345678", "9"]);
});

test("a border inside a code point moves behind it", () => {
  expect(splitText("a\u{1F600}b", [0.5, 0.5])).toEqual(["a\u{1F600}", "b"]);
});

test("the parts joined are the text, and no code point is cut", () => {
  const anyText = fc.string({ unit: "binary", minLength: 40 });
  fc.assert(
    fc.property(anyText, fc.double({ min: 0.2, max: 0.8, noNaN: true }), (text, share) => {
      const parts = splitText(text, [share, 1 - share]);
      expect(parts.join("")).toBe(text);
      expect(parts.flatMap((part) => [...part])).toEqual([...text]);
    }),
  );
});

test("exact byte shares give exact borders", () => {
  const sizes = [5_017_482, 393_042, 442_423]; // the parts of character-level Penn Treebank
  const total = sizes.reduce((sum, size) => sum + size);
  const parts = splitText(
    "x".repeat(total),
    sizes.map((size) => size / total),
  );
  expect(parts.map((part) => part.length)).toEqual(sizes);
});

test("fractions that do not add up to 1 are refused", () => {
  expect(() => splitText("abcdefghij", [0.8, 0.1])).toThrow(
    new ConfigError("the fractions of a split must be above 0 and add up to 1", {
      where: "splitText",
      expected: "numbers above 0 with the sum 1",
      got: "[0.8,0.1] with the sum 0.9",
      mend: "For example 0.8, 0.1, 0.1",
    }),
  );
  for (const bad of [[], [1.5, -0.5], [0, 1], [Number.NaN, 1], [0.6, 0.6]]) {
    expect(() => splitText("abcdefghij", bad)).toThrow(ConfigError);
  }
});

test("a text that leaves a part empty is refused", () => {
  expect(() => splitText("abc", [0.9, 0.05, 0.05])).toThrow(CorpusError);
  expect(() => splitText("abc", [0.9, 0.05, 0.05])).toThrow(
    "splitText: the text is too short to split. Expected at least one symbol in each of 3 parts of 0.9, 0.05, 0.05, " +
      "got a text of 3 characters. Use a longer text or larger fractions.",
  );
  expect(() => splitText("", [1])).toThrow(CorpusError);
});

test("a split on the command line is two or three numbers", () => {
  expect(parseSplit("0.9,0.1")).toEqual([0.9, 0.1]);
  expect(parseSplit(" 0.8, .1 ,1e-1")).toEqual([0.8, 0.1, 0.1]);
  expect(() => parseSplit("0.9;0.1", "--split")).toThrow(
    "--split: the split cannot be read. Expected two fractions (train, valid) or three (train, valid, test), with commas, " +
      'got "0.9;0.1". For example 0.8,0.1,0.1.',
  );
  for (const bad of ["1", "0.9,", "0.4,0.3,0.2,0.1", "90,10", "a,b"]) {
    expect(() => parseSplit(bad)).toThrow(ConfigError);
  }
});
