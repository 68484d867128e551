/** The stack against the equations written out step by step, in plain numbers, and its weights against PyTorch's layout. */
import { describe, expect, test } from "vitest";
import {
  type DropoutMask,
  KeptUnits,
  maskOfKept,
  type Shape,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { RandomStream, randomKey } from "../../src/engine/index.ts";
import {
  countParameters,
  drawMasks,
  GRU_GATES,
  initialise,
  LSTM_GATES,
  RecurrentStack,
  type RecurrentStackOptions,
  type RecurrentState,
  recurrentDropout,
  type StackMasks,
} from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";

const [T, B, D, H, L] = [7, 3, 5, 6, 2] as const;
const stream = (seed = 1): RandomStream => new RandomStream(randomKey(seed, "weights"));

/** Both sides compute in float64 and differ in the order of some dozen additions. */
const TOLERANCE = 1e-12;

const cells: readonly [string, Pick<RecurrentStackOptions, "cell" | "resetAfter">][] = [
  ["LSTM", { cell: "lstm" }],
  ["GRU, reset-after", { cell: "gru", resetAfter: true }],
  ["GRU, reset-before", { cell: "gru", resetAfter: false }],
];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A copy of a tensor that is indexed by hand: at(t, g, b, j), where an axis of size 1 stands for all. */
function reader(given: DropoutMask | undefined): (...index: number[]) => number {
  if (!given) return () => 1;
  const tensor = given instanceof KeptUnits ? maskOfKept(given, [1, 1, 1, given.size]) : given;
  const { shape } = tensor;
  const values = valuesOf(tensor);
  return (...index) =>
    values[index.reduce((flat, k, axis) => flat * shape[axis]! + (shape[axis] === 1 ? 0 : k), 0)]!;
}

interface NaiveState {
  h: number[][];
  c: number[][];
}

/** The equations of docs and papers, one number at a time: x[t][b][d] to y[t][b][j]. Changes `states`. */
function naive(
  stack: RecurrentStack,
  resetAfter: boolean,
  xs: number[][][],
  states: NaiveState[],
  masks: StackMasks | undefined,
): number[][][] {
  let input = xs;
  for (const [l, state] of states.entries()) {
    const hidden = stack.hiddenSizes[l]!;
    const [wIh, wHh, bIh, bHh] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) =>
      reader(stack.parameters.get(`${name}_l${l}`)),
    ) as [
      ReturnType<typeof reader>,
      ReturnType<typeof reader>,
      ReturnType<typeof reader>,
      ReturnType<typeof reader>,
    ];
    const mx = reader(masks?.input?.[l]);
    const mh = reader(masks?.recurrent?.[l]);
    input = input.map((rows, t) =>
      rows.map((x, b) => {
        const h = state.h[b]!;
        const fromX = (k: number, j: number): number =>
          x.reduce(
            (sum, value, d) => sum + wIh(k * hidden + j, d) * value * mx(t, k, b, d),
            bIh(k * hidden + j),
          );
        const product = (k: number, j: number, by: readonly number[]): number =>
          by.reduce((sum, value, u) => sum + wHh(k * hidden + j, u) * value * mh(t, k, b, u), 0);
        const fromH = (k: number, j: number): number => product(k, j, h) + bHh(k * hidden + j);
        const units = Array.from({ length: hidden }, (_, j) => j);
        if (stack.cell.name === "lstm") {
          const next = units.map((j) => {
            const [i, f, g, o] = [0, 1, 2, 3].map((k) => fromX(k, j) + fromH(k, j)) as [
              number,
              number,
              number,
              number,
            ];
            const c = sigmoid(f) * state.c[b]![j]! + sigmoid(i) * Math.tanh(g);
            return { c, h: sigmoid(o) * Math.tanh(c) };
          });
          state.c[b] = next.map(({ c }) => c);
          state.h[b] = next.map((unit) => unit.h);
        } else {
          const r = units.map((j) => sigmoid(fromX(0, j) + fromH(0, j)));
          const reset = h.map((value, u) => value * r[u]!);
          state.h[b] = units.map((j) => {
            const z = sigmoid(fromX(1, j) + fromH(1, j));
            const n = resetAfter
              ? Math.tanh(fromX(2, j) + r[j]! * fromH(2, j))
              : Math.tanh(fromX(2, j) + product(2, j, reset) + bHh(2 * hidden + j));
            return z * h[j]! + (1 - z) * n;
          });
        }
        return state.h[b]!;
      }),
    );
  }
  return input;
}

function nested(values: readonly number[], [t, b, d]: readonly [number, number, number]): number[][][] {
  return Array.from({ length: t }, (_, i) =>
    Array.from({ length: b }, (_, j) => values.slice((i * b + j) * d, (i * b + j + 1) * d)),
  );
}

const random = numbers("recurrent stack");

/** A state of random numbers on the tape, and the same as plain numbers. */
function anyState(tape: Tape, stack: RecurrentStack): { state: RecurrentState; plain: NaiveState[] } {
  const plain = stack.hiddenSizes.map((width) => {
    const matrix = (): number[][] => nested(random([1, B, width]), [1, B, width])[0]!;
    return { h: matrix(), c: matrix() };
  });
  const tensor = (rows: number[][]): Tensor => tape.tensor(rows.flat(), [B, rows[0]!.length]);
  const state = plain.map(({ h, c }) =>
    stack.cell.name === "lstm" ? { h: tensor(h), c: tensor(c) } : { h: tensor(h) },
  );
  return { state, plain };
}

const dropouts: readonly [string, unknown][] = [
  ["no masks", "none"],
  ["masks tied to the sequence", { input: 0.4, recurrent: 0.4, layers: 0.4 }],
  ["masks per step", { input: 0.4, recurrent: 0.4, layers: 0.4, tie: "step" }],
  ["a mask per gate", { input: 0.4, recurrent: 0.4, layers: 0.4, gates: "perGate" }],
  ["masks per step and gate", { input: 0.4, recurrent: 0.4, layers: 0.4, tie: "step", gates: "perGate" }],
  ["masks tied to the batch", { input: 0.4, recurrent: 0.4, layers: 0.4, tie: "batch" }],
  [
    "masks tied to the batch, a mask per gate",
    { input: 0.4, recurrent: 0.4, tie: "batch", gates: "perGate" },
  ],
  [
    "a mixture",
    {
      input: { rate: 0.4, tie: "step" },
      recurrent: 0.4,
      layers: { rate: 0.4, gates: "perGate", tie: "stream" },
    },
  ],
  [
    "the batch's mask between layers, others elsewhere",
    { input: { rate: 0.4, tie: "step" }, recurrent: 0.4, layers: { rate: 0.4, tie: "batch" } },
  ],
];

describe.each(cells)("%s of two layers", (_, cell) => {
  const options = { ...cell, inputSize: D, hiddenSize: H, layers: L };

  test.each(
    dropouts.flatMap(([name, dropout]) =>
      [H, 4, 9].map((last): [string, number, unknown] => [name, last, dropout]),
    ),
  )("computes its equations under %s, its last layer %i wide", (_, width, dropout) => {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(
      tape,
      { ...options, ...(width === H ? {} : { lastHiddenSize: width }) },
      stream(),
    );
    tape.step(() => {
      const sizes = {
        steps: T,
        rows: B,
        inputSize: D,
        hiddenSize: H,
        lastHiddenSize: width,
        layers: L,
        gates: stack.cell.gates.length,
      };
      const masks = drawMasks(tape, recurrentDropout(dropout), sizes, randomKey(3, "masks"), {
        window: 5,
        stream: 0,
      });
      const x = random([T, B, D]);
      const { state, plain } = anyState(tape, stack);
      const { y, state: last } = stack.forward(tape.tensor(x, [T, B, D]), { state, masks });
      expect(y.shape).toEqual([T, B, width]);
      const expected = naive(stack, cell.resetAfter ?? true, nested(x, [T, B, D]), plain, masks);
      expectClose(valuesOf(y), expected.flat(2), TOLERANCE, "y");
      for (const [l, { h, c }] of last.entries()) {
        expectClose(valuesOf(h), plain[l]!.h.flat(), TOLERANCE, `h of layer ${l}`);
        if (c) expectClose(valuesOf(c), plain[l]!.c.flat(), TOLERANCE, `c of layer ${l}`);
      }
    });
  });

  test("seven steps are three and four with the state carried", () => {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(tape, options, stream());
    tape.step(() => {
      const x = random([T, B, D]);
      const cut = 3 * B * D;
      const whole = stack.forward(tape.tensor(x, [T, B, D]));
      const first = stack.forward(tape.tensor(x.slice(0, cut), [3, B, D]));
      const second = stack.forward(tape.tensor(x.slice(cut), [4, B, D]), { state: first.state });
      expectClose([...valuesOf(first.y), ...valuesOf(second.y)], valuesOf(whole.y), TOLERANCE);
      for (const [l, { h }] of second.state.entries()) {
        expectClose(valuesOf(h), valuesOf(whole.state[l]!.h), TOLERANCE);
      }
    });
  });

  test("the state starts at zero", () => {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(tape, options, stream());
    tape.step(() => {
      const x = tape.tensor(random([T, B, D]), [T, B, D]);
      const zero = (): Tensor => tape.zeros([B, H]);
      const state = Array.from({ length: L }, () =>
        cell.cell === "lstm" ? { h: zero(), c: zero() } : { h: zero() },
      );
      expect(valuesOf(stack.forward(x).y)).toEqual(valuesOf(stack.forward(x, { state }).y));
    });
  });

  test("ids stand for one-hot rows", () => {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(tape, options, stream());
    tape.step(() => {
      const ids = [0, 4, 2, 2, 1, 3];
      const oneHot = ids.flatMap((id) => Array.from({ length: D }, (_, d) => (d === id ? 1 : 0)));
      const byIds = stack.forward(tape.ids(ids, [2, 3]));
      const dense = stack.forward(tape.tensor(oneHot, [2, 3, D]));
      expectClose(valuesOf(byIds.y), valuesOf(dense.y), TOLERANCE);
    });
  });
});

describe("weights", () => {
  function shapes(options: Partial<RecurrentStackOptions>): Record<string, Shape> {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(tape, { inputSize: D, hiddenSize: H, ...options }, stream());
    return Object.fromEntries(Array.from(stack.parameters, ([name, { shape }]) => [name, shape]));
  }

  test("have PyTorch's names, shapes, order and gate order", () => {
    expect(shapes({ layers: 2 })).toEqual({
      weight_ih_l0: [24, 5],
      weight_hh_l0: [24, 6],
      bias_ih_l0: [24],
      bias_hh_l0: [24],
      weight_ih_l1: [24, 6],
      weight_hh_l1: [24, 6],
      bias_ih_l1: [24],
      bias_hh_l1: [24],
    });
    expect(Object.keys(shapes({ layers: 2 }))[0]).toBe("weight_ih_l0");
    expect(shapes({ layers: 3, lastHiddenSize: 4 })).toMatchObject({
      weight_hh_l1: [24, 6],
      weight_ih_l2: [16, 6],
      weight_hh_l2: [16, 4],
      bias_hh_l2: [16],
    });
    expect(shapes({ layers: 1, lastHiddenSize: 4 })).toMatchObject({ weight_hh_l0: [16, 4] });
    expect(shapes({ cell: "gru" })).toEqual({
      weight_ih_l0: [18, 5],
      weight_hh_l0: [18, 6],
      bias_ih_l0: [18],
      bias_hh_l0: [18],
    });
    expect(LSTM_GATES.join("|")).toBe("i|f|g|o");
    expect(GRU_GATES.join("|")).toBe("r|z|n");
  });

  function weights(options: Partial<RecurrentStackOptions>, seed = 1): Record<string, number[]> {
    const tape = new Tape(engineUnderTest("float32"));
    const stack = new RecurrentStack(tape, { inputSize: D, hiddenSize: H, ...options }, stream(seed));
    return Object.fromEntries(Array.from(stack.parameters, ([name, tensor]) => [name, valuesOf(tensor)]));
  }

  test("the forget gate starts open by 1, in one of its two biases, and only for the LSTM", () => {
    const { bias_ih_l0, bias_hh_l0 } = weights({});
    expect(bias_ih_l0!.slice(H, 2 * H)).toEqual(new Array(H).fill(1));
    expect(bias_hh_l0!.slice(H, 2 * H)).toEqual(new Array(H).fill(0));
    expect(weights({ forgetBias: 2.5 })["bias_ih_l0"]!.slice(H, 2 * H)).toEqual(new Array(H).fill(2.5));
    for (const options of [{ forgetBias: "uniform" }, { cell: "gru" }] as const) {
      const all = Object.values(weights(options)).flat();
      expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(H)));
    }
  });

  test("start in U(-1/√H, 1/√H), and fill that range", () => {
    const all = Object.values(weights({ hiddenSize: 64, inputSize: 64, forgetBias: "uniform" })).flat();
    const range = 1 / 8;
    expect(Math.max(...all)).toBeLessThanOrEqual(range);
    expect(Math.max(...all)).toBeGreaterThan(0.999 * range);
    expect(Math.min(...all)).toBeLessThan(-0.999 * range);
    const mean = all.reduce((sum, w) => sum + w, 0) / all.length;
    expect(Math.abs(mean)).toBeLessThan((4 * range) / Math.sqrt(3 * all.length)); // sd of U(±a) is a/√3
    const square = all.reduce((sum, w) => sum + w * w, 0) / all.length;
    expect(square / (range * range)).toBeCloseTo(1 / 3, 2);
  });

  test("a last layer of another width starts in the range of its own, and leaves those below as they were", () => {
    const { weight_hh_l1, ...below } = weights({ layers: 2, lastHiddenSize: 64, forgetBias: "uniform" });
    const largest = Math.max(...weight_hh_l1!.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 8);
    expect(largest).toBeGreaterThan(0.99 / 8);
    expect(below["weight_hh_l0"]).toEqual(weights({ layers: 2 })["weight_hh_l0"]);
  });

  test("the same seed gives the same weights, another seed others", () => {
    expect(weights({ layers: 2 })).toEqual(weights({ layers: 2 }));
    expect(weights({}, 2)["weight_hh_l0"]).not.toEqual(weights({})["weight_hh_l0"]);
  });

  test.each(["lstm", "gru"] as const)("an orthogonal start of the %s is orthogonal in each gate", (cell) => {
    const { weight_hh_l0 } = weights({ cell, recurrentInit: { name: "orthogonal" } });
    const gates = cell === "lstm" ? 4 : 3;
    for (let k = 0; k < gates; k++) {
      const rows = Array.from({ length: H }, (_, j) =>
        weight_hh_l0!.slice((k * H + j) * H, (k * H + j + 1) * H),
      );
      for (const [i, a] of rows.entries()) {
        for (const [j, b] of rows.entries()) {
          const product = a.reduce((sum, x, u) => sum + x * b[u]!, 0);
          expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
        }
      }
    }
  });

  test("countParameters counts every number once", () => {
    const tape = new Tape(engineUnderTest());
    const stack = new RecurrentStack(tape, { inputSize: D, hiddenSize: H, layers: 2 }, stream());
    expect(countParameters(stack.parameters)).toBe(24 * (5 + 6 + 2) + 24 * (6 + 6 + 2));
  });
});

describe("other initial distributions", () => {
  const draw = (init: Parameters<typeof initialise>[0], rows = 200, columns = 50): Float32Array =>
    initialise(init, rows, columns, stream());
  const largest = (values: Float32Array): number => values.reduce((max, w) => Math.max(max, Math.abs(w)), 0);

  test.each([
    ["fanIn", { name: "fanIn" }, 1 / Math.sqrt(50)],
    ["xavier", { name: "xavier" }, Math.sqrt(6 / 250)],
    ["uniform", { name: "uniform", range: 0.3 }, 0.3],
  ] as const)("%s fills its range and not more", (_, init, range) => {
    const found = largest(draw(init));
    expect(found).toBeLessThanOrEqual(Math.fround(range));
    expect(found).toBeGreaterThan(0.995 * range);
  });

  test("zeros are zeros, and normal has its standard deviation", () => {
    expect(largest(draw({ name: "zeros" }))).toBe(0);
    const values = draw({ name: "normal", sd: 0.2 });
    const variance = values.reduce((sum, w) => sum + w * w, 0) / values.length;
    // the variance of a mean of squares of N normals is 2/N
    expect(Math.abs(variance / 0.04 - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    expect(largest(values)).toBeLessThanOrEqual(6 * 0.2);
  });

  test.each([
    [3, 8],
    [8, 3],
    [5, 5],
  ])("orthogonal %i x %i has an orthonormal shorter side, times its gain", (rows, columns) => {
    const w = initialise({ name: "orthogonal", gain: 2 }, rows, columns, stream());
    const vector = (k: number): number[] =>
      rows <= columns
        ? Array.from({ length: columns }, (_, j) => w[k * columns + j]!)
        : Array.from({ length: rows }, (_, i) => w[i * columns + k]!);
    for (let a = 0; a < Math.min(rows, columns); a++) {
      for (let b = 0; b <= a; b++) {
        const product = vector(a).reduce((sum, x, u) => sum + x * vector(b)[u]!, 0);
        expect(product).toBeCloseTo(a === b ? 4 : 0, 5);
      }
    }
  });
});

describe("what is refused", () => {
  const make = (options: object): RecurrentStack =>
    new RecurrentStack(
      new Tape(engineUnderTest()),
      { inputSize: D, hiddenSize: H, ...options } as RecurrentStackOptions,
      stream(),
    );

  test.each([
    [
      { cell: "ltsm" },
      'RecurrentStack: cell is not known. Expected one of lstm, gru, got "ltsm". Did you mean "lstm"?',
    ],
    [
      { hiddenSize: 12.5 },
      "RecurrentStack: hiddenSize must be a positive integer. Expected an integer of 1 or more, got 12.5. For example { hiddenSize: 128 }.",
    ],
    [
      { layers: 0 },
      "RecurrentStack: layers must be a positive integer. Expected an integer of 1 or more, got 0. For example { layers: 2 }.",
    ],
    [
      { forgetBias: Number.NaN },
      'RecurrentStack: forgetBias is neither a number nor "uniform". Expected a finite number or "uniform", got NaN.',
    ],
  ])("%j", (options, message) => {
    expect(() => make(options)).toThrow(message);
  });

  test("a state or masks of another number of layers, which would silently be zero or absent", () => {
    const stack = make({ layers: 2 });
    const { tape } = stack.parameters.get("weight_ih_l0")!;
    tape.step(() => {
      const x = tape.zeros([T, B, D]);
      const layer = { h: tape.zeros([B, H]), c: tape.zeros([B, H]) };
      expect(() => stack.forward(x, { state: [layer] })).toThrow(
        "RecurrentStack.forward: state does not fit the stack. Expected 2 layers, got 1.",
      );
      expect(() => stack.forward(x, { state: [layer, { h: layer.h }] })).toThrow(
        "RecurrentStack.forward: state[1] does not fit the stack. Expected h and c for lstm, got h.",
      );
      expect(() =>
        stack.forward(x, { masks: { input: [undefined], recurrent: [undefined, undefined] } }),
      ).toThrow("RecurrentStack.forward: masks.input does not fit the stack. Expected 2 layers, got 1.");
    });
    const gru = make({ cell: "gru" });
    const other = gru.parameters.get("weight_ih_l0")!.tape;
    other.step(() => {
      const layer = { h: other.zeros([B, H]), c: other.zeros([B, H]) };
      expect(() => gru.forward(other.zeros([T, B, D]), { state: [layer] })).toThrow(
        "RecurrentStack.forward: state[0] does not fit the stack. Expected h for gru, got h and c.",
      );
    });
  });
});
