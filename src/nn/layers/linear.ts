/** A fully connected layer. */
import {
  applyMask,
  type DropoutMask,
  KeptUnits,
  linear,
  type Tape,
  type Tensor,
} from "../../autograd/index.ts";
import type { RandomStream } from "../../engine/index.ts";
import { knownKeys, positiveInteger } from "../../errors.ts";
import { type Init, initialise } from "../init.ts";
import type { Parameters } from "../parameters.ts";

export interface LinearOptions {
  /** D */
  readonly inputSize: number;
  /** N */
  readonly outputSize: number;
  /** Default true; the bias starts at zero. */
  readonly bias?: boolean;
  /** Default fanIn. */
  readonly init?: Init;
  /** A weight [N, D] to share instead of making one: the embedding of a tied model. */
  readonly weight?: Tensor;
}

/**
 * Applies an affine map to the last axis.
 *
 *   y = x Wᵀ + b        x [..., D], W [N, D], b [N], y [..., N]
 *
 * @throws ConfigError for unknown options, sizes that are not positive integers, or a missing stream
 * @example const decoder = new Linear(tape, { inputSize: 128, outputSize: 65 }, stream);
 */
export class Linear {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly parameters: Parameters;

  constructor(tape: Tape, options: LinearOptions, stream: RandomStream) {
    knownKeys("Linear", options, ["inputSize", "outputSize", "bias", "init", "weight"]);
    const { inputSize, outputSize, bias = true, init = { name: "fanIn" }, weight } = options as LinearOptions;
    const D = positiveInteger("Linear", "inputSize", inputSize);
    const N = positiveInteger("Linear", "outputSize", outputSize);
    this.weight = weight ?? tape.parameter([N, D], initialise(init, N, D, stream));
    this.bias = bias ? tape.parameter([N]) : undefined;
    this.parameters = new Map([
      ["weight", this.weight],
      ...(this.bias ? [["bias", this.bias] as const] : []),
    ]);
  }

  /**
   * x [..., D] to y [..., N].
   * @param mask - on x: of kept units, whose others are left out of the product, or factors [1 or T, B, D] for an x [T, B, D]
   */
  forward(x: Tensor, mask?: DropoutMask): Tensor {
    if (mask instanceof KeptUnits) return linear(x, this.weight, this.bias, { kept: mask });
    return linear(mask ? applyMask(x, mask) : x, this.weight, this.bias);
  }
}
