/** The system's BLAS under every product, however small, on one thread and on several. */
import { expect, test } from "vitest";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { runConformance } from "./runConformance.ts";

const everything = { elements: 1, products: 1, system: 1 };
const build = fittingBuild("auto")!;
const probe = await assembleEngine(build, { threads: 1, blas: "asked" });

for (const threads of [1, 2, 3]) {
  if (probe.name === "blas") {
    runConformance({
      name: `blas, ${threads} threads`,
      create: () => assembleEngine(build, { threads, blas: "asked", thresholds: everything }),
      tolerance: 4,
    });
  } else {
    test.skip(`blas, ${threads} threads (skipped: ${probe.notes.join("; ")})`, () => {
      expect.unreachable();
    });
  }
}
