/**
 * lstmSequence and gruSequence under every kind of mask and noise, by central differences on x, h0, c0, all weights, biases
 * and the masks themselves.
 */
import { describe, test } from "vitest";
import {
  add,
  type DropoutMask,
  gruSequence,
  keptUnits,
  lstmSequence,
  type Shape,
  sigmoid,
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
const trainedKinds = kinds.flatMap(([name, kind]) =>
  kind && kind !== "kept" ? [[name, kind] as const] : [],
);
const pairs = kinds.flatMap(([onInput, inputKind]) =>
  kinds.map(([onState, stateKind]) => ({ onInput, inputKind, onState, stateKind })),
);

const cells = [
  { name: "lstmSequence", G: 4, resetAfter: undefined },
  { name: "gruSequence, reset-after", G: 3, resetAfter: true },
  { name: "gruSequence, reset-before", G: 3, resetAfter: false },
  { name: "lstmSequence, layer-normalised", G: 4, resetAfter: undefined, layerNorm: true },
  { name: "gruSequence, layer-normalised", G: 3, resetAfter: true, layerNorm: true },
] as const;
type Cell = (typeof cells)[number] & { readonly layerNorm?: true };

/** Noise on the state of each cell: each alone, and all of it. */
type Noise = "candidateMask" | "cellMask" | "keepCell" | "keepHidden";
const noises: Record<Cell["G"], readonly (readonly Noise[])[]> = {
  4: [
    ["candidateMask"],
    ["cellMask"],
    ["keepCell"],
    ["keepHidden"],
    ["candidateMask", "cellMask", "keepCell", "keepHidden"],
  ],
  3: [["candidateMask"], ["keepHidden"], ["candidateMask", "keepHidden"]],
};

const random = numbers("recurrent gradients");
const input = (shape: Shape): Input => ({ shape, values: random(shape) });

/** What a gradient is wanted of; `x` is left out for ids and `c0` for the GRU. */
type Name = "x" | "h0" | "c0" | "wIh" | "wHh" | "bIh" | "bHh" | Gain;
type Gain = "gainIh" | "gainHh" | "gainC" | "biasC";
const ofCell: readonly string[] = ["c0", "gainC", "biasC"];

function inputs(
  { G, layerNorm }: Cell,
  { T, B, D, H }: Sizes,
  without: readonly Name[] = [],
): Record<Name, Input> {
  const all: Partial<Record<Name, Input>> = {
    x: input([T, B, D]),
    h0: input([B, H]),
    c0: input([B, H]),
    wIh: input([G * H, D]),
    wHh: input([G * H, H]),
    bIh: input([G * H]),
    bHh: input([G * H]),
    ...(layerNorm && {
      gainIh: input([G * H]),
      gainHh: input([G * H]),
      gainC: input([H]),
      biasC: input([H]),
    }),
  };
  const left = Object.entries(all).filter(
    ([name]) => !without.includes(name as Name) && (G === 4 || !ofCell.includes(name)),
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

/** Factors in [0, 1], among them 0 and 1: [1 or T, B, H], in turn. */
function noiseMaker(which: readonly Noise[], { T, B, H }: Sizes): (tape: Tape) => Record<string, Tensor> {
  const given = which.map((name, turn) => {
    const shape = [turn % 2 ? 1 : T, B, H];
    return { name, shape, values: random(shape, -0.5, 1.5).map((u) => Math.min(Math.max(u, 0), 1)) };
  });
  return (tape) =>
    Object.fromEntries(given.map(({ name, shape, values }) => [name, tape.tensor(values, shape)]));
}

/** All results of a cell: y, h and, for the LSTM, c. */
function run(
  { resetAfter, layerNorm }: Cell,
  all: Parameters<typeof lstmSequence>[0] & Partial<Record<Gain, Tensor>>,
): Tensor[] {
  const { gainIh, gainHh, gainC, biasC, ...rest } = all;
  const norm = { gainIh: gainIh!, gainHh: gainHh!, gainC: gainC!, biasC: biasC!, epsilon: 0.1 }; // a smaller ε bends too much for differences of 1e-5 where a masked row is nearly even
  const given = layerNorm ? { ...rest, layerNorm: norm } : rest;
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

  test.each(
    noises[G].flatMap((which) =>
      kinds.map(([onState, stateKind]) => ({ noise: which.join(", "), which, onState, stateKind })),
    ),
  )("noise: $noise; mask on the state: $onState", ({ which, stateKind }) => {
    const recurrentMask = maskMaker(stateKind, G, sizes, H);
    const noise = noiseMaker(which, sizes);
    checkGradients(inputs(cell, sizes), (tensors, tape) =>
      run(cell, { ...tensors, ...noise(tape), recurrentMask: recurrentMask(tape) }),
    );
  });

  test("noise the same at every step, without initial state and biases", () => {
    const all = noises[G].at(-1)!;
    const values = random([1, B, H], 0, 1);
    checkGradients(inputs(cell, sizes, ["h0", "c0", "bIh", "bHh"]), (tensors, tape) => {
      const noise = Object.fromEntries(all.map((name) => [name, tape.tensor(values, [1, B, H])]));
      return run(cell, { ...tensors, ...noise });
    });
  });

  test.each(trainedKinds)("masks that are trained themselves, %s", (_, { perStep, perGate }) => {
    const [steps, groups] = [perStep ? T : 1, perGate ? G : 1];
    const masks = { inputMask: input([steps, groups, B, D]), recurrentMask: input([steps, groups, B, H]) };
    checkGradients({ ...inputs(cell, sizes), ...masks }, (tensors) => run(cell, tensors));
  });

  test.each(trainedKinds)("trained masks alone, %s, under noise", (_, { perStep, perGate }) => {
    const [steps, groups] = [perStep ? T : 1, perGate ? G : 1];
    const masks = { inputMask: input([steps, groups, B, D]), recurrentMask: input([steps, groups, B, H]) };
    const values = inputs(cell, sizes);
    const noise = noiseMaker(noises[G].at(-1)!, sizes);
    checkGradients(masks, (tensors, tape) => {
      const constants = Object.entries(values).map(([name, v]) => [name, tape.tensor(v.values, v.shape)]);
      return run(cell, { ...Object.fromEntries(constants), ...noise(tape), ...tensors });
    });
  });

  test("a mask that other operations have made, as those of learned rates are", () => {
    const values = inputs(cell, sizes);
    checkGradients({ ...values, rate: input([1, 1, 1, H]), spread: input([1, 1, B, 1]) }, (tensors) => {
      const { rate, spread, ...rest } = tensors;
      return run(cell, { ...rest, recurrentMask: sigmoid(add(rate, spread)) });
    });
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
