import { describe, expect, test } from "vitest";
import { createReferenceEngine, Memory } from "../../src/engine/index.ts";
import { EngineError } from "../../src/errors.ts";

const memoryOf = (precision: "float32" | "float64" = "float32"): Memory =>
  createReferenceEngine({ precision }).memory;

/** A backing that refuses to be longer than `limit` bytes. */
function limited(limit: number): { buffer: ArrayBuffer; grow(bytes: number): void } {
  return {
    buffer: new ArrayBuffer(65536),
    grow(bytes) {
      if (bytes > limit) throw new RangeError("out of memory");
      const grown = new ArrayBuffer(bytes);
      new Uint8Array(grown).set(new Uint8Array(this.buffer));
      this.buffer = grown;
    },
  };
}

describe.each(["float32", "float64"] as const)("memory in %s", (precision) => {
  test("arrays start at whole cache lines, after the reserved 64 kB, and never overlap", () => {
    const memory = memoryOf(precision);
    const sizes = [1, 15, 16, 17, 300_000, 0, 5];
    const taken = sizes.flatMap((n, k) => [
      { p: memory.persistent(n), n },
      { p: memory.step(n + k), n: n + k },
    ]);
    for (const { p } of taken) {
      expect(p % 16).toBe(0);
      expect(p * memory.bytesPerElement).toBeGreaterThanOrEqual(65536);
    }
    taken.sort((a, b) => a.p - b.p);
    for (let k = 1; k < taken.length; k++)
      expect(taken[k]!.p).toBeGreaterThanOrEqual(taken[k - 1]!.p + Math.max(1, taken[k - 1]!.n));
  });

  test("growing keeps what is stored, persistent and of the step", () => {
    const memory = memoryOf(precision);
    const [kept, ofStep] = [memory.persistent(3), memory.step(3)];
    memory.floats(kept, 3).set([1, 2, 3]);
    memory.floats(ofStep, 3).set([4, 5, 6]);
    const before = memory.bytes;
    memory.step(2_000_000);
    memory.persistent(2_000_000);
    expect(memory.bytes).toBeGreaterThan(before);
    expect(Array.from(memory.floats(kept, 3))).toEqual([1, 2, 3]);
    expect(Array.from(memory.floats(ofStep, 3))).toEqual([4, 5, 6]);
  });

  test("ids and floats of neighbouring arrays do not touch", () => {
    const memory = memoryOf(precision);
    const [a, b, c] = [memory.step(16), memory.step(16), memory.step(16)];
    memory.floats(a, 16).fill(1);
    memory.floats(c, 16).fill(3);
    memory.ints(b, 16).fill(-1);
    expect(Array.from(memory.floats(a, 16))).toEqual(new Array(16).fill(1));
    expect(Array.from(memory.floats(c, 16))).toEqual(new Array(16).fill(3));
    expect(Array.from(memory.ints(b, 16))).toEqual(new Array(16).fill(-1));
  });
});

describe("the persistent region", () => {
  test("gives zeros, also in an array that was used before", () => {
    const memory = memoryOf();
    const p = memory.persistent(20);
    memory.floats(p, 20).fill(7);
    memory.release(p, 20);
    const again = memory.persistent(25); // both round up to 32
    expect(again).toBe(p);
    expect(Array.from(memory.floats(again, 25))).toEqual(new Array(25).fill(0));
  });

  test("does not give a released array to two owners", () => {
    const memory = memoryOf();
    memory.release(memory.persistent(8), 8);
    expect(memory.persistent(8)).not.toBe(memory.persistent(8));
  });
});

describe("the step region", () => {
  test("rewinding to a mark gives the same places again, and steady use allocates nothing", () => {
    const memory = memoryOf();
    const mark = memory.mark();
    const step = (): number[] => [10, 200_000, 100_000, 300_000, 7].map((n) => memory.step(n));
    const first = step();
    memory.rewind(mark);
    const bytes = memory.bytes;
    for (let k = 0; k < 5; k++) {
      expect(step()).toEqual(first);
      memory.rewind(mark);
    }
    expect(memory.bytes).toBe(bytes);
  });

  test("an inner mark keeps what was taken before it", () => {
    const memory = memoryOf();
    const outer = memory.step(100);
    memory.floats(outer, 100).fill(5);
    const mark = memory.mark();
    for (let k = 0; k < 3; k++) {
      memory.floats(memory.step(400_000), 400_000).fill(9);
      memory.rewind(mark);
    }
    expect(Array.from(memory.floats(outer, 100))).toEqual(new Array(100).fill(5));
  });

  test("persistent arrays survive a rewind", () => {
    const memory = memoryOf();
    const mark = memory.mark();
    memory.step(10);
    const kept = memory.persistent(10);
    memory.floats(kept, 10).fill(3);
    memory.rewind(mark);
    memory.floats(memory.step(300_000), 300_000).fill(8);
    expect(Array.from(memory.floats(kept, 10))).toEqual(new Array(10).fill(3));
  });
});

describe("memory that cannot grow", () => {
  test("is an EngineError that says how much was wanted and what to make smaller", () => {
    const memory = new Memory(limited(4 * 2 ** 20), "float32");
    memory.step(10);
    const attempt = (): unknown => memory.step(4_000_000);
    expect(attempt).toThrow(EngineError);
    expect(attempt).toThrow(
      "Memory: the memory cannot grow. Expected room for 17 MB in all, got 2 MB and no more from this runtime. Use a smaller hiddenSize, batchSize or sequenceLength.",
    );
  });

  test("still serves what fits", () => {
    const memory = new Memory(limited(4 * 2 ** 20), "float32");
    expect(() => memory.persistent(4_000_000)).toThrow(EngineError);
    const p = memory.persistent(4);
    memory.floats(p, 4).fill(1);
    expect(Array.from(memory.floats(p, 4))).toEqual([1, 1, 1, 1]);
  });
});
