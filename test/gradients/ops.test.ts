/** Every op but the recurrent ones, by central differences at odd, unequal sizes. */
import { describe, expect, test } from "vitest";
import {
  abs,
  add,
  addScalar,
  applyMask,
  concat,
  concreteMask,
  crossEntropy,
  div,
  embedding,
  exp,
  expand,
  keptUnits,
  linear,
  log,
  matmul,
  mean,
  mul,
  neg,
  reciprocal,
  relu,
  reshape,
  type Shape,
  scale,
  sigmoid,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  sumOfSquares,
  type Tensor,
  tanh,
  transpose,
} from "../../src/autograd/index.ts";
import { checkGradients, type Input } from "./checkGradients.ts";
import { numbers } from "./numbers.ts";

const random = numbers("op gradients");
const input = (shape: Shape): Input => ({ shape, values: random(shape) });
/** Away from 0, where 1/x, ln x, √x, |x| and max(x, 0) are not smooth. */
const positive = (shape: Shape): Input => ({ shape, values: random(shape, 0.5, 1.5) });
const away = (shape: Shape): Input => ({
  shape,
  values: random(shape).map((x) => x + 0.2 * Math.sign(x)),
});

describe("functions of one tensor", () => {
  test.each(Object.entries({ neg, exp, sigmoid, tanh, square }))("%s", (_, f) => {
    checkGradients({ x: input([3, 5]) }, ({ x }) => f(x));
  });
  test.each(Object.entries({ log, sqrt }))("%s", (_, f) => {
    checkGradients({ x: positive([3, 5]) }, ({ x }) => f(x));
  });
  test.each(Object.entries({ relu, abs, reciprocal }))("%s", (_, f) => {
    checkGradients({ x: away([3, 5]) }, ({ x }) => f(x));
  });
  test("scale and addScalar", () => {
    checkGradients({ x: input([3, 5]) }, ({ x }) => addScalar(scale(x, -2.5), 3));
  });
});

/** Pairs of shapes, from equal to stretched on both sides. */
const stretched: [Shape, Shape][] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 1],
    [1, 5],
  ],
  [[2, 3, 5], []],
  [
    [2, 1, 5, 1],
    [3, 1, 2],
  ],
  [[1], [2, 3]],
];

describe("functions of two tensors", () => {
  for (const [name, f] of Object.entries({ add, sub, mul, div })) {
    test.each(stretched)(`${name} of %j and %j`, (a, b) => {
      checkGradients({ a: input(a), b: away(b) }, (tensors) => f(tensors.a, tensors.b));
    });
    test(`${name} of a tensor with itself`, () => {
      checkGradients({ x: away([3, 5]) }, ({ x }) => f(x, x));
    });
    test(`${name} with a number on either side`, () => {
      checkGradients({ x: away([3, 5]) }, ({ x }) => [f(x, 1.7), f(1.7, x)]);
    });
  }
});

describe("products", () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("matmul with transA %s and transB %s", (transA, transB) => {
    const [M, K, N] = [3, 5, 7];
    checkGradients({ a: input(transA ? [K, M] : [M, K]), b: input(transB ? [N, K] : [K, N]) }, ({ a, b }) =>
      matmul(a, b, { transA, transB }),
    );
  });
  test("matmul of a sequence, of a vector, and of a matrix with itself", () => {
    checkGradients({ xs: input([2, 3, 5]), x: input([5]), w: input([5, 5]) }, ({ xs, x, w }) => [
      matmul(xs, w),
      matmul(x, w),
      matmul(w, w),
    ]);
  });
  test("linear, of units that a mask keeps", () => {
    const shapes = { x: input([2, 3, 5]), weight: input([4, 5]), bias: input([4]) };
    checkGradients(shapes, ({ x, weight, bias }, tape) => [
      linear(x, weight, bias, { kept: keptUnits(tape, [0, 2, 3], 5, 2) }),
      linear(x, weight, undefined, { kept: keptUnits(tape, [4], 5, 5) }),
    ]);
  });

  test("linear, with and without bias, on a matrix, a sequence and a vector", () => {
    checkGradients(
      { x: input([3, 5]), xs: input([2, 3, 5]), v: input([5]), weight: input([7, 5]), bias: input([7]) },
      ({ x, xs, v, weight, bias }) => [linear(x, weight, bias), linear(xs, weight), linear(v, weight, bias)],
    );
  });
});

describe("movement", () => {
  test("reshape of a result, and of a parameter that is used twice", () => {
    checkGradients({ x: input([2, 3, 5]) }, ({ x }) => [
      reshape(tanh(x), [5, 6]),
      square(reshape(x, [30])),
      x,
    ]);
  });
  test.each([
    [
      [2, 3],
      [1, 0],
    ],
    [
      [2, 3, 5],
      [1, 2, 0],
    ],
    [
      [2, 3, 5],
      [0, 2, 1],
    ],
    [
      [2, 3, 5, 4],
      [3, 1, 0, 2],
    ],
  ])("transpose of %j by %j", (shape, axes) => {
    checkGradients({ x: input(shape) }, ({ x }) => transpose(x, axes));
  });
  test.each([0, 1, 2, -1])("slice along axis %i, two parts that overlap", (axis) => {
    checkGradients({ x: input([4, 5, 3]) }, ({ x }) => [slice(x, axis, 1), square(slice(x, axis, 0, 2))]);
  });
  test.each([0, 1, 2, -2])("concat along axis %i, one tensor twice", (axis) => {
    const other = [2, 3, 5].map((n, k) => (k === (axis + 3) % 3 ? n + 2 : n));
    checkGradients({ a: input([2, 3, 5]), b: input(other) }, ({ a, b }) => concat([a, b, a], axis));
  });
  test.each<[Shape, Shape]>([
    [[5], [2, 3, 5]],
    [
      [3, 1],
      [2, 3, 5],
    ],
    [[], [2, 3]],
    [
      [2, 1, 3, 1],
      [2, 4, 3, 5],
    ],
  ])("expand of %j to %j", (from, to) => {
    checkGradients({ x: input(from) }, ({ x }) => expand(x, to));
  });
});

describe("sums and means", () => {
  test.each([undefined, 0, 1, 2, -1])("along axis %s", (axis) => {
    checkGradients({ x: input([2, 3, 5]) }, ({ x }) => [sum(x, axis), mean(square(x), axis)]);
  });
});

describe("rows", () => {
  test("embedding with an id that repeats, and with a factor per id", () => {
    checkGradients({ table: input([7, 5]) }, ({ table }, tape) => {
      const ids = tape.ids([3, 0, 3, 6, 3, 1], [2, 3]);
      return [embedding(table, ids), embedding(table, ids, tape.tensor([0, 2, 2, 0, 2, 2]))];
    });
  });
  test.each([0.7, 1, 2])("softmax at temperature %f", (temperature) => {
    checkGradients({ x: input([2, 3, 7]) }, ({ x }) => softmax(x, { temperature }));
  });
  test.each(["mean", "sum", "none"] as const)(
    "crossEntropy with reduction %s and a target not scored",
    (reduction) => {
      checkGradients({ x: input([2, 3, 7]) }, ({ x }, tape) =>
        crossEntropy(x, tape.ids([6, 0, -1, 3, 3, 1], [2, 3]), { reduction }),
      );
    },
  );
  test.each([1, 3])("applyMask with %i mask steps", (steps) => {
    const mask = random([steps, 2, 5]).map((u) => (u < 0 ? 0 : 2));
    checkGradients({ x: input([3, 2, 5]) }, ({ x }, tape) => applyMask(x, tape.tensor(mask, [steps, 2, 5])));
  });
  test.each([1, 3])(
    "applyMask with %i steps of a mask to train, on a sequence and on a constant",
    (steps) => {
      const mask = input([steps, 2, 5]);
      checkGradients({ x: input([3, 2, 5]), mask }, ({ x, mask }) => applyMask(x, mask));
      const xs = random([3, 2, 5]);
      checkGradients({ mask }, ({ mask }, tape) => applyMask(tape.tensor(xs, [3, 2, 5]), mask));
    },
  );
  test.each([0.1, 0.7, 2])("concreteMask at temperature %d, in its logit", (temperature) => {
    const noise = random([3, 2, 5]);
    checkGradients({ logit: input([1]) }, ({ logit }, tape) =>
      concreteMask(tape.tensor(noise, [3, 2, 5]), logit, temperature),
    );
  });
  test("sumOfSquares", () => {
    checkGradients({ x: input([3, 5]) }, ({ x }) => sumOfSquares(scale(x, 1.5)));
  });
});

describe("the check itself", () => {
  /** A made-up op that claims the slope of x² to be x. */
  const wrongSquare = (x: Tensor): Tensor => {
    const { tape } = x;
    const y = tape.output(x.shape, [x]);
    tape.engine.unary("square", x.size, x.ptr, y.ptr);
    tape.record([y], () => tape.engine.mulAdd(x.size, x.ptr, y.gradientPtr, x.gradient()));
    return y;
  };

  test("refuses a wrong gradient", () => {
    expect(() => checkGradients({ x: input([3]) }, ({ x }) => wrongSquare(x))).toThrow("central difference");
  });

  test("reads float64: a right gradient errs by less than 1e-8", () => {
    expect(checkGradients({ x: input([3, 5]) }, ({ x }) => tanh(x))).toBeLessThan(1e-8);
  });
});
