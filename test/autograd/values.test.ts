/** The values of every op, against the plainest way to compute them. */
import { describe, expect, test } from "vitest";
import {
  add,
  addScalar,
  applyMask,
  concat,
  crossEntropy,
  div,
  embedding,
  expand,
  gruSequence,
  linear,
  lstmSequence,
  matmul,
  mean,
  mul,
  pickScale,
  reshape,
  type Shape,
  scale,
  slice,
  softmax,
  sub,
  sum,
  Tape,
  type Tensor,
  transpose,
} from "../../src/autograd/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";

/** Rounding of float64 over sums of some dozens of terms. */
const TOLERANCE = 1e-13;
const random = numbers("values");
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** The shape and the values of a result computed in a step. */
function evaluate(body: (tape: Tape) => Tensor): { shape: Shape; values: number[] } {
  const tape = new Tape(engineUnderTest());
  return tape.step(() => {
    const result = body(tape);
    return { shape: result.shape, values: valuesOf(result) };
  });
}

describe("arithmetic", () => {
  test.each([
    ["add", add, (p: number, q: number) => p + q],
    ["sub", sub, (p: number, q: number) => p - q],
    ["mul", mul, (p: number, q: number) => p * q],
    ["div", div, (p: number, q: number) => p / q],
  ] as const)("%s stretches [2, 1, 4] and [3, 1] to [2, 3, 4]", (_, f, g) => {
    const [a, b] = [random([2, 1, 4]), random([3, 1])];
    const { shape, values } = evaluate((tape) => f(tape.tensor(a, [2, 1, 4]), tape.tensor(b, [3, 1])));
    expect(shape).toEqual([2, 3, 4]);
    const expected = range(24).map((k) => g(a[Math.floor(k / 12) * 4 + (k % 4)]!, b[Math.floor(k / 4) % 3]!));
    expectClose(values, expected, TOLERANCE);
  });

  test("numbers stand on either side", () => {
    const both = (f: (x: Tensor) => Tensor): number[] => evaluate((tape) => f(tape.tensor([1, 4]))).values;
    expect(both((x) => add(x, 2))).toEqual([3, 6]);
    expect(both((x) => add(2, x))).toEqual([3, 6]);
    expect(both((x) => sub(x, 2))).toEqual([-1, 2]);
    expect(both((x) => sub(2, x))).toEqual([1, -2]);
    expect(both((x) => mul(x, 2))).toEqual([2, 8]);
    expect(both((x) => mul(2, x))).toEqual([2, 8]);
    expect(both((x) => div(x, 2))).toEqual([0.5, 2]);
    expect(both((x) => div(2, x))).toEqual([2, 0.5]);
    expect(both((x) => scale(x, -3))).toEqual([-3, -12]);
    expect(both((x) => addScalar(x, 0.5))).toEqual([1.5, 4.5]);
  });
});

describe("products", () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("matmul with transA %s and transB %s is the sum over k", (transA, transB) => {
    const [M, K, N] = [3, 5, 7];
    const [a, b] = [random([M, K]), random([K, N])];
    const expected = range(M * N).map((at) =>
      range(K).reduce((dot, k) => dot + a[Math.floor(at / N) * K + k]! * b[k * N + (at % N)]!, 0),
    );
    const { shape, values } = evaluate((tape) => {
      const stored = (x: number[], size: Shape, flip: boolean): Tensor =>
        flip ? transpose(tape.tensor(x, size)) : tape.tensor(x, size);
      return matmul(stored(a, [M, K], transA), stored(b, [K, N], transB), { transA, transB });
    });
    expect(shape).toEqual([M, N]);
    expectClose(values, expected, TOLERANCE);
  });

  test("matmul takes leading axes for rows", () => {
    const [a, b] = [random([2, 3, 5]), random([5, 7])];
    const sequence = evaluate((tape) => matmul(tape.tensor(a, [2, 3, 5]), tape.tensor(b, [5, 7])));
    const matrix = evaluate((tape) => matmul(tape.tensor(a, [6, 5]), tape.tensor(b, [5, 7])));
    expect(sequence.shape).toEqual([2, 3, 7]);
    expect(sequence.values).toEqual(matrix.values);
  });

  test("linear is x Wᵀ + b", () => {
    const [x, w, b] = [random([2, 3, 5]), random([7, 5]), random([7])];
    const fused = evaluate((tape) =>
      linear(tape.tensor(x, [2, 3, 5]), tape.tensor(w, [7, 5]), tape.tensor(b)),
    );
    const parts = evaluate((tape) =>
      add(matmul(tape.tensor(x, [2, 3, 5]), tape.tensor(w, [7, 5]), { transB: true }), tape.tensor(b)),
    );
    expect(fused.shape).toEqual([2, 3, 7]);
    expectClose(fused.values, parts.values, TOLERANCE);
  });
});

describe("movement", () => {
  const counted = (tape: Tape, shape: Shape): Tensor =>
    tape.tensor(range(shape.reduce((a, b) => a * b, 1)), shape);

  test("reshape keeps the order of the elements and copies nothing", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      const x = counted(tape, [2, 3]);
      const y = reshape(x, [3, 2]);
      expect(valuesOf(y)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(y.ptr).toBe(x.ptr);
    });
  });

  test("transpose moves element [i, j, k] to where the axes say", () => {
    const { shape, values } = evaluate((tape) => transpose(counted(tape, [2, 3, 4]), [1, 2, 0]));
    expect(shape).toEqual([3, 4, 2]);
    for (const [i, j, k] of [
      [0, 2, 3],
      [1, 0, 2],
      [1, 2, 1],
    ] as const)
      expect(values[(j * 4 + k) * 2 + i]).toBe((i * 3 + j) * 4 + k);
  });

  test("transpose without axes reverses them", () => {
    expect(evaluate((tape) => transpose(counted(tape, [2, 3])))).toEqual({
      shape: [3, 2],
      values: [0, 3, 1, 4, 2, 5],
    });
  });

  test("slice takes part of an axis", () => {
    expect(evaluate((tape) => slice(counted(tape, [2, 4]), 1, 1, 3))).toEqual({
      shape: [2, 2],
      values: [1, 2, 5, 6],
    });
    expect(evaluate((tape) => slice(counted(tape, [2, 4]), -1, 3))).toEqual({
      shape: [2, 1],
      values: [3, 7],
    });
    expect(evaluate((tape) => slice(counted(tape, [3, 2]), 0, 1))).toEqual({
      shape: [2, 2],
      values: [2, 3, 4, 5],
    });
  });

  test("concat joins what slice has parted, on every axis", () => {
    for (const axis of [0, 1, 2]) {
      const joined = evaluate((tape) => {
        const x = counted(tape, [3, 4, 5]);
        return concat([slice(x, axis, 0, 1), slice(x, axis, 1)], axis);
      });
      expect(joined).toEqual({ shape: [3, 4, 5], values: range(60) });
    }
  });

  test("expand repeats", () => {
    expect(evaluate((tape) => expand(tape.tensor([1, 2], [2, 1]), [2, 2, 3]))).toEqual({
      shape: [2, 2, 3],
      values: [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2],
    });
  });

  test("sums and means remove their axis", () => {
    expect(evaluate((tape) => sum(counted(tape, [2, 3])))).toEqual({ shape: [], values: [15] });
    expect(evaluate((tape) => mean(counted(tape, [2, 3])))).toEqual({ shape: [], values: [2.5] });
    expect(evaluate((tape) => sum(counted(tape, [2, 3]), 0))).toEqual({ shape: [3], values: [3, 5, 7] });
    expect(evaluate((tape) => sum(counted(tape, [2, 3]), -1))).toEqual({ shape: [2], values: [3, 12] });
    expect(evaluate((tape) => mean(counted(tape, [2, 2, 2]), 1))).toEqual({
      shape: [2, 2],
      values: [1, 2, 5, 6],
    });
  });
});

describe("rows", () => {
  test("embedding looks rows up, times their factor", () => {
    const table = [10, 11, 20, 21, 30, 31];
    const rows = evaluate((tape) => embedding(tape.tensor(table, [3, 2]), tape.ids([2, 0, 2, 1], [2, 2])));
    expect(rows).toEqual({ shape: [2, 2, 2], values: [30, 31, 10, 11, 30, 31, 20, 21] });
    const scaled = evaluate((tape) =>
      embedding(tape.tensor(table, [3, 2]), tape.ids([2, 0], [2]), tape.tensor([0, 2])),
    );
    expect(scaled.values).toEqual([0, 0, 20, 22]);
  });

  test("pickScale gives every position the mask of its type in its row", () => {
    const mask = [0, 2, 2, 2, 2, 0]; // [B=2, V=3]
    const picked = evaluate((tape) => pickScale(tape.tensor(mask, [2, 3]), tape.ids([0, 0, 1, 2], [2, 2])));
    expect(picked).toEqual({ shape: [2, 2], values: [0, 2, 2, 0] });
    const shared = evaluate((tape) =>
      pickScale(tape.tensor([0, 2, 2], [1, 3]), tape.ids([0, 0, 1, 2], [2, 2])),
    );
    expect(shared.values).toEqual([0, 0, 2, 2]);
  });

  test("softmax is exp over its sum, and a temperature divides the inputs", () => {
    const x = random([3, 5], -3, 3);
    const { values } = evaluate((tape) => softmax(tape.tensor(x, [3, 5]), { temperature: 0.7 }));
    const expected = x.map((logit, k) => {
      const row = x.slice(Math.floor(k / 5) * 5, Math.floor(k / 5) * 5 + 5);
      return Math.exp(logit / 0.7) / row.reduce((total, other) => total + Math.exp(other / 0.7), 0);
    });
    expectClose(values, expected, TOLERANCE);
  });

  test("crossEntropy of equal logits is ln V nats", () => {
    const { shape, values } = evaluate((tape) =>
      crossEntropy(tape.zeros([2, 3, 8]), tape.ids([0, 1, 2, 3, 4, 7], [2, 3])),
    );
    expect(shape).toEqual([]);
    expectClose(values, [Math.log(8)], TOLERANCE);
  });

  test("crossEntropy takes its mean over the scored targets, and its sum without the others", () => {
    const logits = random([4, 5], -2, 2);
    const targets = [3, -1, 0, -1];
    const loss = (reduction: "mean" | "sum" | "none"): number[] =>
      evaluate((tape) => crossEntropy(tape.tensor(logits, [4, 5]), tape.ids(targets), { reduction })).values;
    const each = targets.map((target, i) => {
      if (target < 0) return 0;
      const row = logits.slice(i * 5, i * 5 + 5);
      return Math.log(row.reduce((total, z) => total + Math.exp(z), 0)) - row[target]!;
    });
    expectClose(loss("none"), each, TOLERANCE);
    expectClose(loss("sum"), [each[0]! + each[2]!], TOLERANCE);
    expectClose(loss("mean"), [(each[0]! + each[2]!) / 2], TOLERANCE);
  });

  test("crossEntropy does not overflow at logits of 1000", () => {
    const { values } = evaluate((tape) => crossEntropy(tape.tensor([1000, 0, -1000], [1, 3]), tape.ids([1])));
    expect(values).toEqual([1000]);
  });

  test("applyMask lays one mask over all steps, or each over its own", () => {
    const masked = (steps: number): number[] =>
      evaluate((tape) =>
        applyMask(
          tape.tensor([1, 2, 3, 4], [2, 1, 2]),
          tape.tensor(steps === 1 ? [0, 2] : [0, 2, 2, 0], [steps, 1, 2]),
        ),
      ).values;
    expect(masked(1)).toEqual([0, 4, 0, 8]);
    expect(masked(2)).toEqual([0, 4, 6, 0]);
  });
});

describe("recurrent operations", () => {
  const [T, B, D, H] = [4, 3, 5, 2];
  const ids = [0, 4, 2, 2, 1, 0, 3, 3, 3, 4, 0, 1];
  const oneHot = ids.flatMap((id) => range(D).map((d) => (d === id ? 1 : 0)));

  test.each([
    ["no mask", 0, 0],
    ["a mask tied over time, shared by the gates", 1, 1],
    ["a mask tied over time, one per gate", 1, 4],
    ["a mask per step, shared by the gates", T, 1],
    ["a mask per step and per gate", T, 4],
  ])("ids are what one-hot rows are, with %s", (_, steps, groups) => {
    const [wIh, wHh, b] = [random([4 * H, D]), random([4 * H, H]), random([4 * H])];
    const mask = random([steps, groups, B, D]).map((u) => (u < 0 ? 0 : 2));
    const run = (x: (tape: Tape) => Parameters<typeof lstmSequence>[0]["x"]): number[] =>
      evaluate((tape) => {
        const inputMask = steps ? tape.tensor(mask, [steps, groups, B, D]) : undefined;
        const weights = {
          wIh: tape.tensor(wIh, [4 * H, D]),
          wHh: tape.tensor(wHh, [4 * H, H]),
          bIh: tape.tensor(b),
        };
        return lstmSequence({ x: x(tape), ...weights, inputMask }).y;
      }).values;
    expectClose(
      run((tape) => tape.ids(ids, [T, B])),
      run((tape) => tape.tensor(oneHot, [T, B, D])),
      TOLERANCE,
    );
  });

  test("the final state is the last output, and carrying it on is one long sequence", () => {
    const [x, wIh, wHh] = [random([T, B, D]), random([4 * H, D]), random([4 * H, H])];
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      const weights = { wIh: tape.tensor(wIh, [4 * H, D]), wHh: tape.tensor(wHh, [4 * H, H]) };
      const xs = tape.tensor(x, [T, B, D]);
      const whole = lstmSequence({ x: xs, ...weights });
      const first = lstmSequence({ x: slice(xs, 0, 0, 1), ...weights });
      const rest = lstmSequence({ x: slice(xs, 0, 1), h0: first.h, c0: first.c, ...weights });
      expect(valuesOf(rest.h)).toEqual(valuesOf(whole.h));
      expect(valuesOf(rest.c)).toEqual(valuesOf(whole.c));
      expect(valuesOf(whole.h)).toEqual(valuesOf(whole.y).slice((T - 1) * B * H));
    });
  });

  test.each([true, false])(
    "a GRU whose update gate is 1 keeps its state under a recurrent mask (reset-after %s)",
    (resetAfter) => {
      const { values } = evaluate((tape) => {
        const bIh = tape.tensor([0, 0, 100, 100, 0, 0]); // r|z|n: σ(100) = 1
        const mask = tape.tensor([0, 2, 2, 0, 0, 2], [1, 1, B, H]);
        const h0 = tape.tensor([1, 1, 1, 1, 1, 1], [B, H]);
        const weights = { wIh: tape.zeros([3 * H, D]), wHh: tape.zeros([3 * H, H]), bIh };
        return gruSequence({ x: tape.zeros([5, B, D]), h0, ...weights, recurrentMask: mask, resetAfter }).h;
      });
      expectClose(values, [1, 1, 1, 1, 1, 1], TOLERANCE);
    },
  );
});
