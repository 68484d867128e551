/** Which recurrent weights a sequence reads: those packed for single rows while it has few rows, the others beyond. */
import { expect, test } from "vitest";
import { createEngine, NO_NOISE, packedRowSize } from "../../src/engine/index.ts";

test.each([
  [1, 1, 0, false],
  [7, 1, 0, false],
  [1, 7, 0, false],
  [8, 1, 0, true], // packing for the tiles is won back
  [2, 4, 0, true],
  [1, 1, 1, true], // a mask
])("T=%d B=%d masked=%d: the rows as they lie are read: %s", async (T, B, masked, readsAsTheyLie) => {
  const engine = await createEngine("strict", { threads: 1 });
  const { memory } = engine;
  const H = 9;
  const take = (n: number, value: number): number => {
    const p = memory.persistent(n);
    engine.fill(n, p, value);
    return p;
  };
  const wHh = take(4 * H * H, 0.1);
  const packed = take(packedRowSize(4 * H, H), 0);
  engine.packRow(4 * H, H, wHh, packed);
  engine.fill(4 * H * H, wHh, Number.NaN);
  const hs = take((T + 1) * B * H, 0.5);
  engine.lstmForward({
    ...{
      T,
      B,
      H,
      wHh,
      packed,
      hs,
      bIh: 0,
      bHh: 0,
      gates: take(T * B * 4 * H, 0.25),
      cs: take((T + 1) * B * H, 0),
    },
    mask: { ptr: masked ? take(B * H, 2) : 0, kept: 0, count: 0, groups: 1, steps: 1 },
    noise: NO_NOISE,
    hMasked: masked ? take(T * B * H, 0) : 0,
  });
  expect(memory.floats(hs + B * H, T * B * H).some(Number.isNaN)).toBe(readsAsTheyLie);
});
