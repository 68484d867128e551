import { afterEach, describe, expect, test, vi } from "vitest";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { createReferenceEngine, Memory } from "../../src/engine/index.ts";
import { EngineError } from "../../src/errors.ts";

afterEach(() => vi.restoreAllMocks());

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

describe.each([
  ["of one thread", 1],
  ["shared by two", 2],
] as const)("the memory of a compiled engine, %s", (_, threads) => {
  const create = () =>
    assembleEngine(fittingBuild("strict")!, {
      threads,
      blas: "never",
      thresholds: { elements: 1, products: 1, system: 1 },
    });

  test("cannot grow beyond 4 GB: an EngineError, and what fits is still served", async () => {
    const engine = await create();
    const { memory } = engine;
    expect(memory.f.buffer instanceof SharedArrayBuffer).toBe(threads > 1);
    const attempt = (): unknown => memory.step(2 ** 30);
    expect(attempt).toThrow(EngineError);
    expect(attempt).toThrow(
      /^Memory: the memory cannot grow\. Expected room for 409[67] MB in all, got \d MB and no more from this runtime\. Use a smaller hiddenSize, batchSize or sequenceLength\.$/,
    );
    const p = memory.persistent(100);
    engine.fill(100, p, 2);
    expect(engine.sum(100, p)).toBe(200);
    engine.close();
  });

  test("cannot grow inside a kernel: an EngineError, and the kernel's scratch is nobody's afterwards", async () => {
    const engine = await create();
    const { memory } = engine;
    const size = 3;
    const [a, b, c] = [memory.persistent(9), memory.persistent(9), memory.persistent(9)];
    memory.floats(a, 9).set([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    memory.floats(b, 9).set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const product = (): number[] => {
      engine.gemm(false, false, size, size, size, a, size, b, size, c, size, false);
      return Array.from(memory.floats(c, 9));
    };
    expect(product()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]); // its scratch is taken
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    });
    const x = memory.persistent(1);
    const [N, V] = [1, 3_000_000];
    expect(() => engine.softmaxCrossEntropy(N, V, x, x, x, 0)).toThrow(EngineError);
    grow.mockRestore();
    const held = Array.from({ length: 4 }, () => memory.persistent(256 * 512 + 256 * 120));
    for (const p of held) memory.f.fill(7, p, p + 256 * 512 + 256 * 120);
    expect(product()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const p of held)
      expect(memory.floats(p, 256 * 512 + 256 * 120).every((value) => value === 7)).toBe(true);
    engine.close();
  });

  test("that the runtime does not give at all is an EngineError", async () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementation(
      class {
        constructor() {
          throw new RangeError("WebAssembly.Memory(): could not allocate memory");
        }
      } as never,
    );
    await expect(create()).rejects.toThrow(EngineError);
    await expect(create()).rejects.toThrow(
      `createEngine: this runtime gives no memory. Expected ${threads > 1 ? "shared memory" : "memory"} that can grow to 4 GB of address space, got RangeError: WebAssembly.Memory(): could not allocate memory. Raise the limit on virtual memory, or close other engines.`,
    );
  });
});
