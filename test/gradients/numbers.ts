/** Numbers for tests: repeatable, none of them special, and read in the full precision of the engine. */
import seedrandom from "seedrandom";
import { type Shape, sizeOf, type Tensor } from "../../src/autograd/index.ts";

/** A source of arrays of uniform numbers, the same for the same seed. */
export function numbers(seed: string): (shape: Shape, low?: number, high?: number) => number[] {
  const random = seedrandom(seed);
  return (shape, low = -1, high = 1) =>
    Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
}

/** The values of a tensor as the engine has them (`data()` rounds to float32). */
export function valuesOf(x: Tensor): number[] {
  return Array.from(x.tape.engine.memory.floats(x.ptr, x.size));
}

/** The gradient of a tensor as the engine has it; zeros when nothing flowed there. */
export function gradientOf(x: Tensor): number[] {
  if (!x.gradientPtr) return new Array<number>(x.size).fill(0);
  return Array.from(x.tape.engine.memory.floats(x.gradientPtr, x.size));
}
