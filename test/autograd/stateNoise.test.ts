/** Noise on the state inside a cell, against the papers' equations written out number by number. */
import { describe, expect, test } from "vitest";
import {
  gruSequence,
  keptUnits,
  lstmSequence,
  type Shape,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { createEngine, type Engine } from "../../src/engine/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { valuesOf } from "../gradients/numbers.ts";
import { expectClose } from "./expectClose.ts";
import {
  type Arrays,
  arraysOf,
  B,
  D,
  factorsOf,
  type Given,
  gruPapers,
  H,
  lstmPapers,
  naiveGru,
  naiveLstm,
  T,
} from "./naiveNoise.ts";

const strict = await createEngine("strict");
/** The same by the operations. */
function fused(
  engine: Engine,
  arrays: Arrays,
  cell: "lstm" | boolean,
  given: Given,
  kept?: readonly number[],
): { y: number[]; h: number[]; c: number[] } {
  const tape = new Tape(engine);
  const G = cell === "lstm" ? 4 : 3;
  const tensor = (values: readonly number[], shape: Shape): Tensor => tape.tensor(values, shape);
  return tape.step(() => {
    const noise = Object.fromEntries(
      Object.entries(given).map(([name, { steps, values }]) => [name, tensor(values, [steps, B, H])]),
    );
    const inputs = {
      x: tensor(arrays.x, [T, B, D]),
      h0: tensor(arrays.h0, [B, H]),
      wIh: tensor(arrays.wIh, [G * H, D]),
      wHh: tensor(arrays.wHh, [G * H, H]),
      bIh: tensor(arrays.bIh, [G * H]),
      bHh: tensor(arrays.bHh, [G * H]),
      recurrentMask: kept ? keptUnits(tape, kept, H, 2) : arrays.mask && tensor(arrays.mask, [1, 1, B, H]),
      ...noise,
    };
    if (cell !== "lstm") {
      const { y, h } = gruSequence({ ...inputs, resetAfter: cell });
      return { y: valuesOf(y), h: valuesOf(h), c: [] };
    }
    const { y, h, c } = lstmSequence({ ...inputs, c0: tensor(arrays.c0, [B, H]) });
    return { y: valuesOf(y), h: valuesOf(h), c: valuesOf(c) };
  });
}

const lastStep = (y: readonly number[]): number[] => y.slice((T - 1) * B * H);
const engines = [
  { name: "float64 reference", engine: engineUnderTest(), tolerance: 1e-12 },
  { name: "strict", engine: strict, tolerance: 3e-6 }, // float32, five steps of a state of order 1
];
const unitsKept = [0, 2, 3, 6];
const tiedMask = Array.from({ length: H }, (_, j) => (unitsKept.includes(j) ? 2 : 0));
const trials = [
  { words: "drawn at every step", steps: T, drawn: true },
  { words: "drawn once for the sequence", steps: 1, drawn: true },
  { words: "fractions, as in evaluation", steps: 1, drawn: false },
];

describe.each(engines)("$name", ({ engine, tolerance }) => {
  describe.each(trials)("$words", ({ steps, drawn }) => {
    test.each(Object.keys(lstmPapers))("LSTM: %s", (name) => {
      const { noise, unit } = lstmPapers[name]!;
      for (const mask of [undefined, tiedMask]) {
        const arrays = arraysOf(4, name, mask);
        const given = factorsOf(noise, steps, name, drawn);
        const { y, c } = naiveLstm(arrays, unit, given);
        const got = [fused(engine, arrays, "lstm", given)];
        if (mask) got.push(fused(engine, arrays, "lstm", given, unitsKept));
        for (const result of got) {
          expectClose(result.y, y, tolerance, "y");
          expectClose(result.h, lastStep(y), tolerance, "h");
          expectClose(result.c, c, tolerance, "c");
        }
      }
    });

    test.each(
      Object.keys(gruPapers).flatMap((name) =>
        [true, false].map((resetAfter) => [name, resetAfter] as const),
      ),
    )("GRU: %s, resetAfter %s", (name, resetAfter) => {
      const { noise, unit } = gruPapers[name]!;
      for (const mask of [undefined, tiedMask]) {
        const arrays = arraysOf(3, name, mask);
        const given = factorsOf(noise, steps, name, drawn);
        const y = naiveGru(arrays, resetAfter, unit, given);
        const got = [fused(engine, arrays, resetAfter, given)];
        if (mask) got.push(fused(engine, arrays, resetAfter, given, unitsKept));
        for (const result of got) {
          expectClose(result.y, y, tolerance, "y");
          expectClose(result.h, lastStep(y), tolerance, "h");
        }
      }
    });
  });
});

const cells = ["lstm", true, false] as const;
const filled = (value: number): { steps: number; values: number[] } => ({
  steps: 1,
  values: new Array<number>(B * H).fill(value),
});

describe.each(cells)("on the strict engine, %s", (cell) => {
  const isLstm = cell === "lstm";
  const arrays = arraysOf(isLstm ? 4 : 3, "bits", tiedMask);

  test("factors of 1 and nothing kept change no bit", () => {
    const common = { candidateMask: filled(1), keepHidden: filled(0) };
    const noise = isLstm ? { ...common, cellMask: filled(1), keepCell: filled(0) } : common;
    expect(fused(strict, arrays, cell, noise)).toEqual(fused(strict, arrays, cell, {}));
  });

  test("everything kept is the initial state at every step, to the bit", () => {
    const kept = { keepHidden: filled(1), ...(isLstm ? { keepCell: filled(1) } : {}) };
    const { y, c } = fused(strict, arrays, cell, kept);
    const h0 = arrays.h0.map(Math.fround);
    expect(y).toEqual(Array.from({ length: T }, () => h0).flat());
    if (isLstm) expect(c).toEqual(arrays.c0.map(Math.fround));
  });

  test("the evaluation of zoneout is the mean of what training draws, one step ahead", () => {
    const rate = 0.3;
    const first = (noise: Given): number[] => fused(engineUnderTest(), arrays, cell, noise).y.slice(0, B * H);
    const [kept, replaced, mean] = [1, 0, rate].map((k) => first({ keepHidden: filled(k) })) as [
      number[],
      number[],
      number[],
    ];
    expectClose(
      mean,
      kept.map((h, j) => rate * h + (1 - rate) * replaced[j]!),
      1e-14,
      "h_1",
    );
  });
});
