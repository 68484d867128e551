/** A BLAS that is missing, broken or wrong: the engine works without it, and says so in one line. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { createEngine, type Engine } from "../../src/engine/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tidegate-blas-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const withoutBlas = (await createEngine("auto", { blas: false })).name;
const hasKoffi = isInstalled("koffi");
const hasCompiler = hasKoffi && process.platform === "linux" && runs("cc", "--version");
const reasonWithoutCompiler = hasCompiler ? "" : " (skipped: no koffi, or no C compiler on Linux)";

/** The engine gives the right products, whoever makes them. */
function expectToWork(engine: Engine): void {
  const [M, N, K] = [37, 35, 41]; // enough for the BLAS to be asked
  const { memory } = engine;
  const [a, b, c] = [memory.persistent(M * K), memory.persistent(K * N), memory.persistent(M * N)];
  memory.floats(a, M * K).set(Array.from({ length: M * K }, (_, k) => (k % 7) - 3));
  memory.floats(b, K * N).set(Array.from({ length: K * N }, (_, k) => (k % 5) - 2));
  engine.gemm(false, false, M, N, K, a, K, b, N, c, N, false);
  const got = Array.from(memory.floats(c, M * N));
  const expected = got.map((_, at) => {
    const [row, column] = [Math.floor(at / N), at % N];
    let sum = 0;
    for (let k = 0; k < K; k++) sum += (((row * K + k) % 7) - 3) * (((k * N + column) % 5) - 2);
    return sum;
  });
  expect(got.map((value) => value + 0)).toEqual(expected.map((value) => value + 0)); // integers: exact
}

/** Asks for the BLAS by option, by environment and under auto; each falls back and says the same. */
async function expectFallback(library: string, note: string | RegExp): Promise<void> {
  const told = [typeof note === "string" ? note : expect.stringMatching(note)];
  const byOption = await createEngine("blas", { blas: library });
  const underAuto = await createEngine("auto", { blas: library });
  vi.stubEnv("TIDEGATE_BLAS", library);
  const byEnvironment = await createEngine("blas");
  for (const engine of [byOption, underAuto, byEnvironment]) {
    expect({ name: engine.name, blas: engine.blas, notes: engine.notes }).toEqual({
      name: withoutBlas,
      blas: undefined,
      notes: told,
    });
    expectToWork(engine);
  }
}

describe.skipIf(!hasKoffi)(`a library${hasKoffi ? "" : " (skipped: koffi is not installed)"}`, () => {
  test("that does not exist", async () => {
    await expectFallback(
      "libnothere.so.7",
      /^no BLAS: libnothere\.so\.7: Failed to load shared library: .+$/,
    );
  });

  test("that is no library", async () => {
    const path = join(folder, "text.so");
    writeFileSync(path, "This is not a library.\n");
    await expectFallback(path, new RegExp(`^no BLAS: ${path}: Failed to load shared library: .+$`));
  });

  test.skipIf(process.platform !== "linux")("that has no cblas_sgemm", async () => {
    await expectFallback(
      "libm.so.6",
      "no BLAS: libm.so.6: Cannot find function 'cblas_sgemm' in shared library",
    );
  });

  test("whose name is empty, or that is given to an engine without BLAS, is refused", async () => {
    await expect(createEngine("blas", { blas: "" })).rejects.toThrow(
      'createEngine: blas is not a library. Expected the name or path of a library, or false for another engine, got "". For example { blas: "libopenblas.so.0" }.',
    );
    await expect(createEngine("strict", { blas: "libopenblas.so.0" })).rejects.toThrow(
      'createEngine: the engine strict uses no BLAS. Expected the engine blas or auto, with a library, got "libopenblas.so.0". Use the engine "blas".',
    );
  });
});

describe.skipIf(!hasCompiler)(`a library of ours${reasonWithoutCompiler}`, () => {
  test("that is right is used, and its name is said", async () => {
    const library = compiled("right", "sum");
    const engine = await createEngine("blas", { blas: library });
    expect({ name: engine.name, blas: engine.blas, notes: engine.notes }).toEqual({
      name: "blas",
      blas: library,
      notes: [],
    });
    expectToWork(engine);
  });

  test.each([
    ["forgets the last product of each sum", "sum - x * y"],
    ["is a little wrong", "sum * 1.001f"],
    ["gives NaN", "0.0f / 0.0f"],
  ])("that %s", async (name, result) => {
    await expectFallback(
      compiled(name.replaceAll(" ", "-"), result),
      /^no BLAS: \S+: its cblas_sgemm gives \S+ where \S+ is right \(\d+ x \d+ x \d+\)$/,
    );
  });

  test("that takes no notice of a transposed operand", async () => {
    await expectFallback(
      compiled("as-it-lies", "sum", "transB = 111;"),
      /^no BLAS: \S+: its cblas_sgemm gives \S+ where \S+ is right/,
    );
  });

  test("that adds nothing to what was there", async () => {
    await expectFallback(
      compiled("overwrites", "sum", "beta = 0;"),
      /^no BLAS: \S+: its cblas_sgemm gives \S+ where \S+ is right/,
    );
  });
});

describe("without koffi", () => {
  test("who named a BLAS is told, who did not is not", async () => {
    const modules = createRequire(import.meta.url)("node:module") as typeof import("node:module");
    vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
      name === "node:module"
        ? {
            createRequire: () => ({
              resolve(): never {
                throw new Error("Cannot find module 'koffi'");
              },
            }),
          }
        : modules.createRequire(import.meta.url)(name)) as never);
    const note = "no BLAS: the optional package koffi is not installed";
    expect((await createEngine("auto")).notes).toEqual([]);
    await expectFallback("libopenblas.so.0", note);
    const engine = await createEngine("blas");
    expect(engine.notes).toEqual([note]);
  });
});

describe("where nothing is loaded", () => {
  test("as in a page, nothing is said unless a BLAS was asked for", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    expect((await createEngine("auto")).notes).toEqual([]);
    const engine = await createEngine("blas");
    expect([engine.name, engine.notes]).toEqual([withoutBlas, ["no BLAS: this runtime loads no libraries"]]);
    expect(engine.memory.f.buffer).toBeInstanceOf(ArrayBuffer); // not shared, which a page may not have
    expectToWork(engine);
  });

  test("auto says nothing when nobody has installed one, and blas names what it looked for", async () => {
    const koffi = hasKoffi
      ? (createRequire(import.meta.url)("koffi") as { load(name: string): unknown })
      : {};
    if (hasKoffi) {
      vi.spyOn(koffi as { load(name: string): unknown }, "load").mockImplementation(() => {
        throw new Error("Failed to load shared library: cannot open shared object file");
      });
    }
    expect((await createEngine("auto")).notes).toEqual([]);
    const { notes } = await createEngine("blas");
    expect(notes).toEqual([
      hasKoffi
        ? expect.stringMatching(/^no BLAS: none of .+, .+ is installed$/)
        : "no BLAS: the optional package koffi is not installed",
    ]);
  });

  test("blas: false keeps auto from looking", async () => {
    vi.stubEnv("TIDEGATE_BLAS", "/no/such/library.so");
    const engine = await createEngine("auto", { blas: false });
    expect([engine.name, engine.notes]).toEqual([withoutBlas, []]);
  });
});

/**
 * A library whose cblas_sgemm is the plain loop, but for what is given.
 * @param result - C expression of an element of A B; sum is the right one, x and y the last factors
 * @param before - C statements at the beginning
 */
function compiled(name: string, result: string, before = ""): string {
  const [source, library] = [join(folder, `${name}.c`), join(folder, `${name}.so`)];
  writeFileSync(
    source,
    `void cblas_sgemm(int order, int transA, int transB, int M, int N, int K, float alpha, const float *a, int lda,
                     const float *b, int ldb, float beta, float *c, int ldc) {
      ${before}
      for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
          float sum = 0, x = 0, y = 0;
          for (int k = 0; k < K; k++) {
            x = transA == 111 ? a[i * lda + k] : a[k * lda + i];
            y = transB == 111 ? b[k * ldb + j] : b[j * ldb + k];
            sum += x * y;
          }
          float product = alpha * (${result});
          c[i * ldc + j] = beta == 0 ? product : product + beta * c[i * ldc + j];
        }
    }
    `,
  );
  execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", library, source]);
  return library;
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function runs(...command: [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
