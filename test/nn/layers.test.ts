/** Linear, Embedding, the loss, initialisers as configuration, and how parameters of parts are collected. */
import { describe, expect, test } from "vitest";
import { crossEntropy, sum, Tape } from "../../src/autograd/index.ts";
import { RandomStream, randomKey } from "../../src/engine/index.ts";
import {
  checkInit,
  collectParameters,
  countParameters,
  Embedding,
  Linear,
  meanSquaredError,
  RecurrentStack,
} from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, valuesOf } from "../gradients/numbers.ts";

const stream = (): RandomStream => new RandomStream(randomKey(1, "weights"));
const newTape = (): Tape => new Tape(engineUnderTest());

describe("Linear", () => {
  test("computes x Wᵀ + b on the last axis, and its bias starts at zero", () => {
    const tape = newTape();
    const layer = new Linear(tape, { inputSize: 3, outputSize: 2 }, stream());
    expect(layer.weight.shape).toEqual([2, 3]);
    expect(valuesOf(layer.bias!)).toEqual([0, 0]);
    expect(Math.max(...valuesOf(layer.weight).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(3));
    tape.assign(layer.weight, [1, 2, 3, 4, 5, 6]);
    tape.assign(layer.bias!, [10, 20]);
    tape.step(() => {
      const y = layer.forward(tape.tensor([1, 1, 1, 1, 0, -1], [2, 1, 3]));
      expect(y.shape).toEqual([2, 1, 2]);
      expect(valuesOf(y)).toEqual([16, 35, 8, 18]);
    });
  });

  test("has its weight only, without a bias", () => {
    const layer = new Linear(newTape(), { inputSize: 3, outputSize: 2, bias: false }, stream());
    expect([...layer.parameters.keys()]).toEqual(["weight"]);
  });

  test("refuses sizes in words", () => {
    expect(() => new Linear(newTape(), { inputSize: 0, outputSize: 2 }, stream())).toThrow(
      "Linear: inputSize must be a positive integer. Expected an integer of 1 or more, got 0.",
    );
  });
});

describe("Embedding", () => {
  test("looks up rows and scales them", () => {
    const tape = newTape();
    const table = new Embedding(tape, { vocabSize: 3, embeddingSize: 2 }, stream());
    tape.assign(table.weight, [1, 2, 3, 4, 5, 6]);
    tape.step(() => {
      const ids = tape.ids([2, 0, 2, 1], [2, 2]);
      expect(valuesOf(table.forward(ids))).toEqual([5, 6, 1, 2, 5, 6, 3, 4]);
      expect(valuesOf(table.forward(ids, tape.tensor([0, 2, 0, 1], [2, 2])))).toEqual([
        0, 0, 2, 4, 0, 0, 3, 4,
      ]);
    });
  });

  test("starts normal, as PyTorch's", () => {
    const values = valuesOf(new Embedding(newTape(), { vocabSize: 100, embeddingSize: 50 }, stream()).weight);
    const variance = values.reduce((total, w) => total + w * w, 0) / values.length;
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
  });

  test("that is tied to the decoder is one tensor: listed once, and both gradients add", () => {
    const tape = newTape();
    const embedding = new Embedding(tape, { vocabSize: 3, embeddingSize: 2 }, stream());
    const decoder = new Linear(tape, { inputSize: 2, outputSize: 3, weight: embedding.weight }, stream());
    const parameters = collectParameters({ embedding, decoder });
    expect([...parameters.keys()]).toEqual(["embedding.weight", "decoder.bias"]);
    expect(countParameters(parameters)).toBe(9);
    tape.assign(embedding.weight, [1, 2, 3, 4, 5, 6]);
    tape.step(() => {
      // loss = Σ E (E[1]) = Σ_v Σ_d E[v,d] E[1,d]
      tape.backward(sum(decoder.forward(embedding.forward(tape.ids([1], [1, 1])))));
      // by row v: E[1]; and once more in row 1 the sum of all rows
      expect(gradientOf(embedding.weight)).toEqual([3, 4, 3 + 9, 4 + 12, 3, 4]);
    });
  });
});

test("the parameters of parts are named after them, in order", () => {
  const tape = newTape();
  const rnn = new RecurrentStack(tape, { cell: "gru", inputSize: 2, hiddenSize: 3 }, stream());
  const decoder = new Linear(tape, { inputSize: 3, outputSize: 2 }, stream());
  expect([...collectParameters({ rnn, decoder }).keys()]).toEqual([
    "rnn.weight_ih_l0",
    "rnn.weight_hh_l0",
    "rnn.bias_ih_l0",
    "rnn.bias_hh_l0",
    "decoder.weight",
    "decoder.bias",
  ]);
});

describe("meanSquaredError", () => {
  test("averages squares, and its gradient is 2 (y - target) / N", () => {
    const tape = newTape();
    tape.step(() => {
      const y = tape.variable([1, 2, 3, 4], [2, 2]);
      const loss = meanSquaredError(y, tape.tensor([1, 0, 3, 8], [2, 2]));
      expect(valuesOf(loss)).toEqual([5]);
      tape.backward(loss);
      expectClose(gradientOf(y), [0, 1, 0, -2], 1e-15);
    });
  });

  test("refuses [B, 1] against [B], which would broadcast to [B, B]", () => {
    const tape = newTape();
    tape.step(() => {
      expect(() => meanSquaredError(tape.zeros([3, 1]), tape.zeros([3]))).toThrow(
        "meanSquaredError: y and target have different shapes. Expected a target of shape [3, 1], got [3]. Reshape one of them: reshape(y, target.shape).",
      );
    });
  });
});

test("a sequence of one decoder and one loss trains: the gradient of cross-entropy reaches the bias", () => {
  const tape = newTape();
  const decoder = new Linear(tape, { inputSize: 2, outputSize: 3 }, stream());
  tape.step(() => {
    const loss = crossEntropy(decoder.forward(tape.zeros([2, 1, 2])), tape.ids([0, 2], [2, 1]));
    expect(valuesOf(loss)[0]).toBeCloseTo(Math.log(3), 12);
    tape.backward(loss);
    expectClose(gradientOf(decoder.bias!), [1 / 3 - 0.5, 1 / 3, 1 / 3 - 0.5], 1e-12);
  });
});

describe("checkInit", () => {
  test("fills in the gain and returns the rest as it is", () => {
    expect(checkInit("init", { name: "orthogonal" })).toEqual({ name: "orthogonal", gain: 1 });
    expect(checkInit("init", { name: "uniform", range: 0.1 })).toEqual({ name: "uniform", range: 0.1 });
    expect(checkInit("init", { name: "xavier" })).toEqual({ name: "xavier" });
  });

  test.each([
    [
      { name: "orthogonl" },
      'init: init is not known. Expected one of fanIn, xavier, zeros, uniform, normal, orthogonal, got "orthogonl". Did you mean "orthogonal"?',
    ],
    [
      { name: "uniform", range: -1 },
      "init: range must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { name: "normal", std: 1 },
      'init: unknown key "std". Expected keys among name, range, sd, gain, got "std". Did you mean "sd"?',
    ],
  ])("refuses %j", (value, message) => {
    expect(() => checkInit("init", value)).toThrow(message);
  });
});
