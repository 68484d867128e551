/** Penalties and losses beside the cross-entropy: values against formulas written out here, gradients in float64. */
import { describe, expect, test } from "vitest";
import { type Shape, Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import {
  activationRegularisation,
  meanSquaredError,
  smoothedCrossEntropy,
  symmetricDivergence,
  temporalActivationRegularisation,
} from "../../src/nn/index.ts";
import { checkGradients, type Input } from "../gradients/checkGradients.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";

const [T, B, H, V] = [4, 3, 5, 7] as const;
const random = numbers("penalties");
const sequence = random([T, B, H]);
const first = random([T, B, V], -2, 2);
const second = random([T, B, V], -2, 2);
const targets = [0, 6, 3, -1, 2, 2, 5, 1, -1, 4, 0, 6];
const input = (shape: Shape, values: readonly number[]): Input => ({ shape, values });

/** The value of a scalar expression on the float64 engine. */
function scalarOf(expression: (tape: Tape) => Tensor): number {
  const tape = new Tape(engineUnderTest());
  return tape.step(() => valuesOf(expression(tape))[0]!);
}

/** Rows of V logits as log-probabilities. */
function logSoftmax(logits: readonly number[]): number[][] {
  return Array.from({ length: logits.length / V }, (_, i) => {
    const row = logits.slice(i * V, (i + 1) * V);
    const normaliser = Math.log(row.reduce((sum, a) => sum + Math.exp(a), 0));
    return row.map((a) => a - normaliser);
  });
}

describe("activation regularisation", () => {
  test("is the mean square of the outputs", () => {
    const expected = sequence.reduce((sum, h) => sum + h * h, 0) / (T * B * H);
    const value = scalarOf((tape) => activationRegularisation(tape.tensor(sequence, [T, B, H])));
    expect(value).toBeCloseTo(expected, 13);
  });

  test("over time is the mean square of the steps between neighbours, over T - 1 of them", () => {
    let total = 0;
    for (let t = 1; t < T; t++)
      for (let k = 0; k < B * H; k++)
        total += (sequence[t * B * H + k]! - sequence[(t - 1) * B * H + k]!) ** 2;
    const value = scalarOf((tape) => temporalActivationRegularisation(tape.tensor(sequence, [T, B, H]))!);
    expect(value).toBeCloseTo(total / ((T - 1) * B * H), 13);
  });

  test("over time does not exist for one step", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => expect(temporalActivationRegularisation(tape.zeros([1, B, H]))).toBeUndefined());
  });

  test("has the gradients of central differences", () => {
    const h = input([T, B, H], sequence);
    checkGradients({ h }, (inputs) => activationRegularisation(inputs.h));
    checkGradients({ h }, (inputs) => temporalActivationRegularisation(inputs.h)!);
  });

  test("refuses what is no sequence", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      expect(() => activationRegularisation(tape.zeros([T, H]))).toThrow(
        "activationRegularisation: h is not a sequence. Expected [T, B, H], got [4, 5].",
      );
      expect(() => temporalActivationRegularisation(tape.zeros([T, H]))).toThrow("[T, B, H]");
    });
  });
});

describe("label smoothing", () => {
  const smoothed = (tape: Tape, smoothing: number, logits = tape.tensor(first, [T, B, V])): Tensor[] => {
    const { loss, nats } = smoothedCrossEntropy(logits, tape.ids(targets, [T, B]), smoothing);
    return [loss, nats];
  };

  test.each([0.1, 0.5, 0.99])(
    "of %f is the cross-entropy to the smoothed distribution, over the scored targets",
    (smoothing) => {
      const logs = logSoftmax(first);
      let [loss, nats, scored] = [0, 0, 0];
      for (const [i, y] of targets.entries()) {
        if (y < 0) continue;
        scored++;
        nats -= logs[i]![y]!;
        for (let v = 0; v < V; v++) loss -= ((v === y ? 1 - smoothing : 0) + smoothing / V) * logs[i]![v]!;
      }
      expect(scored).toBe(10);
      expect(scalarOf((tape) => smoothed(tape, smoothing)[0]!)).toBeCloseTo(loss / scored, 12);
      expect(scalarOf((tape) => smoothed(tape, smoothing)[1]!)).toBeCloseTo(nats / scored, 12);
    },
  );

  test("of 0 is the plain cross-entropy itself", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      const [loss, nats] = smoothed(tape, 0);
      expect(loss).toBe(nats);
    });
  });

  test("stays finite where a probability has no float32 logarithm", async () => {
    const tape = new Tape(await createEngine("strict"));
    const loss = await tape.step(() => {
      const logits = tape.tensor([300, 0, -300], [1, 3]);
      return smoothedCrossEntropy(logits, tape.ids([0], [1]), 0.3).loss.item();
    });
    expect(loss).toBeCloseTo(0.3 * 300, 3); // ε (300 - mean of 300, 0, -300)
  });

  test("has the gradients of central differences", () => {
    checkGradients(
      { logits: input([T, B, V], first) },
      ({ logits }, tape) => smoothed(tape, 0.2, logits)[0]!,
    );
  });

  test.each([-0.1, 1, Number.NaN])("of %f is refused", (smoothing) => {
    const tape = new Tape(engineUnderTest());
    expect(() => tape.step(() => smoothed(tape, smoothing))).toThrow(
      `smoothedCrossEntropy: smoothing must be a fraction. Expected a number in [0, 1): the share of the target that is spread over all symbols, got ${smoothing}. For example 0.1.`,
    );
  });
});

describe("the distance of two predictions", () => {
  const inputs = { a: input([T, B, V], first), b: input([T, B, V], second) };

  test("of R-Drop is half of both divergences, per row", () => {
    const [p, q] = [logSoftmax(first), logSoftmax(second)];
    let total = 0;
    for (let i = 0; i < T * B; i++) {
      for (let v = 0; v < V; v++) {
        const [a, b] = [p[i]![v]!, q[i]![v]!];
        total += (Math.exp(a) * (a - b) + Math.exp(b) * (b - a)) / 2;
      }
    }
    const value = scalarOf((tape) =>
      symmetricDivergence(tape.tensor(first, [T, B, V]), tape.tensor(second, [T, B, V])),
    );
    expect(value).toBeCloseTo(total / (T * B), 12);
  });

  test("of R-Drop does not change when a constant is added to a row, and is 0 for equal predictions", () => {
    const shifted = first.map((a, k) => a + Math.floor(k / V));
    const between = (x: readonly number[]): number =>
      scalarOf((tape) => symmetricDivergence(tape.tensor(first, [T * B, V]), tape.tensor(x, [T * B, V])));
    expect(between(shifted)).toBeCloseTo(0, 13);
    expect(between(first)).toBe(0);
  });

  test("of R-Drop has the gradients of central differences on both sides", () => {
    checkGradients(inputs, ({ a, b }) => symmetricDivergence(a, b));
  });

  test("of fraternal dropout, the mean square of the logits' difference, has them too", () => {
    checkGradients(inputs, ({ a, b }) => meanSquaredError(a, b));
  });

  test("refuses predictions of two shapes", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() =>
      expect(() => symmetricDivergence(tape.zeros([2, 3]), tape.zeros([3, 2]))).toThrow(
        "symmetricDivergence: the two predictions do not fit together. Expected two tensors of one shape [..., V], got [2, 3] and [3, 2].",
      ),
    );
  });
});
