import { expect, test } from "vitest";
import {
  CheckpointError,
  ConfigError,
  CorpusError,
  DivergenceError,
  describe as described,
  EngineError,
  fraction,
  knownKeys,
  LifetimeError,
  nearest,
  nonNegativeInteger,
  nonNegativeNumber,
  OutputError,
  oneOf,
  positiveInteger,
  positiveNumber,
  ShapeError,
  TidegateError,
} from "../src/errors.ts";

/** The message of what `run` throws; fails when it is no ConfigError. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("a message says where, what, what was expected, what was there and how to mend it", () => {
  const full = { where: "Lstm", expected: "one", got: "two", mend: "Give one" };
  expect(new ShapeError("does not fit", full).message).toBe(
    "Lstm: does not fit. Expected one, got two. Give one.",
  );
  expect(new ShapeError("does not fit", { where: "Lstm" }).message).toBe("Lstm: does not fit.");
  expect(new ShapeError("does not fit", { where: "Lstm", got: "two" }).message).toBe(
    "Lstm: does not fit. Got two.",
  );
  expect(new ShapeError("does not fit", { where: "Lstm", expected: "one" }).message).toBe(
    "Lstm: does not fit. Expected one.",
  );
  expect(new ShapeError("does not fit", { where: "Lstm", mend: "Was it one?" }).message).toBe(
    "Lstm: does not fit. Was it one?",
  );
});

test("every kind of error carries its own name, the facts as fields, and the error underneath", () => {
  const kinds = [
    ConfigError,
    ShapeError,
    LifetimeError,
    EngineError,
    CorpusError,
    CheckpointError,
    OutputError,
    DivergenceError,
  ];
  const cause = new Error("deep down");
  for (const Kind of kinds) {
    const error = new Kind("wrong", { where: "here", expected: "this", got: "that", cause });
    expect(error).toBeInstanceOf(TidegateError);
    expect(error).toMatchObject({ name: Kind.name, where: "here", expected: "this", got: "that", cause });
  }
  expect(kinds.map(({ name }) => name)).toEqual([...new Set(kinds.map(({ name }) => name))]);
  expect(new ConfigError("wrong", { where: "here" })).not.toHaveProperty("cause");
});

test("positiveInteger", () => {
  expect(positiveInteger("Lstm", "hiddenSize", 1)).toBe(1);
  for (const [value, shown] of [
    [12.5, "12.5"],
    [0, "0"],
    [-3, "-3"],
    [Number.NaN, "NaN"],
    [2 ** 53, "9007199254740992"],
    ["8", '"8"'],
    [null, "null"],
    [undefined, "undefined"],
  ] as const) {
    expect(messageOf(() => positiveInteger("Lstm", "hiddenSize", value))).toBe(
      `Lstm: hiddenSize must be a positive integer. Expected an integer of 1 or more, got ${shown}. For example { hiddenSize: 128 }.`,
    );
  }
  expect(messageOf(() => positiveInteger("Lstm", "layers", 0, 2))).toContain("For example { layers: 2 }.");
});

test("nonNegativeInteger", () => {
  expect(nonNegativeInteger("training", "patience", 0)).toBe(0);
  expect(messageOf(() => nonNegativeInteger("training", "patience", -1))).toBe(
    "training: patience must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
  );
});

test("positiveNumber", () => {
  expect(positiveNumber("training", "learningRate", 1e-3)).toBe(1e-3);
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(messageOf(() => positiveNumber("training", "learningRate", value))).toBe(
      `training: learningRate must be a positive number. Expected a finite number above 0, got ${value}.`,
    );
  }
});

test("nonNegativeNumber", () => {
  expect(nonNegativeNumber("training", "clip", 0)).toBe(0);
  expect(messageOf(() => nonNegativeNumber("training", "clip", -0.5))).toBe(
    "training: clip must be zero or a positive number. Expected a finite number of 0 or more, got -0.5.",
  );
});

test("fraction", () => {
  expect(fraction("dropout", "rate", 0)).toBe(0);
  expect(fraction("dropout", "rate", 0.999)).toBe(0.999);
  for (const value of [1, 1.5, -0.1, Number.NaN]) {
    expect(messageOf(() => fraction("dropout", "rate", value))).toBe(
      `dropout: rate must be a fraction. Expected a number in [0, 1): the fraction dropped, not the fraction kept, got ${value}.`,
    );
  }
});

test("oneOf suggests the nearest choice, and nothing when none is near", () => {
  expect(oneOf("model", "cell", "gru", ["lstm", "gru"])).toBe("gru");
  expect(messageOf(() => oneOf("model", "cell", "LSTN", ["lstm", "gru"]))).toBe(
    'model: cell is not known. Expected one of lstm, gru, got "LSTN". Did you mean "lstm"?',
  );
  expect(messageOf(() => oneOf("model", "cell", "transformer", ["lstm", "gru"]))).toBe(
    'model: cell is not known. Expected one of lstm, gru, got "transformer".',
  );
  expect(messageOf(() => oneOf("model", "cell", 3, ["lstm", "gru"]))).toBe(
    "model: cell is not known. Expected one of lstm, gru, got 3.",
  );
});

test("knownKeys names the unknown key and the nearest known one, and refuses what is no object", () => {
  expect(() => knownKeys("model", { cell: 1 }, ["cell", "layers"])).not.toThrow();
  expect(messageOf(() => knownKeys("model", { layer: 2 }, ["cell", "layers"]))).toBe(
    'model: unknown key "layer". Expected keys among cell, layers, got "layer". Did you mean "layers"?',
  );
  expect(messageOf(() => knownKeys("model", { temperature: 2 }, ["cell", "layers"]))).toBe(
    'model: unknown key "temperature". Expected keys among cell, layers, got "temperature".',
  );
  for (const [value, shown] of [
    [null, "null"],
    [[1], "[1]"],
    ["cell", '"cell"'],
    [undefined, "undefined"],
  ] as const) {
    expect(messageOf(() => knownKeys("model", value, ["cell", "layers"]))).toBe(
      `model: not an object. Expected an object with keys among cell, layers, got ${shown}.`,
    );
  }
});

test("a value is described so that it can be read in a sentence", () => {
  expect(described("a")).toBe('"a"');
  expect(described(Number.NaN)).toBe("NaN");
  expect(described(7n)).toBe("7");
  expect(described(undefined)).toBe("undefined");
  expect(described(true)).toBe("true");
  expect(described(() => 1)).toBe("a function");
  expect(described({ a: [1, 2] })).toBe('{"a":[1,2]}');
  expect(described(Symbol("s"))).toBe("Symbol(s)");
  const long = described("x".repeat(200));
  expect(long).toHaveLength(80);
  expect(long).toMatch(/^"x+\.\.\.$/);
});

test("nearest forgives a slip of the hand and no more", () => {
  expect(nearest("hidden-sise", ["hidden-size", "layers"])).toBe("hidden-size");
  expect(nearest("LAYERS", ["hidden-size", "layers"])).toBe("layers");
  expect(nearest("q", ["hidden-size", "layers"])).toBeUndefined();
  expect(nearest("anything", [])).toBeUndefined();
});
