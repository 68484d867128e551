/** A mask that keeps the same units in all rows and steps gives what the same mask gives as factors, with smaller products. */
import { describe, expect, test } from "vitest";
import {
  add,
  applyMask,
  type DropoutMask,
  gruSequence,
  type KeptUnits,
  keptUnits,
  linear,
  lstmSequence,
  maskOfKept,
  mul,
  type Shape,
  sum,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { createEngine, type Engine } from "../../src/engine/index.ts";
import { LifetimeError } from "../../src/errors.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";

const [T, B, D, H, N] = [5, 3, 7, 9, 11] as const;
const random = numbers("kept units");
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Sums of some dozens of products of numbers of order 1, in two orders: a few hundred roundings at the most. */
const engines: readonly [string, Engine, number][] = [
  ["reference in float64", engineUnderTest(), 1e-12],
  ["strict", await createEngine("strict"), 300 * 2 ** -24],
];

/** Units kept of the 7 inputs and of the 9 states, and their factor. */
const kinds: readonly [string, number[], number[], number][] = [
  ["some", [0, 3, 4, 6], [1, 2, 5, 7, 8], 2],
  ["one", [6], [0], 8],
  ["all", range(D), range(H), 1],
  ["all but one", range(D - 1), range(H).slice(1), 1.25],
];

const cells = [
  { name: "LSTM", G: 4, resetAfter: undefined },
  { name: "GRU, reset-after", G: 3, resetAfter: true },
  { name: "GRU, reset-before", G: 3, resetAfter: false },
] as const;
type Cell = (typeof cells)[number];

/** Values of all results and gradients of all inputs of an expression, under masks made in its step. */
function everything(
  engine: Engine,
  shapes: Record<string, Shape>,
  expression: (x: Record<string, Tensor>, tape: Tape) => readonly Tensor[],
): Record<string, number[]> {
  const tape = new Tape(engine);
  const source = numbers("inputs");
  const x: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(shapes)) x[name] = tape.parameter(shape, source(shape));
  const found = tape.step(() => {
    const results = expression(x, tape);
    const weights = numbers("loss");
    const loss = results
      .map((result) => sum(mul(result, tape.tensor(weights(result.shape), result.shape))))
      .reduce((a, b) => add(a, b));
    tape.backward(loss);
    return Object.fromEntries(results.map((result, k) => [`result ${k}`, valuesOf(result)]));
  });
  for (const [name, tensor] of Object.entries(x)) {
    found[`gradient of ${name}`] = gradientOf(tensor);
    tape.release(tensor);
  }
  return found;
}

/** Expects the same of an expression under kept units and under the same masks as factors. */
function expectSame(
  [, engine, tolerance]: (typeof engines)[number],
  shapes: Record<string, Shape>,
  expression: (x: Record<string, Tensor>, tape: Tape, as: typeof keep) => readonly Tensor[],
): void {
  const packed = everything(engine, shapes, (x, tape) => expression(x, tape, keep));
  const masked = everything(engine, shapes, (x, tape) => expression(x, tape, factors));
  for (const [name, expected] of Object.entries(masked)) {
    expect(Math.max(...expected.map(Math.abs)), `${name} is not 0`).toBeGreaterThan(0);
    expectClose(packed[name]!, expected, tolerance, name);
  }
}

type Make = (tape: Tape, units: readonly number[], size: number, scale: number) => DropoutMask;
const keep: Make = keptUnits;
/** Not by maskOfKept: written down number by number. */
const factors: Make = (tape, units, size, scale) => {
  const row = range(size).map((unit) => (units.includes(unit) ? scale : 0));
  return tape.tensor(
    range(B).flatMap(() => row),
    [1, 1, B, size],
  );
};

function run({ resetAfter }: Cell, given: Parameters<typeof lstmSequence>[0]): Tensor[] {
  if (resetAfter === undefined) {
    const { y, h, c } = lstmSequence(given);
    return [y, h, c];
  }
  const { y, h } = gruSequence({ ...given, resetAfter });
  return [y, h];
}

const shapesOf = ({ G }: Cell): Record<string, Shape> => ({
  x: [T, B, D],
  h0: [B, H],
  ...(G === 4 ? { c0: [B, H] } : {}),
  wIh: [G * H, D],
  wHh: [G * H, H],
  bIh: [G * H],
  bHh: [G * H],
});
type Given = Parameters<typeof lstmSequence>[0];

describe.each(engines)("on the engine %s", (...engine) => {
  describe.each(cells)("the $name", (cell) => {
    test.each(kinds)(
      "with %s of the units kept gives what it gives under factors",
      (_, inputs, states, scale) => {
        expectSame(engine, shapesOf(cell), (x, tape, make) =>
          run(cell, {
            ...(x as unknown as Given),
            inputMask: make(tape, inputs, D, scale),
            recurrentMask: make(tape, states, H, scale),
          }),
        );
      },
    );

    test("with a mask on one side and factors or nothing on the other", () => {
      const perGate = random([1, cell.G, B, H]).map((u) => (u < 0 ? 0 : 2));
      expectSame(engine, shapesOf(cell), (x, tape, make) => {
        const given = x as unknown as Given;
        const mixed = {
          recurrentMask: tape.tensor(perGate, [1, cell.G, B, H]),
          inputMask: make(tape, [2, 3], D, 3),
        };
        return [
          ...run(cell, { ...given, inputMask: make(tape, [1, 6], D, 3) }),
          ...run(cell, { ...given, recurrentMask: make(tape, [1, 8], H, 3) }),
          ...run(cell, { ...given, ...mixed }),
        ];
      });
    });

    test.each(kinds)(
      "reading ids for one-hot inputs, with %s of their types kept",
      (_, types, states, scale) => {
        const { x: _x, ...shapes } = shapesOf(cell);
        const ids = range(T * B).map((k) => (k * 5 + (k % 3)) % D);
        expectSame(engine, shapes, (x, tape, make) =>
          run(cell, {
            ...(x as unknown as Given),
            x: tape.ids(ids, [T, B]),
            inputMask: make(tape, types, D, scale),
            recurrentMask: make(tape, states, H, scale),
          }),
        );
      },
    );

    test("gives the same without recording", () => {
      const tape = new Tape(engine[1]);
      const source = numbers("inputs");
      tape.step(() => {
        const x: Record<string, Tensor> = {};
        for (const [name, shape] of Object.entries(shapesOf(cell)))
          x[name] = tape.variable(source(shape), shape);
        const masks = {
          inputMask: keptUnits(tape, [0, 5], D, 2),
          recurrentMask: keptUnits(tape, [3, 4, 7], H, 2),
        };
        const given = { ...(x as unknown as Given), ...masks };
        const recorded = run(cell, given).map(valuesOf);
        expect(tape.noGrad(() => run(cell, given).map(valuesOf))).toEqual(recorded);
      });
    });
  });

  test.each(kinds)(
    "an affine map of %s of the units kept gives what it gives under factors",
    (_, __, states, scale) => {
      const masked = (x: Tensor, mask: DropoutMask, weight: Tensor, bias?: Tensor): Tensor =>
        "count" in mask
          ? linear(x, weight, bias, { kept: mask })
          : linear(applyMask(x, x.tape.view(mask.ptr, [1, B, H], [])), weight, bias);
      expectSame(engine, { x: [T, B, H], weight: [N, H], bias: [N] }, ({ x, weight, bias }, tape, make) => [
        masked(x!, make(tape, states, H, scale), weight!, bias!),
        masked(x!, make(tape, states, H, scale), weight!),
      ]);
    },
  );
});

test("maskOfKept writes the mask as factors into every row", () => {
  const tape = new Tape(engineUnderTest());
  tape.step(() => {
    const mask = maskOfKept(keptUnits(tape, [0, 3], 5, 2.5), [2, 1, 5]);
    expect(mask.shape).toEqual([2, 1, 5]);
    expect(mask.requiresGrad).toBe(false);
    expect(valuesOf(mask)).toEqual([2.5, 0, 0, 2.5, 0, 2.5, 0, 0, 2.5, 0]);
  });
});

describe("what is dropped is not computed", () => {
  /** Multiply-adds of all products of an update, and the columns of U that the recurrent kernels were given. */
  function work(keptOf: ((tape: Tape, size: number) => KeptUnits) | undefined): {
    products: number;
    columns: number[];
  } {
    const engine = engineUnderTest();
    const tape = new Tape(engine);
    const [gemm, forward, backward] = [engine.gemm, engine.lstmForward, engine.lstmBackward];
    let products = 0;
    const columns: number[] = [];
    engine.gemm = (...args) => {
      products += args[2] * args[3] * args[4];
      gemm.apply(engine, args);
    };
    engine.lstmForward = (sequence) => {
      columns.push(sequence.mask.count);
      forward.call(engine, sequence);
    };
    engine.lstmBackward = (sequence, gradients) => {
      columns.push(sequence.mask.count);
      backward.call(engine, sequence, gradients);
    };
    const x = tape.parameter([T, B, 8], random([T, B, 8]));
    const [wIh, wHh] = [tape.parameter([24, 8], random([24, 8])), tape.parameter([24, 6], random([24, 6]))];
    const weight = tape.parameter([N, 6], random([N, 6]));
    tape.step(() => {
      const [inputMask, recurrentMask, kept] = [8, 6, 6].map((size) => keptOf?.(tape, size));
      const { y } = lstmSequence({ x, wIh, wHh, inputMask, recurrentMask });
      tape.backward(sum(linear(y, weight, undefined, { kept })));
    });
    return { products, columns };
  }

  test("half of the units kept are half of the products", () => {
    const half = work((tape, size) => keptUnits(tape, range(size / 2), size, 2));
    const whole = work(undefined);
    expect(half.products).toBe(whole.products / 2);
    expect(half.columns).toEqual([3, 3]);
    expect(whole.columns).toEqual([0, 0]); // no kept units
  });
});

test("a mask of kept units ends with its step", () => {
  const tape = new Tape(engineUnderTest());
  const kept = tape.step(() => keptUnits(tape, [1], 3, 2));
  tape.step(() => {
    const [x, weight] = [tape.zeros([2, 3]), tape.zeros([4, 3])];
    expect(() => linear(x, weight, undefined, { kept })).toThrow(LifetimeError);
  });
});
