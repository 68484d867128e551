/** The smallest thing that can be optimised: one parameter of two weights on a float64 engine, with a given gradient. */
import { Tape, type Tensor } from "../../src/autograd/index.ts";
import { createReferenceEngine } from "../../src/engine/index.ts";

/** A parameter map with one tensor `w`, and a setter for its gradient. */
export function onePair(
  weights: readonly number[],
  precision: "float32" | "float64" = "float64",
): {
  tape: Tape;
  w: Tensor;
  parameters: Map<string, Tensor>;
  setGradient: (values: readonly number[]) => void;
  values: () => number[];
} {
  const tape = new Tape(createReferenceEngine({ precision }));
  const w = tape.parameter([weights.length], weights);
  const { memory } = tape.engine;
  return {
    tape,
    w,
    parameters: new Map([["w", w]]),
    setGradient: (values) => memory.floats(w.gradient(), w.size).set(values),
    values: () => Array.from(memory.floats(w.ptr, w.size)),
  };
}
