/** What a drawn mask promises: its rate, its scale, and that it depends on nothing but its key and counters. */
import { describe, expect, test } from "vitest";
import { createReferenceEngine, type MaskDraw, randomKey } from "../../src/engine/index.ts";

const engine = createReferenceEngine();
const key = randomKey(11, "masks");

function draw(options: Partial<Omit<MaskDraw, "y">> = {}): number[] {
  const whole = { steps: 1, rows: 1, columns: 8, rate: 0.5, key, counter: 0, lane: 0, ...options };
  const n = whole.steps * whole.rows * whole.columns;
  const mark = engine.memory.mark();
  const y = engine.memory.step(n);
  engine.drawMask({ ...whole, y });
  const values = Array.from(engine.memory.floats(y, n));
  engine.memory.rewind(mark);
  return values;
}

describe("values", () => {
  test.each([0.1, 0.25, 0.5, 0.9])(
    "at rate %f that fraction is dropped, within 4 sigma, and the rest scaled",
    (rate) => {
      const values = draw({ steps: 10, rows: 20, columns: 100, rate });
      const N = values.length;
      const dropped = values.filter((v) => v === 0).length;
      expect(Math.abs(dropped - rate * N)).toBeLessThan(4 * Math.sqrt(N * rate * (1 - rate)));
      expect(new Set(values.filter((v) => v !== 0))).toEqual(new Set([Math.fround(1 / (1 - rate))]));
    },
  );

  test("at rate 0 nothing is dropped", () => {
    expect(draw({ rows: 50, rate: 0 })).toEqual(new Array(400).fill(1));
  });

  test("neighbours are independent: pairs of columns, rows and steps agree half of the time", () => {
    const [steps, rows, columns] = [12, 24, 36];
    const values = draw({ steps, rows, columns });
    for (const distance of [1, columns, rows * columns]) {
      const pairs = values.length - distance;
      let agree = 0;
      for (let k = 0; k < pairs; k++) if (values[k] === values[k + distance]) agree++;
      expect(Math.abs(agree - pairs / 2)).toBeLessThan(4 * Math.sqrt(pairs / 4));
    }
  });
});

describe("a mask depends on nothing but its key and counters", () => {
  const [steps, rows, columns] = [3, 4, 10];
  const whole = draw({ steps, rows, columns });
  const at = (t: number, r: number, c: number): number => whole[(t * rows + r) * columns + c]!;

  test("row r does not change with the number of rows", () => {
    expect(draw({ rows: 2, columns })).toEqual(whole.slice(0, 2 * columns));
    expect(draw({ rows: 9, columns }).slice(0, rows * columns)).toEqual(whole.slice(0, rows * columns));
  });

  test("column c does not change with the number of columns", () => {
    const narrow = draw({ rows, columns: 7 });
    for (let r = 0; r < rows; r++) for (let c = 0; c < 7; c++) expect(narrow[r * 7 + c]).toBe(at(0, r, c));
  });

  test("step t does not change with the number of steps", () => {
    expect(draw({ steps: 2, rows, columns })).toEqual(whole.slice(0, 2 * rows * columns));
  });

  test("another key, counter or lane is another mask", () => {
    const base = draw({ columns: 64 });
    expect(draw({ columns: 64, counter: 1 })).not.toEqual(base);
    expect(draw({ columns: 64, lane: 1 })).not.toEqual(base);
    expect(draw({ columns: 64, key: randomKey(12, "masks") })).not.toEqual(base);
  });

  test("a lower rate drops a part of what a higher rate drops", () => {
    const [low, high] = [draw({ columns: 200, rate: 0.2 }), draw({ columns: 200, rate: 0.6 })];
    for (let k = 0; k < 200; k++) if (low[k] === 0) expect(high[k]).toBe(0);
  });
});
