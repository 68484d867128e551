/** What a step, a tape and a tensor promise. */
import { describe, expect, test } from "vitest";
import {
  add,
  linear,
  lstmSequence,
  mul,
  reshape,
  square,
  sum,
  Tape,
  type Tensor,
  tanh,
} from "../../src/autograd/index.ts";
import { LifetimeError, ShapeError } from "../../src/errors.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";

const newTape = (): Tape => new Tape(engineUnderTest());

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("gradients", () => {
  test("of a product of two uses add up", () => {
    const tape = newTape();
    const w = tape.parameter([2], [1, 2]);
    tape.step(() => tape.backward(sum(mul(w, w))));
    expect(gradientOf(w)).toEqual([2, 4]);
  });

  test("of a parameter accumulate over steps until they are cleared", () => {
    const tape = newTape();
    const w = tape.parameter([1], [3]);
    for (let k = 0; k < 3; k++) tape.step(() => tape.backward(square(w)));
    expect(gradientOf(w)).toEqual([18]);
    tape.engine.fill(1, w.gradient(), 0);
    tape.step(() => tape.backward(square(w)));
    expect(gradientOf(w)).toEqual([6]);
  });

  test("of two losses in one step are the gradient of their sum", () => {
    const tape = newTape();
    const w = tape.parameter([2], [0.5, -1]);
    const losses = (): [Tensor, Tensor] => {
      const shared = tanh(w);
      return [sum(square(shared)), sum(mul(shared, w))];
    };
    tape.step(() => {
      for (const loss of losses().reverse()) tape.backward(loss);
    });
    const apart = gradientOf(w);
    tape.engine.fill(2, w.gradient(), 0);
    tape.step(() => tape.backward(add(...losses())));
    expectClose(apart, gradientOf(w), 1e-15);
  });

  test("of a loss in a nested step leave what the outer step has already passed on alone", () => {
    const tape = newTape();
    const w = tape.parameter([1], [3]);
    tape.step(() => {
      tape.backward(square(w)); // 6
      tape.step(() => tape.backward(square(w))); // 6 more, and not the first 6 again
    });
    expect(gradientOf(w)).toEqual([12]);
  });

  test("start from the seed", () => {
    const tape = newTape();
    const w = tape.parameter([1], [3]);
    tape.step(() => tape.backward(square(w), 10));
    expect(gradientOf(w)).toEqual([60]);
  });

  test("of a variable are read inside its step", async () => {
    const tape = newTape();
    await tape.step(async () => {
      const x = tape.variable([1, 2], [2]);
      tape.backward(sum(square(x)));
      expect(await x.gradientData()).toEqual(Float32Array.of(2, 4));
    });
  });

  test("need a loss of one element", () => {
    const tape = newTape();
    const w = tape.parameter([2, 3]);
    expect(() => tape.step(() => tape.backward(square(w)))).toThrow(
      new ShapeError("backward starts from a single number", {
        where: "Tape.backward",
        expected: "a loss with one element",
        got: "shape [2, 3]",
        mend: "Reduce it first with sum or mean",
      }),
    );
  });

  test("need a loss that depends on something trainable", () => {
    const tape = newTape();
    expect(() => tape.step(() => tape.backward(sum(tape.tensor([1, 2]))))).toThrow(
      "Tape.backward: the loss does not depend on anything that requires a gradient. Compute it inside the step, from parameters, and not under noGrad.",
    );
  });

  test("do not flow out of a nested step into a tensor of the outer one, and the error says so", () => {
    const tape = newTape();
    const w = tape.parameter([1], [3]);
    expect(() =>
      tape.step(() => {
        const outer = square(w);
        tape.step(() => tape.backward(square(outer)));
      }),
    ).toThrow(
      "Tensor.gradient: the gradient of a tensor of shape [1] was asked for inside a nested step. Call backward in the step in which the tensor was made.",
    );
  });
});

describe("a tensor", () => {
  test("used after its step is a LifetimeError that says how to mend it", async () => {
    const tape = newTape();
    const late = tape.step(() => tape.zeros([2, 3]));
    const message =
      "Tensor: a tensor of shape [2, 3] was used after its step had ended. " +
      "Read it inside the step (await t.data()), or copy it into a tensor that stays: tape.keep(t).";
    await expect(late.data()).rejects.toThrow(message);
    await expect(late.gradientData()).rejects.toThrow(message);
    expect(() => tape.step(() => square(late))).toThrow(message);
    expect(() => late.ptr).toThrow(LifetimeError);
  });

  test("that is a view of another goes with its own step as well", () => {
    const tape = newTape();
    const w = tape.parameter([2, 3]);
    const view = tape.step(() => reshape(w, [6]));
    expect(() => view.ptr).toThrow(LifetimeError);
    expect(w.ptr).toBeGreaterThan(0);
  });

  test("kept outlives its step, without history", () => {
    const tape = newTape();
    const w = tape.parameter([2], [1, 2]);
    const kept = tape.step(() => tape.keep(square(w)));
    expect(valuesOf(kept)).toEqual([1, 4]);
    expect(kept.requiresGrad).toBe(false);
  });

  test("cannot be made outside a step, but parameters can", () => {
    const tape = newTape();
    expect(() => tape.tensor([1])).toThrow(
      "Tape.tensor: no step is open. Wrap the computation: tape.step(() => ...); for what must outlive it use tape.parameter or tape.constant.",
    );
    expect(() => square(tape.parameter([1]))).toThrow("Tape.output: no step is open.");
  });

  test("of ids used after its step is a LifetimeError too", () => {
    const tape = newTape();
    const late = tape.step(() => tape.ids([1, 2], [2, 1]));
    expect(() => late.ptr).toThrow(
      "Ids: ids of shape [2, 1] were used after their step had ended. Make them anew in each step: tape.ids(values, shape).",
    );
  });

  test("refuses values that do not fill its shape, and empty axes", () => {
    const tape = newTape();
    expect(() => tape.parameter([2, 3], [1, 2])).toThrow(
      "Tape.parameter: the number of values does not fit the shape. Expected 6 values for shape [2, 3], got 2.",
    );
    expect(() => tape.step(() => tape.zeros([2, 0]))).toThrow(
      "Tape.zeros: every axis needs a size of 1 or more. Expected positive integers, got [2, 0].",
    );
  });
});

describe("noGrad", () => {
  test("records nothing: its results require no gradient", () => {
    const tape = newTape();
    const w = tape.parameter([1], [3]);
    tape.step(() => {
      expect(tape.noGrad(() => square(w)).requiresGrad).toBe(false);
      expect(square(w).requiresGrad).toBe(true);
    });
  });

  test("ends with its body, also when that throws or waits", async () => {
    const tape = newTape();
    const refuse = (): never => {
      throw new Error("on purpose");
    };
    expect(() => tape.noGrad(refuse)).toThrow("on purpose");
    expect(tape.isRecording).toBe(true);
    const waiting = tape.noGrad(async () => {});
    expect(tape.isRecording).toBe(false);
    await waiting;
    expect(tape.isRecording).toBe(true);
  });

  test("gives the same values as recording, and an LSTM keeps less for it", () => {
    const tape = newTape();
    const { wIh, wHh, x } = lstmOf(tape);
    const outcome = (): { y: number[]; kept: number } => {
      const before = tape.engine.memory.mark().used;
      const { y } = lstmSequence({ x, wIh, wHh });
      return { y: valuesOf(y), kept: tape.engine.memory.mark().used - before };
    };
    const recorded = tape.step(outcome);
    const passing = tape.noGrad(() => tape.step(outcome));
    expect(passing.y).toEqual(recorded.y);
    expect(passing.kept).toBeLessThan(0.5 * recorded.kept);
  });
});

describe("a step", () => {
  test("gives its memory back: 1000 training steps need no more than the first three", () => {
    const tape = newTape();
    const { wIh, wHh, x } = lstmOf(tape);
    const weight = tape.parameter([3, H], numbers("out")([3, H]));
    const train = (): void =>
      tape.step(() => tape.backward(sum(square(linear(lstmSequence({ x, wIh, wHh }).y, weight)))));
    for (let k = 0; k < 3; k++) train();
    const bytes = tape.engine.memory.bytes;
    const mark = tape.engine.memory.mark();
    for (let k = 0; k < 1000; k++) train();
    expect(tape.engine.memory.bytes).toBe(bytes);
    expect(tape.engine.memory.mark()).toEqual(mark);
  });

  test("nests: an inner step ends without the tensors of the outer", () => {
    const tape = newTape();
    const w = tape.parameter([2], [1, 2]);
    tape.step(() => {
      const outer = square(w);
      const inner = tape.step(() => square(outer));
      expect(() => inner.ptr).toThrow(LifetimeError);
      expect(valuesOf(outer)).toEqual([1, 4]);
      tape.backward(sum(outer));
    });
    expect(gradientOf(w)).toEqual([2, 4]);
  });

  test("ends when its body throws or rejects, and the error comes through", async () => {
    const tape = newTape();
    const mark = tape.engine.memory.mark();
    let left: Tensor | undefined;
    const refuse = (): never => {
      left = tape.zeros([3]);
      throw new Error("on purpose");
    };
    expect(() => tape.step(refuse)).toThrow("on purpose");
    expect(() => left!.ptr).toThrow(LifetimeError);
    await expect(tape.step(async () => refuse())).rejects.toThrow("on purpose");
    expect(() => left!.ptr).toThrow(LifetimeError);
    expect(tape.engine.memory.mark().used).toBe(mark.used);
  });

  test("that is asynchronous stays open until its promise settles", async () => {
    const tape = newTape();
    const value = await tape.step(async () => {
      const x = tape.tensor([1, 2]);
      await Promise.resolve();
      return (await sum(x).item()) + 1;
    });
    expect(value).toBe(4);
  });

  test("overlapping another is refused, and the tape is usable again once both have ended", async () => {
    const tape = newTape();
    const first = gate();
    const second = gate();
    const a = tape.step(() => first.opened);
    const b = tape.step(() => second.opened);
    first.open();
    await expect(a).rejects.toThrow(
      "Tape.step: two asynchronous steps overlapped. Await one step before the next begins.",
    );
    second.open();
    await b;
    expect(() => tape.tensor([1])).toThrow("no step is open");
    const w = tape.parameter([1], [3]);
    tape.step(() => tape.backward(square(w)));
    expect(gradientOf(w)).toEqual([6]);
  });
});

const H = 6;

/** Weights and input of a small LSTM. */
function lstmOf(tape: Tape): { x: Tensor; wIh: Tensor; wHh: Tensor } {
  const random = numbers("tape");
  return {
    x: tape.constant([7, 3, 5], random([7, 3, 5])),
    wIh: tape.parameter([4 * H, 5], random([4 * H, 5])),
    wHh: tape.parameter([4 * H, H], random([4 * H, H])),
  };
}
