/** Learned rates: the numbers they are made of, masks against the paper's equation, the regulariser, and their bounds. */
import { describe, expect, test } from "vitest";
import { type DropoutMask, Tape, type Tensor } from "../../src/autograd/index.ts";
import { philox, randomKey } from "../../src/engine/index.ts";
import { logisticQuantiles } from "../../src/nn/dropout/logisticQuantiles.ts";
import { naturalLog } from "../../src/nn/dropout/naturalLog.ts";
import {
  boundRates,
  concreteMoments,
  concreteRegularisation,
  createLearnedRates,
  drawMasks,
  presentRates,
  type RecurrentMasks,
  rateOfLogit,
  recurrentDropout,
  type Site,
  sites,
} from "../../src/nn/index.ts";
import { checkGradients } from "../gradients/checkGradients.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";

const [T, B, D, H] = [3, 2, 11, 5] as const;
const key = randomKey(4, "masks");
const network = { layers: 2, hasEmbedding: true, cell: "gru" } as const;
const all = { input: 0.3, recurrent: [0.1, 0.6], layers: 0.2, output: 0.05, kind: "concrete" };

describe("a logarithm of additions and quotients", () => {
  test.each([1, Math.SQRT2, Math.SQRT1_2, 0.5, 2, 3, 1e-9, 65535, 131071, 0.001 / 0.999, 19])(
    "of %d",
    (x) => {
      expect(Math.abs(naturalLog(x) - Math.log(x))).toBeLessThanOrEqual(
        4e-16 * Math.max(1, Math.abs(Math.log(x))),
      );
    },
  );

  test("gives 2^16 logistic numbers, whose variance is π²/3", () => {
    const quantiles = logisticQuantiles();
    expect(quantiles).toHaveLength(32768);
    for (const m of [0, 1, 20000, 32767]) {
      const u = (32768 + m + 0.5) / 65536;
      expect(quantiles[m]).toBeCloseTo(Math.log(u / (1 - u)), 12);
    }
    const variance = quantiles.reduce((sum, q) => sum + q * q, 0) / 32768;
    expect(variance).toBeCloseTo(Math.PI ** 2 / 3, 2); // what lies beyond ± 11.8 is missing
  });
});

/** The mask of the paper's equation, its u from the documented bits of Philox. */
function naive(
  site: Site,
  layer: number,
  p: number,
  {
    steps,
    gates,
    columns,
    window,
    lane = 0,
  }: { steps: number; gates: number; columns: number; window: number; lane?: number },
): number[] {
  const words = new Uint32Array(4);
  const mask: number[] = [];
  for (let t = 0; t < steps; t++)
    for (let g = 0; g < gates; g++)
      for (let b = 0; b < B; b++)
        for (let c = 0; c < columns; c++) {
          const place = (sites.indexOf(site) << 16) | (layer << 8) | g | lane;
          philox(key[0], key[1], (t << 16) | (c >> 3), b, window, place >>> 0, words);
          const bits = words[(c >> 1) & 3]! >>> (16 * (c & 1));
          const upper = (32768 + (bits & 0x7fff) + 0.5) / 65536;
          const u = bits & 0x8000 ? 1 - upper : upper;
          const x = (Math.log(p / (1 - p)) + Math.log(u / (1 - u))) / 0.1;
          mask.push((1 - 1 / (1 + Math.exp(-x))) / (1 - p));
        }
  return mask;
}

function drawn(
  value: unknown,
  body: (masks: RecurrentMasks, tape: Tape) => void,
  logits?: Record<string, number>,
  pass = 0,
): void {
  const tape = new Tape(engineUnderTest());
  const dropout = recurrentDropout(value);
  const learned =
    logits && new Map(Object.entries(logits).map(([name, x]) => [name, tape.parameter([1], [x])]));
  tape.step(() => {
    const sizes = { steps: T, rows: B, inputSize: D, hiddenSize: H, layers: 2, gates: 3 };
    const types = { ids: tape.ids(new Array(T * B).fill(0), [T, B]), vocabSize: 4 };
    body(drawMasks(tape, dropout, sizes, key, { window: 6, stream: 2, pass }, types, learned), tape);
  });
}

function expectMask(mask: DropoutMask | undefined, expected: readonly number[]): void {
  const values = valuesOf(mask as Tensor);
  expect(values).toHaveLength(expected.length);
  for (const [k, value] of values.entries())
    expect(Math.abs(value - expected[k]!), `[${k}]`).toBeLessThan(1e-10);
}

describe("a concrete mask", () => {
  test.each([
    ["tied to the sequence, shared by the gates", {}, 1, 1],
    ["per step", { tie: "step" }, T, 1],
    ["tied to the sequence, one per gate", { gates: "perGate" }, 1, 3],
    ["per step and per gate", { tie: "step", gates: "perGate" }, T, 3],
  ])("%s is that of the equation, at every site", (_, more, steps, gates) => {
    drawn({ ...all, ...more }, (masks) => {
      const at = { steps, gates, window: 6 };
      expectMask(masks.input[0], naive("input", 0, 0.3, { ...at, columns: D }));
      expectMask(masks.input[1], naive("layers", 1, 0.2, { ...at, columns: H }));
      expectMask(masks.recurrent[0], naive("recurrent", 0, 0.1, { ...at, columns: H }));
      expectMask(masks.recurrent[1], naive("recurrent", 1, 0.6, { ...at, columns: H }));
      expectMask(masks.output, naive("output", 0, 0.05, { ...at, gates: 1, columns: H }));
    });
  });

  test("has the rate that is learned, under the same noise", () => {
    const logits = { input: 0.4, recurrent_l0: -3, recurrent_l1: 1, layers_l1: -1, output: 2 };
    const p = (x: number): number => 1 / (1 + Math.exp(-x));
    drawn(
      all,
      (masks) => {
        const at = { steps: 1, gates: 1, window: 6 };
        expectMask(masks.input[0], naive("input", 0, p(0.4), { ...at, columns: D }));
        expectMask(masks.recurrent[0], naive("recurrent", 0, p(-3), { ...at, columns: H }));
        expectMask(masks.input[1], naive("layers", 1, p(-1), { ...at, columns: H }));
        expectMask(masks.output, naive("output", 0, p(2), { ...at, columns: H }));
        for (const mask of [masks.output, ...masks.input, ...masks.recurrent])
          expect((mask as Tensor).requiresGrad).toBe(true);
      },
      logits,
    );
  });

  test("is counted by the stream when it is tied to it, and differs from pass to pass", () => {
    const recurrent = { recurrent: { rate: 0.4, kind: "concrete", tie: "stream" } };
    drawn(recurrent, (masks) =>
      expectMask(
        masks.recurrent[1],
        naive("recurrent", 1, 0.4, { steps: 1, gates: 1, columns: H, window: 2, lane: 0x80000000 }),
      ),
    );
    drawn(
      all,
      (masks) =>
        expectMask(
          masks.output,
          naive("output", 0, 0.05, { steps: 1, gates: 1, columns: H, window: 6, lane: 1 << 24 }),
        ),
      undefined,
      1,
    );
  });

  test("of a layer whose rate starts at 0 is none, and nothing is learned there", () => {
    const some = { recurrent: { rate: [0, 0.3], kind: "concrete" } };
    drawn(some, (masks) => {
      expect(masks.recurrent[0]).toBeUndefined();
      expect(masks.recurrent[1]).toBeDefined();
    });
    const tape = new Tape(engineUnderTest());
    expect([...createLearnedRates(tape, recurrentDropout(some), network).keys()]).toEqual(["recurrent_l1"]);
  });

  test("drops more than half with probability p, and has these moments", () => {
    expect(concreteMoments(0.5).mean).toBeCloseTo(1, 12);
    for (const p of [0.05, 0.3, 0.7]) {
      // Monte-Carlo with uniform numbers in order: the integral over u of the equation
      const n = 200_000;
      let [sum, squares, dropped] = [0, 0, 0];
      for (let k = 0; k < n; k++) {
        const u = (k + 0.5) / n;
        const m = 1 / (1 + Math.exp((Math.log(p / (1 - p)) + Math.log(u / (1 - u))) / 0.1)) / (1 - p);
        sum += m;
        squares += m * m;
        dropped += Number(m * (1 - p) < 0.5);
      }
      expect(dropped / n).toBeCloseTo(p, 4);
      expect(concreteMoments(p).mean).toBeCloseTo(sum / n, 4);
      expect(concreteMoments(p).variance).toBeCloseTo(squares / n - (sum / n) ** 2, 3);
    }
  });
});

describe("learned rates", () => {
  const tape = new Tape(engineUnderTest());
  const dropout = recurrentDropout(all);

  test("are a logit for each site and layer, and start where the configuration says", () => {
    const rates = createLearnedRates(tape, dropout, network);
    expect([...rates.keys()]).toEqual(["input", "recurrent_l0", "recurrent_l1", "layers_l1", "output"]);
    const present = presentRates((name) => valuesOf(rates.get(name)!)[0]!, dropout, network);
    expect(Object.keys(present)).toEqual(["input", "recurrent", "layers", "output"]);
    expect([present.input, present.recurrent, present.layers, present.output].flat()).toEqual(
      [0.3, 0.1, 0.6, 0.2, 0.05].map((p) => expect.closeTo(p, 9)),
    );
    expect(createLearnedRates(tape, recurrentDropout("gal"), network).size).toBe(0);
    expect([...createLearnedRates(tape, dropout, { ...network, layers: 1 }).keys()]).not.toContain(
      "layers_l1",
    );
  });

  test("are held away from 0 and 1", () => {
    const rates = createLearnedRates(tape, dropout, network);
    const [first, second, third] = [...rates.values()] as [Tensor, Tensor, Tensor];
    tape.assign(first, [-30]);
    tape.assign(second, [30]);
    tape.assign(third, [0.25]);
    boundRates(rates);
    expect(rateOfLogit(valuesOf(first)[0]!)).toBeCloseTo(0.001, 9);
    expect(rateOfLogit(valuesOf(second)[0]!)).toBeCloseTo(0.95, 9);
    expect(valuesOf(third)[0]).toBe(0.25);
  });
});

describe("the regulariser", () => {
  const random = numbers("concrete regulariser");
  const weight = { shape: [4, 3], values: random([4, 3]) };
  const other = { shape: [2, 5], values: random([2, 5]) };
  const coefficients = { wr: 0.03, dr: 0.2 };

  test("is wr ‖W‖²/(1 - p) + dr D (p ln p + (1 - p) ln(1 - p)), summed", () => {
    const tape = new Tape(engineUnderTest());
    const value = tape.step(() =>
      valuesOf(
        concreteRegularisation(
          [
            { logit: tape.tensor([-1.2]), weight: tape.tensor(weight.values, [4, 3]), units: 3 },
            { logit: tape.tensor([2]), weight: tape.tensor(other.values, [2, 5]), units: 20 },
          ],
          coefficients,
        ),
      ),
    );
    const square = (values: readonly number[]): number => values.reduce((sum, w) => sum + w * w, 0);
    const term = (x: number, norm: number, units: number): number => {
      const p = 1 / (1 + Math.exp(-x));
      return (0.03 * norm) / (1 - p) + 0.2 * units * (p * Math.log(p) + (1 - p) * Math.log(1 - p));
    };
    expect(value[0]).toBeCloseTo(
      term(-1.2, square(weight.values), 3) + term(2, square(other.values), 20),
      12,
    );
  });

  test.each([coefficients, { wr: 0, dr: 0.2 }, { wr: 0.1, dr: 0 }])("has these gradients: %j", (both) => {
    checkGradients(
      { logit: { shape: [1], values: [-0.7] }, far: { shape: [1], values: [2.5] }, weight, other },
      (x) =>
        concreteRegularisation(
          [
            { logit: x.logit, weight: x.weight, units: 3 },
            { logit: x.far, weight: x.other, units: 5 },
          ],
          both,
        ),
    );
  });
});
