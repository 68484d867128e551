import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, ConfigError, CorpusError, UNKNOWN_SYMBOL, Vocabulary } from "./chapter.ts";

const family = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}"; // one grapheme of five code points

describe("taking a vocabulary from a text", () => {
  test("symbols are sorted by code point, not by UTF-16 unit", () => {
    const vocabulary = Vocabulary.fromText("\u{1F600}b\uFF5Ea");
    expect(vocabulary.symbols).toEqual(["a", "b", "\uFF5E", "\u{1F600}"]);
    expect([...vocabulary.encode("\u{1F600}ab\uFF5E")]).toEqual([3, 0, 1, 2]);
  });

  test("the same symbols in another order give the same vocabulary", () => {
    expect(Vocabulary.fromText("cab").toJSON()).toEqual(Vocabulary.fromText("bbacca").toJSON());
  });

  test("hello world has the numbers that the documentation shows", () => {
    const vocabulary = Vocabulary.fromText("hello world");
    expect(vocabulary.symbols.join("")).toBe(" dehlorw");
    expect([...vocabulary.encode("hold")]).toEqual([3, 5, 4, 1]);
  });

  test("minCount keeps what occurs often enough and makes the rest unknown", () => {
    const vocabulary = Vocabulary.fromText("aaabbc", { minCount: 2 });
    expect(vocabulary.symbols).toEqual(["a", "b", UNKNOWN_SYMBOL]);
    expect(vocabulary.unknownIndex).toBe(2);
    expect([...vocabulary.encode("abcz")]).toEqual([0, 1, 2, 2]);
    expect(vocabulary.decode([0, 1, 2])).toBe("ab\uFFFD");
  });

  test("unknown: true adds the unknown symbol without dropping any", () => {
    const vocabulary = Vocabulary.fromText("ab", { unknown: true });
    expect([...vocabulary.encode("abc")]).toEqual([0, 1, 2]);
  });

  test("graphemes keep an emoji family and a combining accent whole", () => {
    const vocabulary = Vocabulary.fromText(`e\u0301a${family}`, { tokenizer: "grapheme" });
    expect(vocabulary.symbols).toEqual(["a", "e\u0301", family]);
    expect([...vocabulary.encode(`${family}e\u0301`)]).toEqual([2, 1]);
  });

  test("graphemes of a long line are those of the segmenter", () => {
    const line = `${"plain words ".repeat(60)}e\u0301 ${family}${"\u00e9t\u00e9 a\u0308 \r\n".repeat(80)}`;
    const whole = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(line)];
    const vocabulary = Vocabulary.fromText(line, { tokenizer: "grapheme" });
    expect([...vocabulary.encode(line)].map((id) => vocabulary.symbols[id])).toEqual(
      whole.map(({ segment }) => segment),
    );
  });

  test("bytes are always 256 symbols, numbered by their value", () => {
    const vocabulary = Vocabulary.fromText("ab", { tokenizer: "byte" });
    expect(vocabulary.size).toBe(256);
    expect(vocabulary.symbols[10]).toBe("<0A>");
    expect([...vocabulary.encode("A\u00e9")]).toEqual([65, 0xc3, 0xa9]);
  });
});

describe("round trips", () => {
  const anyText = fc.string({ unit: "binary", minLength: 2 }).map((text) => `${text}xy`);

  test.each(["char", "grapheme", "byte"] as const)(
    "%s: decoding what was encoded gives the text",
    (tokenizer) => {
      fc.assert(
        fc.property(anyText, (text) => {
          const vocabulary = Vocabulary.fromText(text, { tokenizer });
          const ids = vocabulary.encode(text);
          expect(vocabulary.decode(ids)).toBe(text);
          const decoder = vocabulary.decoder();
          expect([...ids].map((id) => decoder.push(id)).join("") + decoder.end()).toBe(text);
          const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
          expect(again.encode(text)).toEqual(ids);
          expect(again.symbols).toEqual(vocabulary.symbols);
        }),
      );
    },
  );

  test("a lone surrogate survives as a character", () => {
    const vocabulary = Vocabulary.fromText("a\ud800b");
    const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
    expect(again.decode(again.encode("\ud800a"))).toBe("\ud800a");
  });

  test("the byte decoder holds a sequence back until it is complete", () => {
    const decoder = Vocabulary.fromText("ab", { tokenizer: "byte" }).decoder();
    expect([0xe2, 0x82, 0xac, 0x41].map((byte) => decoder.push(byte))).toEqual(["", "", "\u20ac", "A"]);
    decoder.push(0xe2);
    expect(decoder.end()).toBe("\ufffd");
    expect(decoder.push(0x41)).toBe("A");
  });
});

describe("what cannot be used is refused", () => {
  const message = (act: () => unknown, kind: new (...args: never[]) => Error): string => {
    try {
      act();
    } catch (error) {
      expect(error).toBeInstanceOf(kind);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  test("an unseen symbol is named with its code point, position, line and column", () => {
    const vocabulary = Vocabulary.fromText("ab\n");
    expect(message(() => vocabulary.encode("ab\nab\u00e9"), CorpusError)).toBe(
      'Vocabulary.encode: a symbol is not in the vocabulary. Expected one of its 3 symbols, got "\u00e9" (U+00E9) at ' +
        "position 6 (line 2, column 3). Take the vocabulary from a text that has it, or with minCount 2 or more: " +
        "rare symbols then share an unknown one.",
    );
  });

  test("position and column count emoji as one character", () => {
    const vocabulary = Vocabulary.fromText("\u{1F600}a");
    expect(message(() => vocabulary.encode("\u{1F600}\u{1F600}\u{1F601}"), CorpusError)).toContain(
      '"\u{1F601}" (U+1F601) at position 3 (line 1, column 3)',
    );
  });

  test("a text of one symbol has nothing to predict", () => {
    expect(message(() => Vocabulary.fromText("aaaa"), CorpusError)).toBe(
      "Vocabulary.fromText: a text of one symbol leaves nothing to predict. Expected at least 2 different symbols, " +
        'got only "a" (U+0061). Give it a longer text.',
    );
    expect(() => Vocabulary.fromText("", { tokenizer: "byte" })).toThrow("got an empty text");
  });

  test("a minCount that drops everything is an error", () => {
    expect(message(() => Vocabulary.fromText("abc", { minCount: 2 }), CorpusError)).toBe(
      "Vocabulary.fromText: minCount 2 leaves nothing to predict. Expected at least one symbol that is not rare, " +
        "got 3 different symbols, each fewer than 2 times. Lower minCount.",
    );
  });

  test("options that contradict each other are errors", () => {
    expect(message(() => Vocabulary.fromText("ab", { tokenizer: "byte", minCount: 2 }), ConfigError)).toBe(
      "Vocabulary.fromText: bytes have no unknown symbol. Expected minCount 1 and no unknown with the byte tokenizer, " +
        "got minCount 2, unknown true. Leave both out: all 256 bytes are in the vocabulary.",
    );
    expect(() => Vocabulary.fromText("ab", { minCount: 2, unknown: false })).toThrow(ConfigError);
    expect(() => Vocabulary.fromText("ab", { tokenizer: "word" as "char" })).toThrow(
      "one of char, grapheme, byte",
    );
  });

  test.each([-1, 3, 0.5, Number.NaN])("%s is no symbol of a vocabulary of three", (id) => {
    expect(message(() => Vocabulary.fromText("abc").decode([0, id]), ConfigError)).toBe(
      `Vocabulary.decode: not a symbol of this vocabulary. Expected an integer from 0 to 2, got ${id} at index 1.`,
    );
  });

  test.each([
    [null, "not a vocabulary"],
    [{ version: 2 }, "Expected version 1, got 2. Update tidegate."],
    [{ version: 1, tokenizer: "word" }, "the tokenizer is not known"],
    [{ version: 1, tokenizer: "char", unknown: 1 }, "unknown must say whether"],
    [{ version: 1, tokenizer: "char", unknown: false }, "the symbols are missing"],
    [{ version: 1, tokenizer: "char", unknown: false, symbols: ["a"] }, "at least 2 symbols, got 1"],
    [{ version: 1, tokenizer: "char", unknown: false, symbols: ["a", "bc"] }, "symbol 1 is not one char"],
    [{ version: 1, tokenizer: "char", unknown: true, symbols: ["a", "b"] }, "the unknown symbol is missing"],
    [
      { version: 1, tokenizer: "char", unknown: false, symbols: ["a", "b", "a"] },
      'model.json: a symbol stands in the vocabulary twice. Expected 3 different symbols, got "a" (U+0061) as number 0 and 2.',
    ],
  ])("the JSON %j is refused", (value, text) => {
    expect(message(() => Vocabulary.fromJSON(value, "model.json"), CheckpointError)).toContain(text);
  });
});
