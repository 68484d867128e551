import { afterEach, describe, expect, test, vi } from "vitest";
import { createEngine } from "../../src/engine/index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("an engine asked for by name", () => {
  test("is the one that comes", async () => {
    expect((await createEngine("strict")).name).toBe("strict");
    expect((await createEngine("reference")).name).toBe("reference");
  });

  test("that is unknown is refused, with the nearest", async () => {
    await expect(createEngine("strickt" as never)).rejects.toThrow(
      'createEngine: engine is not known. Expected one of auto, strict, relaxed, blas, reference, got "strickt". Did you mean "strict"?',
    );
  });

  test("that the runtime cannot run is refused with what it needs", async () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    await expect(createEngine("strict")).rejects.toThrow(
      'createEngine: this runtime cannot run the strict engine. Expected WebAssembly with SIMD and threads, got a runtime without it. Use "auto", which takes the fastest engine that runs here.',
    );
    await expect(createEngine("relaxed")).rejects.toThrow(
      "WebAssembly with relaxed SIMD (Node 22 or later, Chrome 114, Firefox 146)",
    );
  });
});

describe("auto", () => {
  test("takes strict where multiply-add is missing and there is no BLAS", async () => {
    vi.stubEnv("TIDEGATE_BLAS", "/no/such/library.so");
    const validate = vi.spyOn(WebAssembly, "validate").mockReturnValueOnce(false).mockReturnValue(true);
    const engine = await createEngine("auto");
    expect(engine.name).toBe("strict");
    expect(validate).toHaveBeenCalledTimes(2);
    expect(engine.notes).toEqual([expect.stringContaining("no BLAS: /no/such/library.so: ")]);
  });

  test("falls back to the reference where SIMD is missing", async () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect((await createEngine()).name).toBe("reference");
  });

  test("falls back to the reference where WebAssembly is missing", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect((await createEngine()).name).toBe("reference");
  });
});
