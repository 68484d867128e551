/** A cell written step by step from small operations gets from the tape what the fused operation computes by hand. */
import { describe, expect, test } from "vitest";
import {
  add,
  addScalar,
  concat,
  gruSequence,
  linear,
  lstmSequence,
  mul,
  neg,
  reshape,
  type Shape,
  sigmoid,
  slice,
  sum,
  Tape,
  type Tensor,
  tanh,
} from "../../src/autograd/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";

const [T, B, D, H] = [4, 3, 5, 6] as const;

/** Both sides compute in float64; they differ in the order of a few dozen additions. */
const TOLERANCE = 1e-12;

interface Cell {
  readonly x: Tensor;
  readonly h0: Tensor;
  readonly c0: Tensor;
  readonly wIh: Tensor;
  readonly wHh: Tensor;
  readonly bIh: Tensor;
  readonly bHh: Tensor;
  readonly inputMask?: Tensor | undefined;
  readonly recurrentMask?: Tensor | undefined;
}

/** Rows of gate k of a weight or a bias. */
const gate = (w: Tensor, k: number): Tensor => slice(w, 0, k * H, (k + 1) * H);

/** Step t, gate k of a mask [1|T, 1|G, B, width], or 1. */
function maskOf(mask: Tensor | undefined, t: number, k: number, x: Tensor): Tensor {
  if (!mask) return x;
  const [steps, groups] = mask.shape;
  const step = slice(mask, 0, steps === 1 ? 0 : t, steps === 1 ? 1 : t + 1);
  const group = slice(step, 1, groups === 1 ? 0 : k, groups === 1 ? 1 : k + 1);
  return mul(x, reshape(group, x.shape));
}

const stepOf = (x: Tensor, t: number): Tensor => reshape(slice(x, 0, t, t + 1), [B, D]);
const stacked = (hs: Tensor[]): Tensor =>
  concat(
    hs.map((h) => reshape(h, [1, B, H])),
    0,
  );

function ownLstm(cell: Cell): Tensor[] {
  let { h0: h, c0: c } = cell;
  const hs: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const [i, f, g, o] = [0, 1, 2, 3].map((k) =>
      add(
        linear(maskOf(cell.inputMask, t, k, stepOf(cell.x, t)), gate(cell.wIh, k), gate(cell.bIh, k)),
        linear(maskOf(cell.recurrentMask, t, k, h), gate(cell.wHh, k), gate(cell.bHh, k)),
      ),
    ) as [Tensor, Tensor, Tensor, Tensor];
    c = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    h = mul(sigmoid(o), tanh(c));
    hs.push(h);
  }
  return [stacked(hs), h, c];
}

function ownGru(cell: Cell, resetAfter: boolean): Tensor[] {
  let h = cell.h0;
  const hs: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const [fromX0, fromX1, fromX2] = [0, 1, 2].map((k) =>
      linear(maskOf(cell.inputMask, t, k, stepOf(cell.x, t)), gate(cell.wIh, k), gate(cell.bIh, k)),
    ) as [Tensor, Tensor, Tensor];
    const masked = (k: number): Tensor => maskOf(cell.recurrentMask, t, k, h);
    const fromH = (k: number, operand: Tensor): Tensor =>
      linear(operand, gate(cell.wHh, k), gate(cell.bHh, k));
    const r = sigmoid(add(fromX0, fromH(0, masked(0))));
    const z = sigmoid(add(fromX1, fromH(1, masked(1))));
    const n = tanh(add(fromX2, resetAfter ? mul(r, fromH(2, masked(2))) : fromH(2, mul(r, masked(2)))));
    h = add(mul(z, h), mul(addScalar(neg(z), 1), n));
    hs.push(h);
  }
  return [stacked(hs), h];
}

const cells = [
  {
    name: "LSTM",
    G: 4,
    own: ownLstm,
    fused: (cell: Cell): Tensor[] => {
      const { y, h, c } = lstmSequence(cell);
      return [y, h, c];
    },
  },
  ...[true, false].map((resetAfter) => ({
    name: `GRU with the reset ${resetAfter ? "after" : "before"} the product`,
    G: 3,
    own: (cell: Cell): Tensor[] => ownGru(cell, resetAfter),
    fused: ({ c0, ...cell }: Cell): Tensor[] => {
      const { y, h } = gruSequence({ ...cell, resetAfter });
      return [y, h];
    },
  })),
];

const maskKinds = [
  ["without masks", undefined],
  ["with masks tied over time, shared by the gates", [1, false]],
  ["with masks tied over time, one per gate", [1, true]],
  ["with masks per step, shared by the gates", [T, false]],
  ["with masks per step and per gate", [T, true]],
] as const;

/** Results and gradients of one of the two sides. */
function evaluate(run: (cell: Cell) => Tensor[], G: number, kind: readonly [number, boolean] | undefined) {
  const random = numbers("own cell");
  const tape = new Tape(engineUnderTest());
  const parameter = (shape: Shape): Tensor => tape.parameter(shape, random(shape));
  const trained = {
    x: parameter([T, B, D]),
    h0: parameter([B, H]),
    c0: parameter([B, H]),
    wIh: parameter([G * H, D]),
    wHh: parameter([G * H, H]),
    bIh: parameter([G * H]),
    bHh: parameter([G * H]),
  };
  const mask = (width: number): Tensor | undefined => {
    if (!kind) return undefined;
    const shape = [kind[0], kind[1] ? G : 1, B, width];
    return tape.constant(
      shape,
      random(shape).map((u) => (u < 0 ? 0 : 2)),
    );
  };
  const masks = { inputMask: mask(D), recurrentMask: mask(H) };
  const results = tape.step(() => {
    const results = run({ ...trained, ...masks });
    const losses = results.map((result) => sum(mul(result, tape.tensor(random(result.shape), result.shape))));
    tape.backward(losses.reduce((a, b) => add(a, b)));
    return results.map(valuesOf);
  });
  const gradients = Object.entries(trained).map(([name, p]) => [name, gradientOf(p)] as const);
  return { results, gradients };
}

describe.each(cells)("your own $name", ({ G, own, fused }) => {
  test.each(maskKinds)("equals the fused one in results and all gradients %s", (_, kind) => {
    const mine = evaluate(own, G, kind);
    const theirs = evaluate(fused, G, kind);
    for (const [k, result] of mine.results.entries())
      expectClose(theirs.results[k]!, result, TOLERANCE, `result ${k}`);
    for (const [k, [name, gradient]] of mine.gradients.entries()) {
      expectClose(theirs.gradients[k]![1], gradient, TOLERANCE, `gradient of ${name}`);
      const flows = Math.max(...gradient.map(Math.abs)) > 0;
      expect(flows, `something flows to ${name}`).toBe(!(name === "c0" && G === 3));
    }
  });
});
