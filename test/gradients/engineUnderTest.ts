/** The engine that the tests of ops run on: one place, so that the same tests can run on another. */
import { createReferenceEngine, type Engine } from "../../src/engine/index.ts";

/** The reference engine; in float64 its rounding does not hide a wrong gradient. */
export function engineUnderTest(precision: "float32" | "float64" = "float64"): Engine {
  return createReferenceEngine({ precision });
}
