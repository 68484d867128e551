import { afterEach, describe, expect, test, vi } from "vitest";
import { coresHere, createEngine } from "../../src/engine/index.ts";
import { placeRuns, settleEngine } from "../../src/lab/settleEngine.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the engine of a comparison", () => {
  test("is without a BLAS unless one is asked for, so that its bits do not depend on threads", async () => {
    vi.stubEnv("TIDEGATE_BLAS", "/no/such/library.so"); // would be a note, if it were looked for
    const { name } = await createEngine("auto", { blas: false });
    expect(await settleEngine({ engine: "auto" })).toEqual({
      engine: name,
      identity: name,
      threads: undefined,
      notes: [],
    });
  });

  test("with a BLAS is identified by the library and the number of threads, and has one unless told otherwise", async () => {
    const { name, blas } = await createEngine("blas");
    const settled = await settleEngine({ engine: "blas" });
    expect([settled.engine, settled.identity, settled.threads]).toEqual(
      blas === undefined ? [name, name, undefined] : ["blas", `blas, ${blas}, threads 1`, 1],
    );
  });

  test("whose BLAS does not work is the one without it, and the note is kept", async () => {
    const { engine, identity, notes } = await settleEngine({ engine: "blas", blas: "/no/such/library.so" });
    const { name } = await createEngine("auto", { blas: false });
    expect([engine, identity]).toEqual([name, name]);
    expect(notes).toEqual([expect.stringMatching(/^no BLAS: /)]);
  });

  test("has no more threads than cores", async () => {
    const { threads, notes } = await settleEngine({ engine: "strict", threads: coresHere() + 2 });
    expect([threads, notes]).toEqual([coresHere(), [expect.stringContaining("this machine has")]]);
    await expect(settleEngine({ engine: "strict", threads: 0 })).rejects.toThrow(
      "runComparison: threads must be a positive integer.",
    );
  });
});

describe("runs are placed on cores", () => {
  test.each<[runs: number, wishes: Parameters<typeof placeRuns>[1], workers: number, threads: number]>([
    [12, { cores: 2 }, 2, 1],
    [2, { cores: 2 }, 2, 1],
    [1, { cores: 2 }, 1, 2],
    [3, { cores: 8 }, 3, 2], // 2 of the 8 are idle rather than one run twice as fast as the others
    [0, { cores: 4 }, 1, 4],
    [12, { cores: 8, threads: 2 }, 4, 2],
    [12, { cores: 8, threads: 3 }, 2, 3],
    [12, { cores: 2, threads: 2 }, 1, 2],
    [1, { cores: 8, threads: 1 }, 1, 1], // as with a BLAS
    [12, { cores: 8, workers: 3 }, 3, 2],
    [12, { cores: 2, workers: 5 }, 5, 1],
  ])("%d with %j: %d processes of %d threads", (runs, wishes, workers, threads) => {
    expect(placeRuns(runs, wishes)).toEqual({ workers, threads, notes: [] });
  });

  test("more than there are, when both are asked for, with a note", () => {
    expect(placeRuns(12, { cores: 4, workers: 3, threads: 2 })).toEqual({
      workers: 3,
      threads: 2,
      notes: ["3 processes of 2 threads share 4 cores: fewer would be faster"],
    });
  });
});
