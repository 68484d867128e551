/** Every engine on more threads than one, with thresholds so low that small sizes are shared out as well. */
import { expect, test } from "vitest";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { runConformance } from "./runConformance.ts";

const everything = { elements: 1, products: 1, system: 1 };

for (const name of ["strict", "relaxed"] as const) {
  const build = fittingBuild(name);
  for (const threads of [2, 3]) {
    if (build) {
      runConformance({
        name: `${name}, ${threads} threads`,
        create: () => assembleEngine(build, { threads, blas: "never", thresholds: everything }),
        tolerance: 4,
      });
    } else {
      test.skip(`${name}, ${threads} threads (skipped: this runtime has no relaxed SIMD)`, () => {
        expect.unreachable();
      });
    }
  }
}
