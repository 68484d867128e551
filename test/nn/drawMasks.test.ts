/** Masks: how long each stays, what it depends on, and that it is dropped as often as it says. Tied to the batch: batchMasks.test.ts. */
import { describe, expect, test } from "vitest";
import { Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, randomKey } from "../../src/engine/index.ts";
import {
  drawMasks,
  type MaskPosition,
  type MaskSizes,
  type RecurrentMasks,
  recurrentDropout,
} from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const sizes: MaskSizes = { steps: 5, rows: 3, inputSize: 7, hiddenSize: 9, layers: 2, gates: 4 };
const key = randomKey(42, "masks");
const here: MaskPosition = { window: 3, stream: 1 };
const strict = await createEngine("strict");
const reference = createReferenceEngine();

type Site = "input" | "recurrent" | "layers" | "output";
const recurrentSites = ["input", "recurrent", "layers", "output"] as const satisfies readonly Site[];

/** Draws masks in a step of their own and reads them with `read`. */
function draw<T>(
  dropout: unknown,
  read: (masks: RecurrentMasks) => T,
  {
    at = here,
    of = sizes,
    seed = key,
    engine = strict,
  }: { at?: MaskPosition; of?: MaskSizes; seed?: typeof key; engine?: typeof strict } = {},
): T {
  const tape = new Tape(engine);
  return tape.step(() => read(drawMasks(tape, recurrentDropout(dropout), of, seed, at)));
}

/** The mask of a site: shape and values. `layers` is the mask on the input of the second layer. */
function siteMask(masks: RecurrentMasks, site: Site): Tensor {
  const { input, recurrent, output } = masks;
  return { input: input[0], recurrent: recurrent[0], layers: input[1], output }[site] as Tensor;
}

function values(site: Site, rule: object, options: Parameters<typeof draw>[2] = {}): number[] {
  return draw({ [site]: { rate: 0.5, ...rule } }, (masks) => valuesOf(siteMask(masks, site)), options);
}

describe.each(recurrentSites)("at site %s", (site) => {
  const width = site === "input" ? sizes.inputSize : sizes.hiddenSize;
  const between = (a: MaskPosition, b: MaskPosition, tie: string): [number[], number[]] => [
    values(site, { tie }, { at: a }),
    values(site, { tie }, { at: b }),
  ];

  test("a mask tied to the sequence is one for all steps, and a step's are all different", () => {
    const shapeOf = (tie: string): unknown =>
      draw({ [site]: { rate: 0.5, tie } }, (masks) => siteMask(masks, site).shape);
    const groups = site === "output" ? [] : [1];
    expect(shapeOf("sequence")).toEqual([1, ...groups, 3, width]);
    expect(shapeOf("stream")).toEqual([1, ...groups, 3, width]);
    expect(shapeOf("step")).toEqual([5, ...groups, 3, width]);
    const all = values(site, { tie: "step" });
    const steps = Array.from({ length: 5 }, (_, t) => all.slice(t * 3 * width, (t + 1) * 3 * width).join());
    expect(new Set(steps).size).toBe(5);
  });

  test("sequence and step are drawn anew in each window; stream stays until the next stream", () => {
    const next = { ...here, window: here.window + 1 };
    const nextStream = { window: here.window + 1, stream: here.stream + 1 };
    for (const tie of ["sequence", "step"]) {
      const [a, b] = between(here, next, tie);
      expect(a).not.toEqual(b);
    }
    const [a, b] = between(here, next, "stream");
    expect(a).toEqual(b);
    const [c, d] = between(here, nextStream, "stream");
    expect(c).not.toEqual(d);
  });

  test("sequence and step do not depend on the stream, and the same place gives the same mask", () => {
    for (const tie of ["sequence", "step"]) {
      const [a, b] = between(here, { ...here, stream: 9 }, tie);
      expect(a).toEqual(b);
    }
  });

  test("window 3 and stream 3 are different masks", () => {
    const same = { window: 3, stream: 3 };
    expect(values(site, { tie: "sequence" }, { at: same })).not.toEqual(
      values(site, { tie: "stream" }, { at: same }),
    );
  });

  test("each pass over a window has masks of its own, and pass 0 is the one that is meant when none is named", () => {
    for (const tie of ["sequence", "step", "stream"]) {
      const passes = [0, 1, 2, 127].map((pass) => values(site, { tie }, { at: { ...here, pass } }).join());
      expect(new Set(passes).size).toBe(4);
      expect(passes[0]).toBe(values(site, { tie }).join());
    }
  });

  test("another seed gives another mask", () => {
    expect(values(site, {})).not.toEqual(values(site, {}, { seed: randomKey(43, "masks") }));
  });

  test.each(["sequence", "step", "stream"])(
    "tied to %s, the mask of a row does not depend on the batch",
    (tie) => {
      const rowsOf = (rows: number): string[][] => {
        const all = values(site, { tie }, { of: { ...sizes, rows } });
        const steps = all.length / (rows * width);
        return Array.from({ length: 2 }, (_, b) =>
          Array.from({ length: steps }, (_, t) =>
            all.slice((t * rows + b) * width, (t * rows + b + 1) * width).join(),
          ),
        );
      };
      expect(rowsOf(2)).toEqual(rowsOf(5));
      expect(rowsOf(2)[0]).not.toEqual(rowsOf(2)[1]);
    },
  );

  test("a longer window begins with the masks of a shorter one", () => {
    const short = values(site, { tie: "step" }, { of: { ...sizes, steps: 2 } });
    expect(values(site, { tie: "step" }).slice(0, short.length)).toEqual(short);
  });

  test.each(["sequence", "step"])("tied to %s, the bits are those of the reference engine", (tie) => {
    const rule = site === "output" ? { tie } : { tie, gates: "perGate" };
    expect(values(site, { rate: 0.3, ...rule })).toEqual(
      values(site, { rate: 0.3, ...rule }, { engine: reference }),
    );
  });

  test.each([0.1, 0.25, 0.5, 0.9])("a rate of %f drops that share and keeps the mean at 1", (rate) => {
    const of = { ...sizes, rows: 64, inputSize: 100, hiddenSize: 100 };
    const all = values(site, { rate, tie: "step" }, { of });
    const dropped = all.filter((m) => m === 0).length / all.length;
    const sigma = Math.sqrt((rate * (1 - rate)) / all.length);
    expect(Math.abs(dropped - rate)).toBeLessThan(4 * sigma);
    const mean = all.reduce((sum, m) => sum + m, 0) / all.length;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * sigma) / (1 - rate));
    expect([...new Set(all)].sort()).toEqual([0, Math.fround(1 / (1 - rate))]);
  });
});

describe.each(["input", "recurrent", "layers"] as const)("the gates at site %s", (site) => {
  test.each(["sequence", "step"])("tied to %s, share one mask or have one each", (tie) => {
    const width = site === "input" ? sizes.inputSize : sizes.hiddenSize;
    const read = (gates: string): { shape: readonly number[]; values: number[] } =>
      draw({ [site]: { rate: 0.5, tie, gates } }, (masks) => {
        const mask = siteMask(masks, site);
        return { shape: mask.shape, values: valuesOf(mask) };
      });
    const steps = tie === "step" ? 5 : 1;
    expect(read("shared").shape).toEqual([steps, 1, 3, width]);
    const perGate = read("perGate");
    expect(perGate.shape).toEqual([steps, 4, 3, width]);
    const blocks = Array.from({ length: steps * 4 }, (_, k) =>
      perGate.values.slice(k * 3 * width, (k + 1) * 3 * width).join(),
    );
    expect(new Set(blocks).size).toBe(steps * 4);
    // gate 0 has the mask that all would share: the order [step, gate] is not [gate, step]
    const shared = read("shared").values;
    for (let t = 0; t < steps; t++) {
      expect(blocks[t * 4]).toBe(shared.slice(t * 3 * width, (t + 1) * 3 * width).join());
    }
  });
});

test("the masks of all layers and sites differ", () => {
  const of = { ...sizes, layers: 3, inputSize: 9 };
  const all = draw(
    { input: 0.5, recurrent: 0.5, layers: 0.5, output: 0.5 },
    ({ input, recurrent, output }) =>
      [...input, ...recurrent, output].map((mask) => valuesOf(mask as Tensor).join()),
    { of },
  );
  expect(all).toHaveLength(7);
  expect(new Set(all).size).toBe(7);
});

test("sites that are not in the configuration have no mask", () => {
  const masks = draw("none", (found) => found);
  expect(masks).toEqual({
    embedding: undefined,
    input: [undefined, undefined],
    recurrent: [undefined, undefined],
    output: undefined,
  });
  draw({ layers: 0.5 }, ({ input, recurrent, output }) => {
    expect(input[0]).toBeUndefined();
    expect(input[1]).toBeDefined();
    expect([...recurrent, output]).toEqual([undefined, undefined, undefined]);
  });
});

describe("the embedding", () => {
  const [T, B, V] = [6, 2, 5] as const;
  const ids = [0, 1, 3, 1, 0, 2, 3, 1, 4, 4, 0, 1]; // [T, B]; both rows repeat some types

  function scales(rule: object, at: MaskPosition = here): number[] {
    const tape = new Tape(strict);
    return tape.step(() => {
      const types = { ids: tape.ids(ids, [T, B]), vocabSize: V };
      const dropout = recurrentDropout({ embedding: { rate: 0.5, ...rule } });
      const { embedding } = drawMasks(tape, dropout, { ...sizes, steps: T, rows: B }, key, at, types);
      expect(embedding!.shape).toEqual([T, B]);
      return valuesOf(embedding!);
    });
  }

  test.each(["sequence", "stream"])(
    "tied to %s, every repeat of a type in a row has its type's scale",
    (tie) => {
      let differ = 0;
      for (let place = 0; place < 20; place++) {
        const found = new Map<string, number>();
        for (const [k, scale] of scales({ tie }, { window: place, stream: place }).entries()) {
          const type = `row ${k % B}, type ${ids[k]}`;
          expect(found.get(type) ?? scale, type).toBe(scale);
          found.set(type, scale);
        }
        if (new Set(found.values()).size === 2) differ++;
        expect([...found.values()].every((scale) => scale === 0 || scale === 2)).toBe(true);
      }
      expect(differ).toBeGreaterThan(10); // types are dropped one by one, not all together
    },
  );

  test("rows drop types independently", () => {
    const equal = Array.from({ length: 20 }, (_, window) => {
      const s = scales({}, { window, stream: 0 });
      return s[8] === s[9]; // type 4, at step 4 of both rows
    });
    expect(new Set(equal).size).toBe(2);
  });

  test("tied to the step, every position has its own scale, also within one type", () => {
    const repeats = Array.from({ length: 20 }, (_, window) => {
      const s = scales({ tie: "step" }, { window, stream: 0 });
      return s[1] === s[3]; // type 1 of row 1 at steps 0 and 1
    });
    expect(new Set(repeats).size).toBe(2);
  });

  test("is not masked where there is none", () => {
    const masks = draw({ embedding: 0.5 }, ({ embedding }) => embedding);
    expect(masks).toBeUndefined();
  });
});

test.each([-1, 1.5, 128, Number.NaN])("pass %d is refused", (pass) => {
  expect(() => draw("gal", () => 0, { at: { ...here, pass } })).toThrow(
    `drawMasks: pass is not usable. Expected an integer from 0 to 127, got ${pass}.`,
  );
});

test("a window or a stack that the counters cannot hold is refused", () => {
  expect(() => draw({ recurrent: 0.5 }, () => 0, { of: { ...sizes, steps: 65536 } })).toThrow(
    "drawMasks: the network is too large for the mask counters. Expected at most 65535 steps, 262144 units or types and 255 layers, got 65536 steps,",
  );
  expect(() => draw({ recurrent: 0.5 }, () => 0, { of: { ...sizes, layers: 256 } })).toThrow("256 layers");
});
