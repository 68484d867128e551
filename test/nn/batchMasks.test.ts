/** Masks tied to the batch: the mask of row 0 for all rows, given as the units that it keeps, at least one. */
import { describe, expect, test } from "vitest";
import { KeptUnits, maskOfKept, Tape, type Tensor } from "../../src/autograd/index.ts";
import {
  createEngine,
  createReferenceEngine,
  type Engine,
  philox,
  randomKey,
} from "../../src/engine/index.ts";
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

interface Place {
  readonly at?: MaskPosition;
  readonly of?: MaskSizes;
  readonly seed?: typeof key;
  readonly engine?: Engine;
}

function draw<T>(
  dropout: unknown,
  read: (masks: RecurrentMasks, tape: Tape) => T,
  { at = here, of = sizes, seed = key, engine = strict }: Place = {},
): T {
  const tape = new Tape(engine);
  return tape.step(() => read(drawMasks(tape, recurrentDropout(dropout), of, seed, at), tape));
}

const sites = ["input", "recurrent", "layers", "output"] as const;
type Site = (typeof sites)[number];
const siteMask = ({ input, recurrent, output }: RecurrentMasks, site: Site): Tensor | KeptUnits =>
  ({ input: input[0], recurrent: recurrent[0], layers: input[1], output })[site]!;

/** What a mask tied to the batch keeps, as plain numbers. */
function kept(site: Site, rate: number, place: Place = {}): { units: number[]; size: number; scale: number } {
  return draw(
    { [site]: { rate, tie: "batch" } },
    (masks, { engine }) => {
      const mask = siteMask(masks, site);
      if (!(mask instanceof KeptUnits)) throw new Error("the mask is factors");
      return {
        units: Array.from(engine.memory.ints(mask.ptr, mask.count)),
        size: mask.size,
        scale: mask.scale,
      };
    },
    place,
  );
}

describe.each(sites)("at site %s", (site) => {
  const width = site === "input" ? sizes.inputSize : sizes.hiddenSize;

  test.each([0.1, 0.5, 0.7])("at rate %d, every row and step has row 0's mask of tie sequence", (rate) => {
    for (let window = 0; window < 20; window++) {
      const at = { window, stream: 0 };
      const [expected, count] = draw(
        { [site]: { rate, tie: "sequence" } },
        (masks) => {
          const row = valuesOf(siteMask(masks, site) as Tensor).slice(0, width);
          return [row, row.filter((m) => m > 0).length];
        },
        { at },
      );
      if (count === 0) continue;
      const rows = draw(
        { [site]: { rate, tie: "batch" } },
        (masks) => valuesOf(maskOfKept(siteMask(masks, site) as KeptUnits, [sizes.steps, 3, width])),
        { at },
      );
      for (let row = 0; row < sizes.steps * 3; row++)
        expect(rows.slice(row * width, (row + 1) * width)).toEqual(expected);
    }
  });

  test("it is drawn anew in each window and pass, whatever the stream, the batch and the length of the window", () => {
    const first = kept(site, 0.5);
    expect(first.size).toBe(width);
    expect(first.scale).toBe(2);
    const at = (window: number, pass = 0): string =>
      kept(site, 0.5, { at: { ...here, window, pass } }).units.join();
    expect(new Set(Array.from({ length: 8 }, (_, window) => at(window))).size).toBeGreaterThan(5);
    expect(new Set(Array.from({ length: 8 }, (_, pass) => at(3, pass))).size).toBeGreaterThan(5);
    expect(at(3)).toBe(first.units.join());
    expect(kept(site, 0.5, { at: { ...here, stream: 9 } })).toEqual(first);
    expect(kept(site, 0.5, { of: { ...sizes, rows: 17, steps: 2 } })).toEqual(first);
    expect(kept(site, 0.5, { engine: createReferenceEngine() })).toEqual(first);
    const seeds = Array.from({ length: 8 }, (_, seed) => kept(site, 0.5, { seed: randomKey(seed, "masks") }));
    expect(new Set(seeds.map(({ units }) => units.join())).size).toBeGreaterThan(5);
  });

  test.each([0.1, 0.25, 0.5, 0.9])(
    "a rate of %d drops that share of every unit and keeps the mean at 1",
    (rate) => {
      const [windows, columns] = [400, 64];
      const of = { ...sizes, inputSize: columns, hiddenSize: columns };
      const times = new Array<number>(columns).fill(0);
      let total = 0;
      for (let window = 0; window < windows; window++) {
        const { units, scale } = kept(site, rate, { at: { window, stream: 0 }, of });
        for (const unit of units) times[unit]!++;
        total += units.length * scale;
      }
      const sigma = Math.sqrt((rate * (1 - rate)) / windows);
      for (const [unit, count] of times.entries())
        expect(Math.abs(count / windows - (1 - rate)), `unit ${unit}`).toBeLessThan(5 * sigma);
      expect(Math.abs(total / (windows * columns) - 1)).toBeLessThan(
        (4 * sigma) / Math.sqrt(columns) / (1 - rate),
      );
    },
  );

  test("a draw that would keep nobody keeps the unit that came nearest", () => {
    const rate = 0.97;
    let none = 0;
    for (let window = 0; window < 60; window++) {
      const row = draw(
        { [site]: { rate, tie: "sequence" } },
        (masks) => valuesOf(siteMask(masks, site) as Tensor).slice(0, width),
        { at: { window, stream: 0 } },
      );
      const { units, scale } = kept(site, rate, { at: { window, stream: 0 } });
      expect(scale).toBeCloseTo(1 / 0.03, 10);
      if (row.some((m) => m > 0)) continue;
      none++;
      const number = { embedding: 0, input: 1, recurrent: 2, layers: 3, output: 4 }[site];
      const lane = (number << 16) | (site === "layers" ? 1 << 8 : 0);
      const uniform = Array.from({ length: width }, (_, unit) => {
        const words = new Uint32Array(4);
        philox(key[0], key[1], unit >> 2, 0, window, lane, words);
        return words[unit % 4]!;
      });
      expect(units).toEqual([uniform.indexOf(Math.max(...uniform))]);
    }
    expect(none).toBeGreaterThan(30); // 0.97^9 = 0.76 of the windows
  });
});

test("the masks of all layers and sites differ", () => {
  const of = { ...sizes, layers: 3, inputSize: 32, hiddenSize: 32 };
  const all = draw(
    "structured",
    ({ input, recurrent, output }, { engine }) =>
      [...input, ...recurrent, output].map((mask) => {
        const { ptr, count } = mask as KeptUnits;
        return Array.from(engine.memory.ints(ptr, count)).join();
      }),
    { of },
  );
  expect(all).toHaveLength(7);
  expect(new Set(all).size).toBe(7);
});

test.each(["input", "recurrent", "layers"] as const)(
  "gates with masks of their own at %s are factors, alike in all rows",
  (site) => {
    const width = site === "input" ? sizes.inputSize : sizes.hiddenSize;
    draw({ [site]: { rate: 0.5, tie: "batch", gates: "perGate" } }, (masks) => {
      const mask = siteMask(masks, site) as Tensor;
      expect(mask.shape).toEqual([1, 4, 3, width]);
      const values = valuesOf(mask);
      const row = (k: number): number[] => values.slice(k * width, (k + 1) * width);
      const gates = Array.from({ length: 4 }, (_, g) => {
        expect(row(g * 3 + 1)).toEqual(row(g * 3));
        expect(row(g * 3 + 2)).toEqual(row(g * 3));
        return row(g * 3).join();
      });
      expect(new Set(gates).size).toBe(4);
      const { units } = kept(site, 0.5); // gate 0 has the mask that all would share
      expect(row(0)).toEqual(Array.from({ length: width }, (_, unit) => (units.includes(unit) ? 2 : 0)));
    });
  },
);

test("the embedding drops a type in all rows", () => {
  const [T, B, V] = [6, 3, 5] as const;
  const ids = Array.from({ length: T * B }, (_, k) => (k * 3 + (k % 4)) % V);
  const tape = new Tape(strict);
  const patterns = new Set<string>();
  for (let window = 0; window < 20; window++) {
    tape.step(() => {
      const types = { ids: tape.ids(ids, [T, B]), vocabSize: V };
      const dropout = recurrentDropout({ embedding: { rate: 0.5, tie: "batch" } });
      const of = { ...sizes, steps: T, rows: B };
      const { embedding } = drawMasks(tape, dropout, of, key, { window, stream: 0 }, types);
      expect(embedding!.shape).toEqual([T, B]);
      const scales = valuesOf(embedding!);
      const ofType = Array.from({ length: V }, (_, type) => scales[ids.indexOf(type)]!);
      expect(scales).toEqual(ids.map((id) => ofType[id]));
      expect(ofType.every((scale) => scale === 0 || scale === 2)).toBe(true);
      expect(Math.max(...ofType)).toBe(2);
      patterns.add(ofType.join());
    });
  }
  expect(patterns.size).toBeGreaterThan(10);
});
