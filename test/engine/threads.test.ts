import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { createEngine, type Engine } from "../../src/engine/index.ts";
import { boxOf, changed, createMailbox, DONE } from "../../src/engine/threads/mailbox.ts";

const cores = availableParallelism();
const strict = fittingBuild("strict")!;
const everything = { elements: 1, products: 1, system: 1 };
const threaded = (threads: number): Promise<Engine> =>
  assembleEngine(strict, { threads, blas: "never", thresholds: everything });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("threads asked for", () => {
  test("beyond the cores are not started, and a note says so", async () => {
    const engine = await createEngine("strict", { threads: cores + 3 });
    expect(engine.threads).toBe(cores);
    expect(engine.notes).toEqual([
      expect.stringMatching(
        new RegExp(`^${cores} threads? instead of ${cores + 3}: this machine has ${cores} cores?$`),
      ),
    ]);
    engine.close();
  });

  test.each([0, -1, 1.5, Number.NaN, "2"])("as %s are refused", async (threads) => {
    await expect(createEngine("strict", { threads: threads as number })).rejects.toThrow(
      "createEngine: threads must be a positive integer.",
    );
  });

  test("under an option that does not exist are refused", async () => {
    await expect(createEngine("strict", { thread: 2 } as never)).rejects.toThrow('Did you mean "threads"?');
  });

  test("where memory cannot be shared become one, and a note says so", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const engine = await createEngine("strict", { threads: 2 });
    expect(engine.threads).toBe(1);
    if (cores > 1)
      expect(engine.notes).toEqual([
        "1 thread instead of 2: memory cannot be shared between threads here (a page must be cross-origin isolated)",
      ]);
    engine.fill(40, engine.memory.persistent(40), 1); // it works
  });
});

describe("a thread", () => {
  test("whose kernel fails makes an error that names it, and works on", async () => {
    const engine = await threaded(2);
    const ids = engine.memory.persistent(32);
    engine.memory.ints(ids, 32).fill(2 ** 28); // rows beyond the end of all memory
    const [table, y] = [engine.memory.persistent(32), engine.memory.persistent(32)];
    expect(() => engine.gatherRows(32, 1, ids, table, 0, y)).toThrow(
      "engine, thread 1: gatherRows failed. Got RuntimeError: memory access out of bounds.",
    );
    engine.memory.ints(ids, 32).fill(0);
    engine.fill(32, table, 3);
    engine.gatherRows(32, 1, ids, table, 0, y);
    expect([...engine.memory.floats(y, 32)]).toEqual(new Array(32).fill(3));
    engine.close();
  });

  test("that has ended is an error, not a hang", async () => {
    const terminate: Array<() => Promise<number>> = [];
    const post = vi.spyOn(Worker.prototype, "unref").mockImplementation(function (this: Worker) {
      terminate.push(() => this.terminate());
    });
    const engine = await threaded(2);
    post.mockRestore();
    await terminate[0]!();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => engine.fill(64, engine.memory.persistent(64), 1)).toThrow(
      /engine, thread 1: the engine's threads have ended\. Expected 2 threads, got it ended with code 1\. Create a new engine/,
    );
  });

  test("of an engine that was closed is not called", async () => {
    const engine = await threaded(3);
    engine.close();
    engine.close();
    expect(() => engine.fill(64, engine.memory.persistent(64), 1)).toThrow("got the engine was closed");
  });

  test("sleeps while there is nothing to do", async () => {
    const engine = await threaded(3);
    engine.fill(4096, engine.memory.persistent(4096), 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200); // two busy threads would use 800 ms
    engine.close();
  });

  test("that cannot be started leaves one, and a note says so", async () => {
    vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
      name === "node:worker_threads"
        ? {
            Worker: class {
              once(event: string, then: (reason: Error) => void): void {
                if (event === "error") then(new Error("no more threads"));
              }
              unref(): void {}
            },
          }
        : undefined) as never);
    const engine = await threaded(2);
    expect(engine.threads).toBe(1);
    expect(engine.notes).toEqual([
      expect.stringMatching(
        /^1 thread instead of 2: createEngine: a thread could not be started\. Got Error: no more threads/,
      ),
    ]);
  });
});

test("to be woken is no change: a notice that comes late is not taken for the next one", async () => {
  const { words } = boxOf(createMailbox(1), 0);
  const waker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     parentPort.postMessage("up");
     parentPort.once("message", async () => {
       let woken = 0;
       for (let k = 0; k < 200; k++) {
         await new Promise((resolve) => setTimeout(resolve, 1));
         woken += Atomics.notify(workerData, ${DONE});
       }
       parentPort.postMessage(woken);
     });`,
    { eval: true, workerData: words },
  );
  await new Promise((resolve) => waker.once("message", resolve));
  const woken = new Promise<number>((resolve) => waker.once("message", resolve));
  waker.postMessage("begin");
  expect(changed(words, DONE, 0, 400)).toBe(false);
  expect(await woken).toBeGreaterThan(0); // it did wake us
  words[DONE] = 1;
  expect(changed(words, DONE, 0, 400)).toBe(true);
  await waker.terminate();
});

test("boxes of a mailbox do not share cache lines", () => {
  const mailbox = createMailbox(3);
  const starts = [0, 1, 2].map((k) => boxOf(mailbox, k).words.byteOffset);
  expect(starts.map((start) => start % 128)).toEqual([0, 0, 0]);
});

test("an engine that nobody holds does not keep a process alive, nor one that is held", async () => {
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  const { builtPackage } = await import("../builtPackage.ts");
  const folder = await builtPackage();
  const script = `
    import { createEngine } from ${JSON.stringify(`${folder}/engine/index.js`)};
    const engine = await createEngine("strict", { threads: 2 });
    engine.fill(100000, engine.memory.persistent(100000), 1);
    console.log(engine.threads);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 20_000,
  });
  expect(stdout.trim()).toBe(String(Math.min(2, cores)));
});
