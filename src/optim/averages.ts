/** The averages themselves: one tensor per parameter, which a checkpoint can store. */
import type { Tensor } from "../autograd/index.ts";
import { ConfigError } from "../errors.ts";
import type { Parameters } from "./parameters.ts";

/** Averages of the parameters, by the parameters' names. */
export type Averages = ReadonlyMap<string, Tensor>;

/** Averages of nothing: zeros of the parameters' shapes, that outlive every step. */
export function createAverages(parameters: Parameters): Averages {
  return new Map(Array.from(parameters, ([name, { tape, shape }]) => [name, tape.constant(shape)]));
}

/**
 * Moves the averages toward the present weights.
 *
 *   a += share (w - a)        the form that leaves the average of equal weights as it is, to the bit
 *
 * @param share - 1/count for a mean; see `Averaging.share`
 * @throws ConfigError when the averages were made for other parameters
 * @example moveAverages(averages, parameters, averaging.share(state.count));
 */
export function moveAverages(averages: Averages, parameters: Parameters, share: number): void {
  for (const [name, { tape, size, ptr }] of parameters) {
    const average = averages.get(name);
    if (average?.size !== size) {
      throw new ConfigError("the averages were made for other parameters", {
        where: "moveAverages",
        expected: `an average "${name}" of ${size} elements`,
        got: average ? `${average.size} elements` : "none",
        mend: "Call createAverages again after adding or resizing parameters",
      });
    }
    tape.step(() => {
      const way = tape.scratch(size);
      tape.engine.binary("sub", size, ptr, average.ptr, way);
      tape.engine.axpy(size, share, way, average.ptr);
    });
  }
}
