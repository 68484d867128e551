/**
 * Gradients against central differences, in float64, on every element of every input.
 *
 *   dL/dx_k  ≈  (L(x_k + δ) - L(x_k - δ)) / 2δ        L = Σ over all outputs of w ⊙ output, w random
 *
 * With δ = 1e-5 the truncation error is about δ² = 1e-10 and the rounding error about 1e-16/δ = 1e-11, both relative to
 * values of order 1; the bound of 1e-7 leaves room for third derivatives of some hundreds and is far below any real mistake.
 */
import { expect } from "vitest";
import { add, mul, type Shape, sum, Tape, type Tensor } from "../../src/autograd/index.ts";
import { engineUnderTest } from "./engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "./numbers.ts";

const DELTA = 1e-5;
const TOLERANCE = 1e-7;

/** An input: its shape and its values. */
export interface Input {
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** What is checked: an expression of tensors, with one or more results. */
export type Expression<Name extends string> = (
  inputs: Record<Name, Tensor>,
  tape: Tape,
) => Tensor | readonly Tensor[];

/** Expects the tape's gradient of every input to agree with central differences; returns the largest relative error. */
export function checkGradients<Name extends string>(
  inputs: Record<Name, Input>,
  expression: Expression<Name>,
): number {
  const tape = new Tape(engineUnderTest());
  const names = Object.keys(inputs) as Name[];
  const parameters = {} as Record<Name, Tensor>;
  for (const name of names) parameters[name] = tape.parameter(inputs[name].shape, inputs[name].values);

  const lossOf = (): Tensor => {
    const results = [expression(parameters, tape)].flat() as Tensor[];
    const random = numbers("weights of the loss"); // begun anew, so that every evaluation has the same weights
    return results
      .map((result) => sum(mul(result, tape.tensor(random(result.shape), result.shape))))
      .reduce((a, b) => add(a, b));
  };
  tape.step(() => tape.backward(lossOf()));

  let worst = 0;
  for (const name of names) {
    const parameter = parameters[name];
    const analytic = gradientOf(parameter);
    const scale = Math.max(1e-3, ...analytic.map(Math.abs));
    const original = valuesOf(parameter);
    for (let k = 0; k < parameter.size; k++) {
      const lossAt = (x: number): number => {
        tape.engine.memory.f[parameter.ptr + k] = x;
        return tape.noGrad(() => tape.step(() => valuesOf(lossOf())[0]!));
      };
      const numeric = (lossAt(original[k]! + DELTA) - lossAt(original[k]! - DELTA)) / (2 * DELTA);
      tape.engine.memory.f[parameter.ptr + k] = original[k]!;
      const error = Math.abs(numeric - analytic[k]!) / scale;
      worst = Math.max(worst, error);
      expect(error, `d/d${name}[${k}]: tape ${analytic[k]}, central difference ${numeric}`).toBeLessThan(
        TOLERANCE,
      );
    }
  }
  return worst;
}
