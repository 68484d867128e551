/** A tiny LSTM language model, differentiated twice: by the tensor tape and by a tape of single numbers. */
import { expect, test } from "vitest";
import {
  crossEntropy,
  embedding,
  linear,
  lstmSequence,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";
import { crossEntropyOf, dot, lstmStep, Scalar, total } from "./scalarTape.ts";

const [T, B, D, H, V] = [4, 2, 3, 5, 6];
const shapes = {
  table: [V, D],
  wIh: [4 * H, D],
  wHh: [4 * H, H],
  bIh: [4 * H],
  bHh: [4 * H],
  wOut: [V, H],
  bOut: [V],
};
type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[];
const random = numbers("scalar tape");
const values = Object.fromEntries(names.map((name) => [name, random(shapes[name])])) as Record<
  Name,
  number[]
>;
const text = [1, 4, 0, 5, 2, 2, 3, 1];
const next = [4, 0, 5, 2, 2, 3, 1, 5];

/** The loss and all gradients, with tensors. */
function withTensors(): { loss: number; gradients: Record<Name, number[]> } {
  const tape = new Tape(engineUnderTest());
  const p = {} as Record<Name, Tensor>;
  for (const name of names) p[name] = tape.parameter(shapes[name], values[name]);
  const loss = tape.step(() => {
    const x = embedding(p.table, tape.ids(text, [T, B]));
    const { y } = lstmSequence({ x, wIh: p.wIh, wHh: p.wHh, bIh: p.bIh, bHh: p.bHh });
    const mean = crossEntropy(linear(y, p.wOut, p.bOut), tape.ids(next, [T, B]));
    tape.backward(mean);
    return valuesOf(mean)[0]!;
  });
  const gradients = Object.fromEntries(names.map((name) => [name, gradientOf(p[name])]));
  return { loss, gradients: gradients as Record<Name, number[]> };
}

/** The same, number by number. */
function withScalars(): { loss: number; gradients: Record<Name, number[]> } {
  const leaves = Object.fromEntries(
    names.map((name) => [name, values[name].map((v) => new Scalar(v))]),
  ) as Record<Name, Scalar[]>;
  const rows = (name: Name): Scalar[][] => {
    const width = shapes[name][1]!;
    return Array.from({ length: shapes[name][0]! }, (_, r) => leaves[name].slice(r * width, (r + 1) * width));
  };
  const [table, wOut] = [rows("table"), rows("wOut")];
  const weights = { wIh: rows("wIh"), wHh: rows("wHh"), bIh: leaves.bIh, bHh: leaves.bHh };
  const losses: Scalar[] = [];
  for (let b = 0; b < B; b++) {
    let state = { h: zeros(H), c: zeros(H) };
    for (let t = 0; t < T; t++) {
      state = lstmStep(table[text[t * B + b]!]!, state.h, state.c, weights);
      const logits = wOut.map((row, v) => dot(row, state.h).plus(leaves.bOut[v]!));
      losses.push(crossEntropyOf(logits, next[t * B + b]!));
    }
  }
  const mean = total(losses).times(new Scalar(1 / losses.length));
  mean.backward();
  const gradients = Object.fromEntries(names.map((name) => [name, leaves[name].map(({ grad }) => grad)]));
  return { loss: mean.value, gradients: gradients as Record<Name, number[]> };
}

function zeros(n: number): Scalar[] {
  return Array.from({ length: n }, () => new Scalar(0));
}

test("a tape of single numbers finds the loss and the gradients that the tensors do", () => {
  const tensors = withTensors();
  const scalars = withScalars();
  expect(tensors.loss).toBeCloseTo(scalars.loss, 12);
  for (const name of names) {
    expectClose(tensors.gradients[name], scalars.gradients[name], 1e-13, `gradient of ${name}`);
    expect(Math.max(...scalars.gradients[name].map(Math.abs))).toBeGreaterThan(1e-3);
  }
});
