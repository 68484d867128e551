/** A fully connected layer with a tanh: what may stand between the top recurrent layer and the decoder. */
import { type DropoutMask, type Tape, type Tensor, tanh } from "../../autograd/index.ts";
import type { RandomStream } from "../../engine/index.ts";
import { knownKeys } from "../../errors.ts";
import type { Parameters } from "../parameters.ts";
import { Linear } from "./linear.ts";

export interface FeedForwardOptions {
  /** H */
  readonly inputSize: number;
  /** F */
  readonly outputSize: number;
}

/**
 * A feed-forward layer over the last axis of a sequence.
 *
 *   f = tanh((y ⊙ m) Wᵀ + b)        y [T, B, H], W [F, H], b [F], f [T, B, F]
 *
 * Source: Pascanu et al. 2014, "How to construct deep recurrent neural networks" (deep output); tanh is that of the
 * language model of Bengio et al. 2003. Unlike a relu it leaves f in the range and with the signs that h has, so that the
 * decoder, and an embedding that is tied to it, read the same kind of number with this layer as without it. W starts as U(±1/√H), b at 0.
 *
 * @throws ConfigError for unknown options, sizes that are not positive integers, or a missing stream
 * @example const layer = new FeedForward(tape, { inputSize: 128, outputSize: 64 }, stream);
 */
export class FeedForward {
  readonly parameters: Parameters;
  readonly #linear: Linear;

  constructor(tape: Tape, options: FeedForwardOptions, stream: RandomStream) {
    knownKeys("FeedForward", options, ["inputSize", "outputSize"]);
    this.#linear = new Linear(tape, options, stream);
    this.parameters = this.#linear.parameters;
  }

  /** y [T, B, H] to f [T, B, F]. @param mask - on y: [1 or T, B, H], or the kept of H units */
  forward(y: Tensor, mask?: DropoutMask): Tensor {
    return tanh(this.#linear.forward(y, mask));
  }
}
