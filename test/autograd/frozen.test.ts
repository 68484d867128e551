/** No op computes a gradient that nobody reads: inputs that do not require one get none, and the others get the same. */
import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  div,
  gruSequence,
  keptUnits,
  linear,
  lstmSequence,
  matmul,
  mul,
  type Shape,
  square,
  sub,
  sum,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers } from "../gradients/numbers.ts";

interface Case {
  readonly name: string;
  readonly shapes: Record<string, Shape>;
  readonly run: (x: Record<string, Tensor>) => Tensor;
}
const pair = { a: [3, 5], b: [3, 5] };
const stretched = { a: [3, 5], b: [5] };
const lstm = { x: [3, 2, 5], h0: [2, 4], c0: [2, 4], wIh: [16, 5], wHh: [16, 4], bIh: [16], bHh: [16] };
const gru = { x: [3, 2, 5], h0: [2, 4], wIh: [12, 5], wHh: [12, 4], bIh: [12], bHh: [12] };
type Inputs = Parameters<typeof lstmSequence>[0];
const kept = ({ x }: Record<string, Tensor>): Pick<Inputs, "inputMask" | "recurrentMask"> => ({
  inputMask: keptUnits(x!.tape, [0, 3, 4], 5, 2),
  recurrentMask: keptUnits(x!.tape, [1, 2], 4, 2),
});

const cases: Case[] = [
  ...Object.entries({ add, sub, mul, div }).flatMap(([name, f]) => [
    { name, shapes: pair, run: ({ a, b }: Record<string, Tensor>) => f(a!, b!) },
    { name: `${name}, stretched`, shapes: stretched, run: ({ a, b }: Record<string, Tensor>) => f(a!, b!) },
  ]),
  { name: "matmul", shapes: { a: [3, 5], b: [5, 7] }, run: ({ a, b }) => matmul(a!, b!) },
  {
    name: "linear",
    shapes: { x: [3, 5], weight: [7, 5], bias: [7] },
    run: ({ x, weight, bias }) => linear(x!, weight!, bias),
  },
  {
    name: "linear, of kept units",
    shapes: { x: [3, 5], weight: [7, 5], bias: [7] },
    run: ({ x, weight, bias }) => linear(x!, weight!, bias, { kept: keptUnits(x!.tape, [1, 2, 4], 5, 2) }),
  },
  { name: "concat", shapes: pair, run: ({ a, b }) => concat([a!, b!], 1) },
  { name: "lstmSequence", shapes: lstm, run: (x) => lstmSequence(x as unknown as Inputs).y },
  { name: "gruSequence", shapes: gru, run: (x) => gruSequence(x as unknown as Inputs).y },
  {
    name: "lstmSequence, of kept units",
    shapes: lstm,
    run: (x) => lstmSequence({ ...(x as unknown as Inputs), ...kept(x) }).y,
  },
  {
    name: "gruSequence, of kept units",
    shapes: gru,
    run: (x) => gruSequence({ ...(x as unknown as Inputs), ...kept(x) }).y,
  },
  {
    name: "lstmSequence, of masks to train",
    shapes: { ...lstm, inputMask: [3, 1, 2, 5], recurrentMask: [1, 4, 2, 4] },
    run: (x) => lstmSequence(x as unknown as Inputs).y,
  },
  {
    name: "gruSequence, of masks to train",
    shapes: { ...gru, inputMask: [1, 3, 2, 5], recurrentMask: [3, 1, 2, 4] },
    run: (x) => gruSequence(x as unknown as Inputs).y,
  },
  {
    name: "gruSequence, reset-before",
    shapes: gru,
    run: (x) => gruSequence({ ...(x as unknown as Inputs), resetAfter: false }).y,
  },
];

/** Gradients by name, with the inputs in `frozen` as constants; undefined when none was made. */
function gradients(
  { shapes, run }: Case,
  frozen: (name: string) => boolean,
): Record<string, number[] | undefined> {
  const random = numbers("frozen");
  const tape = new Tape(engineUnderTest());
  const inputs: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(shapes))
    inputs[name] = frozen(name) ? tape.constant(shape, random(shape)) : tape.parameter(shape, random(shape));
  tape.step(() => tape.backward(sum(square(run(inputs)))));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, x.gradientPtr ? gradientOf(x) : undefined]),
  );
}

describe.each(cases)("$name", (each) => {
  const all = gradients(each, () => false);
  test.each(Object.keys(each.shapes))("trains %s alone as it trains it among the others", (only) => {
    const alone = gradients(each, (name) => name !== only);
    for (const name of Object.keys(each.shapes))
      expect(alone[name]).toEqual(name === only ? all[name] : undefined);
  });
});

test("a constant x costs the LSTM no product for dx", () => {
  const random = numbers("products");
  const products = (trainX: boolean): number => {
    const engine = engineUnderTest();
    const tape = new Tape(engine);
    const gemm = engine.gemm.bind(engine);
    let count = 0;
    engine.gemm = (...args) => {
      count++;
      gemm(...args);
    };
    const x = trainX ? tape.parameter([3, 2, 5]) : tape.constant([3, 2, 5]);
    const wIh = tape.parameter([16, 5], random([16, 5]));
    const wHh = tape.parameter([16, 4], random([16, 4]));
    tape.step(() => tape.backward(sum(lstmSequence({ x, wIh, wHh }).y)));
    return count;
  };
  expect(products(false)).toBe(3); // input projection, dW_ih, dW_hh
  expect(products(true)).toBe(4);
});
