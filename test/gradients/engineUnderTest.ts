/** The engine that the tests of ops run on: one place, so that the same tests can run on another. */
import { createReferenceEngine, type Engine } from "../../src/engine/index.ts";

/** Elements of the first chunk of the step region: more than any of these tests takes. */
const POISONED = 262144;

/**
 * The reference engine; in float64 its rounding does not hide a wrong gradient.
 * Its step memory begins full of NaN: an op that reads what it has not written cannot pass for right.
 */
export function engineUnderTest(precision: "float32" | "float64" = "float64"): Engine {
  const engine = createReferenceEngine({ precision });
  const mark = engine.memory.mark();
  engine.fill(POISONED, engine.memory.step(POISONED), Number.NaN);
  engine.memory.rewind(mark);
  return engine;
}
