/** What a person reads when arguments do not fit: the wording, word for word. */
import { describe, expect, test } from "vitest";
import {
  add,
  applyMask,
  concat,
  concreteMask,
  crossEntropy,
  embedding,
  expand,
  gruSequence,
  keptUnits,
  linear,
  lstmSequence,
  matmul,
  pickScale,
  reshape,
  type Shape,
  slice,
  softmax,
  sum,
  Tape,
  type Tensor,
  transpose,
} from "../../src/autograd/index.ts";
import { ConfigError, ShapeError } from "../../src/errors.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";

type Body = (zeros: (...shape: number[]) => Tensor, tape: Tape) => unknown;

/** What `body` throws inside a step. */
function thrown(body: Body): unknown {
  const tape = new Tape(engineUnderTest());
  try {
    tape.step(() => body((...shape: Shape) => tape.zeros(shape), tape));
  } catch (error) {
    return error;
  }
  return undefined;
}

const shapeErrors: [string, Body][] = [
  [
    "add: the shapes do not fit together. Expected axes that are equal or 1, counted from the last, got [2, 3] and [2].",
    (zeros) => add(zeros(2, 3), zeros(2)),
  ],
  [
    "add: the tensor has too many axes. Expected 4 axes at most, got [2, 1, 1, 1, 3]. Merge some of them with reshape first.",
    (zeros) => add(zeros(2, 1, 1, 1, 3), zeros(3)),
  ],
  [
    "matmul: the inner sizes differ. Expected a [..., K] and b [K, N], got a [2, 3] and b [4, 5], that is K=3 and K=4.",
    (zeros) => matmul(zeros(2, 3), zeros(4, 5)),
  ],
  [
    "matmul: the inner sizes differ. Expected a [K, M] and b [N, K], got a [2, 3] and b [2, 3], that is K=2 and K=3.",
    (zeros) => matmul(zeros(2, 3), zeros(2, 3), { transA: true, transB: true }),
  ],
  [
    "matmul: these are not matrices. Expected a [K, M] and b with two axes, got a [2, 3, 4] and b [2, 3].",
    (zeros) => matmul(zeros(2, 3, 4), zeros(2, 3), { transA: true }),
  ],
  [
    "linear: x does not fit weight. Expected [..., D=5], got [2, 3, 4].",
    (zeros) => linear(zeros(2, 3, 4), zeros(7, 5)),
  ],
  [
    "linear: bias does not fit weight. Expected [N=7], got [N=5].",
    (zeros) => linear(zeros(3, 5), zeros(7, 5), zeros(5)),
  ],
  [
    "linear: kept does not fit x. Expected some of D=5 units, got 2 of 6.",
    (zeros, tape) => linear(zeros(3, 5), zeros(7, 5), undefined, { kept: keptUnits(tape, [1, 2], 6, 2) }),
  ],
  [
    "keptUnits: no unit is kept. Expected 1 to 5 units, got none. A mask of zeros alone is given as a tensor.",
    (_, tape) => keptUnits(tape, [], 5, 2),
  ],
  [
    "keptUnits: the units are not in order. Expected unit numbers in [0, 5), ascending, got 5 at index 2.",
    (_, tape) => keptUnits(tape, [0, 3, 5], 5, 2),
  ],
  [
    "keptUnits: the units are not in order. Expected unit numbers in [0, 5), ascending, got 3 at index 2.",
    (_, tape) => keptUnits(tape, [0, 3, 3], 5, 2),
  ],
  [
    "keptUnits: the units are not in order. Expected unit numbers in [0, 5), ascending, got -1 at index 0.",
    (_, tape) => keptUnits(tape, [-1, 3], 5, 2),
  ],
  [
    "Tape.ids: the values must be integers in one flat list. Expected integers, with the shape beside them, got 0.5 at index 0. For example ([1, 2, 3, 4], [2, 2]).",
    (_, tape) => keptUnits(tape, [0.5], 5, 2),
  ],
  [
    "reshape: the number of elements differs. Expected a shape with the 6 elements of [2, 3], got [4] with 4.",
    (zeros) => reshape(zeros(2, 3), [4]),
  ],
  [
    "transpose: axes is not a permutation. Expected each axis of [2, 3] once, got [0, 0].",
    (zeros) => transpose(zeros(2, 3), [0, 0]),
  ],
  [
    "slice: the part is empty or leaves the axis. Expected 0 <= start < end <= 3 on axis 1 of [2, 3], got start 2, end 4.",
    (zeros) => slice(zeros(2, 3), -1, 2, 4),
  ],
  [
    "sum: there is no such axis. Expected an axis of [2, 3], from -2 to 1, got 2.",
    (zeros) => sum(zeros(2, 3), 2),
  ],
  ["concat: there is nothing to join. Expected one tensor or more, got none.", () => concat([], 0)],
  [
    "concat: the shapes differ beside the joined axis. Expected [2, 3] but for axis 0, got [2, 4].",
    (zeros) => concat([zeros(2, 3), zeros(2, 4)], 0),
  ],
  [
    "expand: x does not stretch to the shape. Expected axes of [3] or 1, counted from the last, got [2, 3].",
    (zeros) => expand(zeros(2, 3), [3]),
  ],
  [
    "embedding: id 7 is outside the vocabulary. Expected ids in [0, V=5), got 7 at position 2.",
    (zeros, tape) => embedding(zeros(5, 3), tape.ids([0, 4, 7])),
  ],
  [
    "embedding: id -1 is outside the vocabulary. Expected ids in [0, V=5), got -1 at position 0.",
    (zeros, tape) => embedding(zeros(5, 3), tape.ids([-1])),
  ],
  [
    "embedding: scale does not fit ids. Expected 4 factors, one per id of [2, 2], got [3].",
    (zeros, tape) => embedding(zeros(5, 3), tape.ids([0, 1, 2, 3], [2, 2]), zeros(3)),
  ],
  [
    "pickScale: mask does not fit ids. Expected [B=1|2, V], got [B=3, V=5].",
    (zeros, tape) => pickScale(zeros(3, 5), tape.ids([0, 1, 2, 3], [2, 2])),
  ],
  ["softmax: a scalar has no last axis. Expected [..., V], got [].", (zeros) => softmax(zeros())],
  [
    "crossEntropy: targets do not fit logits. Expected logits [..., V] and targets [...], got logits [2, 3, 5] and targets [3, 2].",
    (zeros, tape) => crossEntropy(zeros(2, 3, 5), tape.ids([0, 1, 2, 3, 4, 0], [3, 2])),
  ],
  [
    "crossEntropy: id 5 is outside the vocabulary. Expected ids in [-1, V=5), got 5 at position 1.",
    (zeros, tape) => crossEntropy(zeros(2, 5), tape.ids([-1, 5])),
  ],
  [
    "applyMask: mask does not fit x. Expected [T=1|3, B=2, D=5], got [T=2, B=2, D=5].",
    (zeros) => applyMask(zeros(3, 2, 5), zeros(2, 2, 5)),
  ],
];

const configErrors: [string, Body][] = [
  [
    'crossEntropy: no target is scored, so there is no mean. Expected at least one target that is not -1, got 2 targets of -1. Skip this batch, or use { reduction: "sum" }.',
    (zeros, tape) => crossEntropy(zeros(2, 5), tape.ids([-1, -1])),
  ],
  [
    'crossEntropy: reduction is not known. Expected one of mean, sum, none, got "men". Did you mean "mean"?',
    (zeros, tape) => crossEntropy(zeros(1, 5), tape.ids([0]), { reduction: "men" as "mean" }),
  ],
  [
    "softmax: temperature must be a positive number. Expected a finite number above 0, got 0.",
    (zeros) => softmax(zeros(2), { temperature: 0 }),
  ],
  [
    "concreteMask: noise requires a gradient, and none is computed for it here. Expected a constant: tape.tensor, tape.constant, or a result under noGrad. To train a mask, multiply with mul instead.",
    (_, tape) => concreteMask(tape.parameter([2]), tape.parameter([1]), 0.1),
  ],
];

test.each(shapeErrors)("%s", (message, body) => {
  expect(thrown(body)).toEqual(expect.objectContaining({ message }));
  expect(thrown(body)).toBeInstanceOf(ShapeError);
});

test.each(configErrors)("%s", (message, body) => {
  expect(thrown(body)).toEqual(expect.objectContaining({ message }));
  expect(thrown(body)).toBeInstanceOf(ConfigError);
});

const noises = ["candidateMask", "cellMask", "keepCell", "keepHidden"];

describe.each([
  { op: "lstmSequence", G: 4, run: lstmSequence },
  { op: "gruSequence", G: 3, run: gruSequence },
])("$op", ({ op, G, run }) => {
  const [T, B, D, H] = [3, 4, 5, 6];
  const GH = G * H;
  /** Arguments that fit, but for those given. */
  const message = (wrong: Record<string, Shape>): string => {
    const shapes: Record<string, Shape> = { x: [T, B, D], wIh: [GH, D], wHh: [GH, H], ...wrong };
    const error = thrown((zeros) => {
      const tensors = Object.entries(shapes).map(([name, shape]) => [name, zeros(...shape)]);
      run(Object.fromEntries(tensors));
    });
    expect(error).toBeInstanceOf(ShapeError);
    return (error as Error).message;
  };

  test("says what does not fit what, with letters and sizes", () => {
    expect(message({ x: [T, B, 6] })).toBe(
      `${op}: x does not fit wIh. Expected [T, B, D=5], got [T=3, B=4, D=6].`,
    );
    expect(message({ x: [T, D] })).toBe(`${op}: x does not fit wIh. Expected [T, B, D=5], got [3, 5].`);
    expect(message({ wHh: [GH, 7] })).toBe(
      `${op}: wHh is not square in each gate. Expected [${G}H=${G * 7}, H=7], got [${G}H=${GH}, H=7].`,
    );
    expect(message({ wIh: [GH + 1, D] })).toBe(
      `${op}: wIh does not fit wHh. Expected [${G}H=${GH}, D], got [${G}H=${GH + 1}, D=5].`,
    );
    expect(message({ bIh: [H] })).toBe(`${op}: bIh does not fit wHh. Expected [${G}H=${GH}], got [${G}H=6].`);
    expect(message({ bHh: [GH, 1] })).toBe(
      `${op}: bHh does not fit wHh. Expected [${G}H=${GH}], got [${GH}, 1].`,
    );
    expect(message({ h0: [B, 5] })).toBe(
      `${op}: h0 does not fit x and wHh. Expected [B=4, H=6], got [B=4, H=5].`,
    );
    expect(message({ inputMask: [2, 1, B, D] })).toBe(
      `${op}: inputMask does not fit x. Expected [T=1|3, G=1|${G}, B=4, D=5], got [T=2, G=1, B=4, D=5].`,
    );
    expect(message({ recurrentMask: [1, 2, B, H] })).toBe(
      `${op}: recurrentMask does not fit x and wHh. Expected [T=1|3, G=1|${G}, B=4, H=6], got [T=1, G=2, B=4, H=6].`,
    );
  });

  test("names the sizes of a mask of other units", () => {
    const error = (masks: (tape: Tape) => object): unknown =>
      thrown((zeros, tape) =>
        run({ x: zeros(T, B, D), wIh: zeros(GH, D), wHh: zeros(GH, H), ...masks(tape) }),
      );
    expect(error((tape) => ({ inputMask: keptUnits(tape, [1, 2], H, 2) }))).toEqual(
      new ShapeError("inputMask does not fit x", {
        where: op,
        expected: "some of D=5 units",
        got: "2 of 6",
      }),
    );
    expect(error((tape) => ({ recurrentMask: keptUnits(tape, [1], D, 2) }))).toEqual(
      new ShapeError("recurrentMask does not fit x and wHh", {
        where: op,
        expected: "some of H=6 units",
        got: "1 of 5",
      }),
    );
  });

  test("names noise that does not fit or that would be trained, and an input mask on ids that would be", () => {
    for (const name of op === "gruSequence" ? ["candidateMask", "keepHidden"] : noises) {
      expect(message({ [name]: [2, B, H] })).toBe(
        `${op}: ${name} does not fit x and wHh. Expected [T=1|3, B=4, H=6], got [T=2, B=4, H=6].`,
      );
      expect(message({ [name]: [1, 1, B, H] })).toBe(
        `${op}: ${name} does not fit x and wHh. Expected [T=1|3, B=4, H=6], got [1, 1, 4, 6].`,
      );
      const error = thrown((zeros, tape) =>
        run({ x: zeros(T, B, D), wIh: zeros(GH, D), wHh: zeros(GH, H), [name]: tape.parameter([T, B, H]) }),
      );
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toMatch(`${op}: ${name} requires a gradient`);
    }
    const error = thrown((zeros, tape) =>
      run({
        x: tape.ids([0, 1], [2, 1]),
        wIh: zeros(GH, D),
        wHh: zeros(GH, H),
        inputMask: tape.parameter([1, 1, 1, D]),
      }),
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(`${op}: inputMask requires a gradient`);
  });

  test("names an id that has no column", () => {
    const error = thrown((zeros, tape) =>
      run({ x: tape.ids([0, 5], [2, 1]), wIh: zeros(GH, D), wHh: zeros(GH, H) }),
    );
    expect(error).toEqual(
      new ShapeError("id 5 is outside the vocabulary", {
        where: op,
        expected: "ids in [0, V=5)",
        got: "5 at position 1",
      }),
    );
  });
});

test.each(["cellMask", "keepCell"])(
  "gruSequence: %s is given, and this cell has no c. Expected candidateMask or keepHidden, or an LSTM, got a tensor [1, 4, 6].",
  (name) => {
    const error = thrown((zeros) =>
      gruSequence({ x: zeros(3, 4, 5), wIh: zeros(18, 5), wHh: zeros(18, 6), ...{ [name]: zeros(1, 4, 6) } }),
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toBe(
      `gruSequence: ${name} is given, and this cell has no c. Expected candidateMask or keepHidden, or an LSTM, got a tensor [1, 4, 6].`,
    );
  },
);

test("lstmSequence: c0 does not fit x and wHh. Expected [B=4, H=6], got [B=3, H=6].", () => {
  const error = thrown((zeros) =>
    lstmSequence({ x: zeros(3, 4, 5), wIh: zeros(24, 5), wHh: zeros(24, 6), c0: zeros(3, 6) }),
  );
  expect((error as Error).message).toBe(
    "lstmSequence: c0 does not fit x and wHh. Expected [B=4, H=6], got [B=3, H=6].",
  );
});
