/** lstmSequence and gruSequence under every kind of mask, by central differences on x, h0, c0, all weights and biases. */
import { describe, test } from "vitest";
import {
  type DropoutMask,
  gruSequence,
  keptUnits,
  lstmSequence,
  type Shape,
  type Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { checkGradients, type Input } from "./checkGradients.ts";
import { numbers } from "./numbers.ts";

/** Sizes of one check, all of them unequal. */
interface Sizes {
  readonly T: number;
  readonly B: number;
  readonly D: number;
  readonly H: number;
}
const sizes: Sizes = { T: 3, B: 2, D: 5, H: 4 };

/** Mask kinds: steps and gates that have a mask of their own. */
const kinds = [
  ["no mask", undefined],
  ["tied over time, shared by the gates", { perStep: false, perGate: false }],
  ["tied over time, one per gate", { perStep: false, perGate: true }],
  ["per step, shared by the gates", { perStep: true, perGate: false }],
  ["per step and per gate", { perStep: true, perGate: true }],
  ["tied over time and rows", "kept"],
] as const;
type Kind = (typeof kinds)[number][1];
const pairs = kinds.flatMap(([onInput, inputKind]) =>
  kinds.map(([onState, stateKind]) => ({ onInput, inputKind, onState, stateKind })),
);

const cells = [
  { name: "lstmSequence", G: 4, resetAfter: undefined },
  { name: "gruSequence, reset-after", G: 3, resetAfter: true },
  { name: "gruSequence, reset-before", G: 3, resetAfter: false },
] as const;
type Cell = (typeof cells)[number];

const random = numbers("recurrent gradients");
const input = (shape: Shape): Input => ({ shape, values: random(shape) });

/** What a gradient is wanted of; `x` is left out for ids and `c0` for the GRU. */
type Name = "x" | "h0" | "c0" | "wIh" | "wHh" | "bIh" | "bHh";

function inputs({ G }: Cell, { T, B, D, H }: Sizes, without: readonly Name[] = []): Record<Name, Input> {
  const all: Record<Name, Input> = {
    x: input([T, B, D]),
    h0: input([B, H]),
    c0: input([B, H]),
    wIh: input([G * H, D]),
    wHh: input([G * H, H]),
    bIh: input([G * H]),
    bHh: input([G * H]),
  };
  const left = Object.entries(all).filter(
    ([name]) => !without.includes(name as Name) && (G === 4 || name !== "c0"),
  );
  return Object.fromEntries(left) as Record<Name, Input>;
}

/** A scaled mask at dropout 0.5, or none. */
function maskMaker(
  kind: Kind,
  G: number,
  { T, B }: Sizes,
  width: number,
): (tape: Tape) => DropoutMask | undefined {
  if (!kind) return () => undefined;
  if (kind === "kept") return (tape) => keptUnits(tape, [0, width - 1], width, 2);
  const shape = [kind.perStep ? T : 1, kind.perGate ? G : 1, B, width];
  const values = random(shape).map((u) => (u < 0 ? 0 : 2));
  return (tape) => tape.tensor(values, shape);
}

/** All results of a cell: y, h and, for the LSTM, c. */
function run({ resetAfter }: Cell, given: Parameters<typeof lstmSequence>[0]): Tensor[] {
  if (resetAfter === undefined) {
    const { y, h, c } = lstmSequence(given);
    return [y, h, c];
  }
  const { y, h } = gruSequence({ ...given, resetAfter });
  return [y, h];
}

describe.each(cells)("the gradients of $name agree with central differences", (cell) => {
  const { G } = cell;
  const { T, B, D, H } = sizes;

  test.each(pairs)(
    "dense input; mask on it: $onInput; on the state: $onState",
    ({ inputKind, stateKind }) => {
      const inputMask = maskMaker(inputKind, G, sizes, D);
      const recurrentMask = maskMaker(stateKind, G, sizes, H);
      checkGradients(inputs(cell, sizes), (tensors, tape) =>
        run(cell, { ...tensors, inputMask: inputMask(tape), recurrentMask: recurrentMask(tape) }),
      );
    },
  );

  test.each(kinds)("ids for one-hot inputs, some of them twice; mask: %s", (_, kind) => {
    const inputMask = maskMaker(kind, G, sizes, D);
    const recurrentMask = maskMaker(kind, G, sizes, H);
    checkGradients(inputs(cell, sizes, ["x"]), (tensors, tape) =>
      run(cell, {
        ...tensors,
        x: tape.ids([4, 0, 4, 2, 0, 4], [T, B]),
        inputMask: inputMask(tape),
        recurrentMask: recurrentMask(tape),
      }),
    );
  });

  test("without initial state and biases", () => {
    checkGradients(inputs(cell, sizes, ["h0", "c0", "bIh", "bHh"]), (tensors) => run(cell, tensors));
  });

  test("at one step, one row, one input and one unit", () => {
    const ones = { T: 1, B: 1, D: 1, H: 1 };
    checkGradients(inputs(cell, ones), (tensors) => run(cell, tensors));
  });

  test("at sizes 3, 4, 5, 6", () => {
    checkGradients(inputs(cell, { T: 3, B: 4, D: 5, H: 6 }), (tensors) => run(cell, tensors));
  });

  test.each(G === 4 ? [0, 1, 2] : [0, 1])("when the loss reads result %i only", (only) => {
    checkGradients(inputs(cell, sizes), (tensors) => run(cell, tensors)[only]!);
  });

  test("in two layers with the state of one entering the other", () => {
    const square = { T: 3, B: 2, D: 4, H: 4 };
    checkGradients(inputs(cell, square), (tensors) => {
      const [y, h] = run(cell, tensors);
      return run(cell, { ...tensors, x: y!, h0: h! });
    });
  });

  test("with the state carried from one window into the next", () => {
    checkGradients(inputs(cell, sizes), (tensors) => {
      const first = run(cell, tensors);
      const state = { h0: first[1]!, ...(G === 4 ? { c0: first[2]! } : {}) };
      return [first[0]!, ...run(cell, { ...tensors, ...state })];
    });
  });
});
