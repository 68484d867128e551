/** Masks inside the cell, on tokens and on weights; Gaussian and drifting ones: their values, means, ties and independence. */
import { describe, expect, test } from "vitest";
import { Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, type RandomKey, randomKey } from "../../src/engine/index.ts";
import { normalQuantiles } from "../../src/nn/dropout/normalQuantiles.ts";
import {
  drawMasks,
  type MaskPosition,
  type MaskSizes,
  type RecurrentMasks,
  recurrentDropout,
} from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const strict = await createEngine("strict");
const sizes: MaskSizes = { steps: 5, rows: 3, inputSize: 7, hiddenSize: 9, layers: 2, gates: 4 };
const large: MaskSizes = { ...sizes, steps: 20, rows: 40, inputSize: 50, hiddenSize: 50 };
const here: MaskPosition = { window: 3, stream: 1 };
const seed = randomKey(42, "masks");

interface Options {
  readonly at?: MaskPosition;
  readonly of?: MaskSizes;
  readonly key?: RandomKey;
  readonly engine?: typeof strict;
}

function draw<R>(
  dropout: unknown,
  read: (masks: RecurrentMasks) => R,
  { at = here, of = sizes, key = seed, engine = strict }: Options = {},
): R {
  const tape = new Tape(engine);
  return tape.step(() => {
    const ids = tape.ids(
      Array.from({ length: of.steps * of.rows }, (_, k) => (k * 7) % 11),
      [of.steps, of.rows],
    );
    return read(drawMasks(tape, recurrentDropout(dropout), of, key, at, { ids, vocabSize: 11 }));
  });
}

const inside = {
  token: (masks) => masks.embedding,
  candidate: (masks) => masks.candidate?.[1],
  cell: (masks) => masks.cell?.[1],
  zoneoutCell: (masks) => masks.keepCell?.[1],
  zoneoutHidden: (masks) => masks.keepHidden?.[1],
  recurrentWeights: (masks) => masks.recurrentWeights?.[1],
  inputWeights: (masks) => masks.inputWeights?.[1],
} as const satisfies Record<string, (masks: RecurrentMasks) => Tensor | undefined>;
type Inside = keyof typeof inside;
const names = Object.keys(inside) as Inside[];

const valuesAt = (site: Inside, rule: object = {}, options: Options = {}): number[] =>
  draw({ [site]: { rate: 0.3, ...rule } }, (masks) => valuesOf(inside[site](masks)!), options);

/** The first numbers of a Gaussian mask: computed on Node 20 and Node 26. */
const PINNED = [
  1.7408695220947266, 0.6524277925491333, 1.1562269926071167, 0.40371081233024597, 1.6208207607269287,
];

const mean = (all: readonly number[]): number => all.reduce((sum, x) => sum + x, 0) / all.length;

describe.each(names)("at site %s", (site) => {
  test("the mask has the shape of what it stands on", () => {
    const shapes: Record<Inside, readonly number[]> = {
      token: [5, 3],
      candidate: [1, 3, 9],
      cell: [1, 3, 9],
      zoneoutCell: [5, 3, 9],
      zoneoutHidden: [5, 3, 9],
      recurrentWeights: [36, 9],
      inputWeights: [36, 9],
    };
    expect(draw({ [site]: 0.3 }, (masks) => inside[site](masks)!.shape)).toEqual(shapes[site]);
  });

  test("it is drawn anew in each window, pass and for each seed, and again the same in the same place", () => {
    const drawn = [
      {},
      { at: { ...here, window: 4 } },
      { at: { ...here, pass: 1 } },
      { key: randomKey(43, "masks") },
    ].map((options) => valuesAt(site, {}, options).join());
    expect(new Set(drawn).size).toBe(4);
    expect(valuesAt(site, {}, { at: { ...here, stream: 8 } }).join()).toBe(drawn[0]);
  });

  test("the bits are those of the reference engine", () => {
    const engine = createReferenceEngine({ precision: "float32" });
    expect(valuesAt(site, {}, { engine })).toEqual(valuesAt(site));
  });

  test("its values and their mean are those of its equation", () => {
    const all = valuesAt(site, { rate: 0.3 }, { of: large });
    const isKeeping = site === "zoneoutCell" || site === "zoneoutHidden";
    const kept = isKeeping || site === "cell" ? 1 : Math.fround(1 / 0.7);
    expect([...new Set(all)].sort()).toEqual([0, kept]);
    const share = all.filter((m) => m === 0).length / all.length;
    // tied masks have fewer draws than values, but each value is drawn once here: no repeats over time are stored
    expect(Math.abs(share - (isKeeping ? 0.7 : 0.3))).toBeLessThan(4 * Math.sqrt(0.21 / all.length));
  });
});

test("two sites of one configuration do not have the same mask", () => {
  const pairs = draw(
    { zoneoutCell: 0.5, zoneoutHidden: 0.5, candidate: { rate: 0.5, tie: "step" } },
    (masks) => [
      valuesOf(masks.keepCell![0]!).join(),
      valuesOf(masks.keepHidden![0]!).join(),
      valuesOf(masks.keepHidden![1]!).join(),
      valuesOf(masks.candidate![0]!)
        .map((m) => (m ? 0 : 1))
        .join(),
    ],
  );
  expect(new Set(pairs).size).toBe(4);
});

test("weights tied to the stream keep their mask until the next", () => {
  const of = (window: number, stream: number): string =>
    valuesAt("recurrentWeights", { tie: "stream" }, { at: { window, stream } }).join();
  expect(of(3, 1)).toBe(of(4, 1));
  expect(of(3, 1)).not.toBe(of(3, 2));
});

test("tokens are dropped by position, beside types that are dropped with all their repeats", () => {
  const [tokens, types, both] = [{ token: 0.4 }, { embedding: 0.4 }, { token: 0.4, embedding: 0.4 }].map(
    (dropout) => draw(dropout, (masks) => valuesOf(masks.embedding!), { of: large }),
  ) as [number[], number[], number[]];
  for (const [k, value] of both.entries()) expect(value).toBeCloseTo(tokens[k]! * types[k]!, 5);
  const scaleOfType = new Map<string, Set<number>>();
  for (const [k, value] of types.entries()) {
    const typeAndRow = `${(k * 7) % 11} ${k % large.rows}`;
    scaleOfType.set(typeAndRow, (scaleOfType.get(typeAndRow) ?? new Set()).add(value));
  }
  expect([...scaleOfType.values()].every((values) => values.size === 1)).toBe(true);
});

describe("gaussian", () => {
  const gaussian = { rate: 0.3, kind: "gaussian" };
  const at = (rule: object, options: Options = {}): number[] =>
    draw({ recurrent: { ...gaussian, ...rule } }, (masks) => valuesOf(masks.recurrent[0] as Tensor), options);

  test("the quantiles are those of the normal distribution", () => {
    const q = normalQuantiles();
    expect(q.length).toBe(32768);
    expect(Math.abs(q.reduce((sum, x) => sum + x * x, 0) / q.length - 1)).toBeLessThan(1e-12);
    // of the half-normal distribution at 1/2, 0.95 and 0.999: scipy.stats.norm.ppf((1 + p) / 2)
    for (const [p, x] of [
      [0.5, 0.6744897501960817],
      [0.95, 1.959963984540054],
      [0.999, 3.2905267314918945],
    ] as const)
      expect(Math.abs((q[Math.floor(p * 32768)]! + q[Math.floor(p * 32768) - 1]!) / 2 - x)).toBeLessThan(
        2e-3,
      );
    expect(q.every((x, m) => x > (m === 0 ? 0 : q[m - 1]!))).toBe(true);
  });

  test.each([0.1, 0.3, 0.5])(
    "a rate of %f has mean 1, variance p/(1 - p) and the kurtosis of a normal number",
    (rate) => {
      const all = at({ rate, tie: "step" }, { of: large });
      const n = all.length; // 40,000
      const variance = rate / (1 - rate);
      expect(Math.abs(mean(all) - 1)).toBeLessThan(4 * Math.sqrt(variance / n));
      const standard = all.map((m) => (m - 1) / Math.sqrt(variance));
      expect(Math.abs(mean(standard.map((x) => x ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
      expect(Math.abs(mean(standard.map((x) => x ** 3)))).toBeLessThan(4 * Math.sqrt(15 / n));
      expect(Math.abs(mean(standard.map((x) => x ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
      const neighbours = mean(standard.slice(1).map((x, k) => x * standard[k]!));
      expect(Math.abs(neighbours)).toBeLessThan(4 / Math.sqrt(n));
    },
  );

  test("tied to the sequence it is one for all steps; gates have their own; rows do not depend on the batch", () => {
    expect(at({}).length).toBe(3 * 9);
    const perGate = at({ gates: "perGate" });
    expect(
      new Set(Array.from({ length: 4 }, (_, g) => perGate.slice(g * 27, (g + 1) * 27).join())).size,
    ).toBe(4);
    expect(at({}, { of: { ...sizes, rows: 5 } }).slice(0, 27)).toEqual(at({}));
  });

  test("its bits are those of the reference engine in float32", () => {
    const engine = createReferenceEngine({ precision: "float32" });
    expect(at({ tie: "step", gates: "perGate" }, { engine })).toEqual(at({ tie: "step", gates: "perGate" }));
  });

  test("these are its first numbers, on every machine", () => {
    expect(at({}).slice(0, 5)).toEqual(PINNED);
  });
});

describe("drifting", () => {
  const steps = 400;
  const of: MaskSizes = { ...sizes, steps, rows: 6 };
  const at = (rule: object): number[] =>
    draw(
      { recurrent: { rate: 0.4, kind: "drifting", ...rule } },
      (masks) => valuesOf(masks.recurrent[0] as Tensor),
      { of },
    );
  const width = 6 * 9;

  test.each([0.05, 0.3, 1])(
    "with redraw %f a unit changes as often as it is drawn anew and comes out otherwise",
    (redraw) => {
      const all = at({ redraw });
      expect(new Set(all)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
      const changes = all.slice(width).filter((m, k) => m !== all[k]).length / (all.length - width);
      const expected = redraw * 2 * 0.4 * 0.6;
      // changes of one unit at two steps are all but independent
      expect(Math.abs(changes - expected)).toBeLessThan(5 * Math.sqrt(expected / all.length));
      const dropped = all.filter((m) => m === 0).length / all.length;
      const independent = (all.length * redraw) / 2;
      expect(Math.abs(dropped - 0.4)).toBeLessThan(5 * Math.sqrt(0.24 / independent));
    },
  );

  test("the first step is the mask tied to the sequence, and with redraw 1 all are those tied to the step", () => {
    const tied = (tie: string): number[] =>
      draw({ recurrent: { rate: 0.4, tie } }, (masks) => valuesOf(masks.recurrent[0] as Tensor), { of });
    expect(at({}).slice(0, width)).toEqual(tied("sequence"));
    expect(at({ redraw: 1 })).toEqual(tied("step"));
  });
});

describe("the expectation of masked pre-activations is the one without masks", () => {
  const [rows, H] = [2, 4] as const;
  const of: MaskSizes = { steps: 1, rows, inputSize: H, hiddenSize: H, layers: 1, gates: 3 };
  const h = Array.from({ length: rows * H }, (_, k) => Math.sin(3 * k + 1));
  const U = Array.from({ length: 3 * H * H }, (_, k) => Math.cos(5 * k));
  const product = (
    b: number,
    r: number,
    onH: (b: number, l: number) => number,
    onU: (r: number, l: number) => number,
  ): number =>
    Array.from({ length: H }, (_, l) => U[r * H + l]! * onU(r, l) * h[b * H + l]! * onH(b, l)).reduce(
      (s, x) => s + x,
      0,
    );

  test.each([
    ["recurrent", {}],
    ["recurrent", { kind: "gaussian" }],
    ["recurrent", { kind: "drifting" }],
    ["recurrentWeights", {}],
    ["recurrentWeights", { kind: "gaussian" }],
    ["inputWeights", {}],
    ["input", { kind: "gaussian" }],
  ] as const)("%s %j", (site, rule) => {
    const isOnWeights = site === "recurrentWeights" || site === "inputWeights";
    const windows = 3000;
    const samples = Array.from({ length: windows }, (_, window) =>
      draw(
        { [site]: { rate: 0.3, ...rule } },
        (masks) => {
          const list = {
            recurrent: masks.recurrent,
            input: masks.input,
            recurrentWeights: masks.recurrentWeights,
            inputWeights: masks.inputWeights,
          }[site];
          const m = valuesOf(list![0] as Tensor);
          return product(
            1,
            6,
            (b, l) => (isOnWeights ? 1 : m[b * H + l]!),
            (r, l) => (isOnWeights ? m[r * H + l]! : 1),
          );
        },
        { of, at: { window, stream: 0 } },
      ),
    );
    const clean = product(
      1,
      6,
      () => 1,
      () => 1,
    );
    const sd = Math.sqrt(mean(samples.map((z) => (z - clean) ** 2)));
    expect(sd).toBeGreaterThan(0.05);
    expect(Math.abs(mean(samples) - clean)).toBeLessThan((4 * sd) / Math.sqrt(windows));
  });
});

describe("rates over training and layers", () => {
  test("a rate of 0 draws nothing, in a layer or at a moment", () => {
    const lists = draw({ recurrent: [0, 0.5], zoneoutHidden: [0.5, 0] }, (masks) => masks);
    expect(lists.recurrent.map(Boolean)).toEqual([false, true]);
    expect(lists.keepHidden!.map(Boolean)).toEqual([true, false]);
    const scheduled = {
      recurrent: { rate: 0.5, schedule: "warmUp" },
      output: { rate: 0.5, tie: "batch", schedule: "linear" },
    };
    const begin = draw(scheduled, (masks) => masks, { at: { ...here, done: 0 } });
    expect(begin.recurrent).toEqual([undefined, undefined]);
    expect(begin.output).toBeDefined();
    const end = draw(scheduled, (masks) => masks, { at: { ...here, done: 1 } });
    expect(end.recurrent.map(Boolean)).toEqual([true, true]);
    expect(end.output).toBeUndefined();
  });

  test("the rate of the moment is the share that is dropped, and at the end when no moment is named", () => {
    const shareAt = (done?: number): number => {
      const all = draw(
        { recurrent: { rate: 0.1, tie: "step", schedule: { name: "linear", end: 0.7 } } },
        (masks) => valuesOf(masks.recurrent[0] as Tensor),
        { of: large, at: done === undefined ? here : { ...here, done } },
      );
      return all.filter((m) => m === 0).length / all.length;
    };
    for (const [share, rate] of [
      [shareAt(0), 0.1],
      [shareAt(0.5), 0.4],
      [shareAt(), 0.7],
    ] as const)
      expect(Math.abs(share - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / 40_000));
  });

  test("a share of training outside [0, 1] is refused", () => {
    expect(() => draw({ recurrent: 0.5 }, () => 0, { at: { ...here, done: 1.5 } })).toThrow(
      "drawMasks: done is not a share of training. Expected a number in [0, 1], got 1.5.",
    );
  });
});
