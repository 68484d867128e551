/** lstmSequence and gruSequence under Flipout, by central differences on x, the states, both weights, both Δ and masks. */
import { describe, test } from "vitest";
import {
  type DropoutMask,
  type Flipout,
  gruSequence,
  keptUnits,
  lstmSequence,
  mul,
  type Shape,
  type Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { checkGradients, type Input } from "./checkGradients.ts";
import { numbers } from "./numbers.ts";

const [T, B, D, H] = [3, 2, 5, 4];
const random = numbers("flipout gradients");
const input = (shape: Shape): Input => ({ shape, values: random(shape) });
const signs = (shape: Shape): Input => ({ shape, values: random(shape).map((u) => (u < 0 ? -1 : 1)) });

const cells = [
  { name: "lstmSequence", G: 4, resetAfter: undefined },
  { name: "gruSequence, reset-after", G: 3, resetAfter: true },
  { name: "gruSequence, reset-before", G: 3, resetAfter: false },
] as const;
type Cell = (typeof cells)[number];

type Given = Parameters<typeof lstmSequence>[0];
function run({ resetAfter }: Cell, given: Given): Tensor[] {
  if (resetAfter === undefined) {
    const { y, h, c } = lstmSequence(given);
    return [y, h, c];
  }
  const { y, h } = gruSequence({ ...given, resetAfter });
  return [y, h];
}

function inputs({ G }: Cell): Record<string, Input> {
  return {
    ...{ x: input([T, B, D]), h0: input([B, H]), ...(G === 4 ? { c0: input([B, H]) } : {}) },
    ...{ wIh: input([G * H, D]), wHh: input([G * H, H]), bIh: input([G * H]), bHh: input([G * H]) },
    ...{ deltaIh: input([G * H, D]), deltaHh: input([G * H, H]) },
  };
}

/** Signs of both sides; Δ are among the tensors. */
function flipoutMaker({ G }: Cell): (tensors: Record<string, Tensor>, tape: Tape) => Given {
  const [rIn, sIn, rRec, sRec] = [signs([B, G * H]), signs([B, D]), signs([B, G * H]), signs([B, H])];
  const constant = (tape: Tape, { shape, values }: Input): Tensor => tape.tensor(values, shape);
  return ({ deltaIh, deltaHh, ...rest }, tape) => {
    const side = (delta: Tensor | undefined, r: Input, s: Input): Flipout | undefined =>
      delta && { delta, outputSigns: constant(tape, r), inputSigns: constant(tape, s) };
    return {
      ...(rest as unknown as Given),
      inputFlipout: side(deltaIh, rIn, sIn),
      recurrentFlipout: side(deltaHh, rRec, sRec),
    };
  };
}

const kinds = {
  "no mask": undefined,
  "tied, shared": [1, 1],
  "tied, per gate": [1, "G"],
  "per step, shared": ["T", 1],
  "per step, per gate": ["T", "G"],
  "kept units": "kept",
} as const;
type Kind = (typeof kinds)[keyof typeof kinds];

function maskShape(kind: Exclude<Kind, undefined | "kept">, G: number, width: number): Shape {
  return [kind[0] === "T" ? T : 1, kind[1] === "G" ? G : 1, B, width];
}

function maskMaker(kind: Kind, G: number, width: number): (tape: Tape) => DropoutMask | undefined {
  if (!kind) return () => undefined;
  if (kind === "kept") return (tape) => keptUnits(tape, [0, width - 1], width, 2);
  const shape = maskShape(kind, G, width);
  const values = random(shape).map((u) => (u < 0 ? 0 : 2));
  return (tape) => tape.tensor(values, shape);
}

describe.each(cells)("the gradients of $name under Flipout agree with central differences", (cell) => {
  const { G } = cell;

  test.each(Object.keys(kinds) as (keyof typeof kinds)[])("masks: %s", (name) => {
    const [inputMask, recurrentMask] = [D, H].map((width) => maskMaker(kinds[name], G, width));
    const given = flipoutMaker(cell);
    checkGradients(inputs(cell), (tensors, tape) =>
      run(cell, {
        ...given(tensors, tape),
        inputMask: inputMask!(tape),
        recurrentMask: recurrentMask!(tape),
      }),
    );
  });

  test.each(["tied, shared", "per step, per gate"] as const)("masks that are trained: %s", (name) => {
    const masks = {
      inputMask: input(maskShape(kinds[name], G, D)),
      recurrentMask: input(maskShape(kinds[name], G, H)),
    };
    const given = flipoutMaker(cell);
    checkGradients({ ...inputs(cell), ...masks }, (tensors, tape) => run(cell, given(tensors, tape)));
  });

  test("ids for one-hot inputs, some of them twice", () => {
    const { x: _, ...rest } = inputs(cell);
    const given = flipoutMaker(cell);
    checkGradients(rest, (tensors, tape) =>
      run(cell, { ...given(tensors, tape), x: tape.ids([4, 0, 4, 2, 0, 4], [T, B]) }),
    );
  });

  test("Δ made of the weights themselves: the gradient of W is that of both terms", () => {
    const { deltaIh, deltaHh, ...rest } = inputs(cell);
    const given = flipoutMaker(cell);
    checkGradients(rest, (tensors, tape) => {
      const noisy = (weight: Tensor, noise: Input): Tensor =>
        mul(weight, tape.tensor(noise.values, noise.shape));
      const deltas = { deltaIh: noisy(tensors["wIh"]!, deltaIh!), deltaHh: noisy(tensors["wHh"]!, deltaHh!) };
      return run(cell, given({ ...tensors, ...deltas }, tape));
    });
  });

  test("one side alone, without initial state and biases, under noise on the state", () => {
    for (const side of ["deltaIh", "deltaHh"]) {
      const names = ["x", "wIh", "wHh", side];
      const some = Object.fromEntries(Object.entries(inputs(cell)).filter(([name]) => names.includes(name)));
      const keep = random([1, B, H], 0, 1);
      const given = flipoutMaker(cell);
      checkGradients(some, (tensors, tape) =>
        run(cell, { ...given(tensors, tape), keepHidden: tape.tensor(keep, [1, B, H]) }),
      );
    }
  });
});
