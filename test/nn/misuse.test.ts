/** What a newcomer does wrong first must be an error that says so, never a silent NaN. */
import { describe, expect, test } from "vitest";
import { add, Tape } from "../../src/autograd/index.ts";
import { createReferenceEngine, RandomStream, randomKey } from "../../src/engine/index.ts";
import { Embedding, Linear, RecurrentStack } from "../../src/nn/index.ts";

const tape = new Tape(createReferenceEngine());
const stream = (): RandomStream => new RandomStream(randomKey(1, "weights"));
const loose = (value: unknown): never => value as never;

describe("values of a tensor", () => {
  test("nested lists are refused", () => {
    expect(() =>
      tape.step(() =>
        tape.tensor(
          loose([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toThrow(
      "Tape.tensor: the values must be numbers in one flat list. Expected numbers, with the shape beside them, got [1,2] at index 0. For example ([1, 2, 3, 4], [2, 2]).",
    );
  });
  test("ids that are not whole numbers are refused", () => {
    expect(() => tape.step(() => tape.ids([1, 1.7]))).toThrow("got 1.7 at index 1");
    expect(() => tape.step(() => tape.ids(Float32Array.of(0.5)))).toThrow("must be integers");
  });
  test("tensors of two tapes do not meet", () => {
    const other = new Tape(createReferenceEngine());
    expect(() => tape.step(() => add(tape.tensor([1]), other.constant([1], [2])))).toThrow(
      "Tape: tensors of two tapes meet in one operation.",
    );
  });
});

describe("options of a layer", () => {
  test("dropout is not one of the stack's", () => {
    expect(
      () => new RecurrentStack(tape, loose({ inputSize: 2, hiddenSize: 3, dropout: 0.5 }), stream()),
    ).toThrow('RecurrentStack: unknown key "dropout".');
  });
  test("a slip of the hand is named", () => {
    expect(() => new Linear(tape, loose({ inputSize: 2, outputSiz: 3 }), stream())).toThrow(
      'Did you mean "outputSize"?',
    );
    expect(() => new Embedding(tape, loose({ vocabSize: 2, embedingSize: 3 }), stream())).toThrow(
      'Did you mean "embeddingSize"?',
    );
  });
  test("a missing stream is named, with how to make one", () => {
    expect(() => new Linear(tape, { inputSize: 2, outputSize: 3 }, loose(undefined))).toThrow(
      'initialise: there is no random stream to draw initial values from. Expected a RandomStream, got undefined. Pass one to the layer: new RandomStream(randomKey(42, "weights")).',
    );
  });
});
