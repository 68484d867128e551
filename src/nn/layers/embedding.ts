/** A table of vectors, one for each symbol. */
import {
  type EmbeddedIds,
  embeddedIds,
  embedding,
  type Ids,
  type Tape,
  type Tensor,
} from "../../autograd/index.ts";
import type { RandomStream } from "../../engine/index.ts";
import { knownKeys, positiveInteger } from "../../errors.ts";
import { type Init, initialise } from "../init.ts";
import type { Parameters } from "../parameters.ts";

export interface EmbeddingOptions {
  /** V */
  readonly vocabSize: number;
  /** D */
  readonly embeddingSize: number;
  /** Default N(0, 1), as PyTorch. */
  readonly init?: Init;
}

/**
 * Looks up a vector for each id.
 *
 *   y_t = s_t E[id_t]        E [V, D], ids [T, B], y [T, B, D]; s a scale per position (a dropped type or token), default 1
 *
 * @throws ConfigError for unknown options, sizes that are not positive integers, or a missing stream
 * @example const table = new Embedding(tape, { vocabSize: 65, embeddingSize: 64 }, stream);
 */
export class Embedding {
  readonly weight: Tensor;
  readonly parameters: Parameters;

  constructor(tape: Tape, options: EmbeddingOptions, stream: RandomStream) {
    knownKeys("Embedding", options, ["vocabSize", "embeddingSize", "init"]);
    const { vocabSize, embeddingSize, init = { name: "normal", sd: 1 } } = options as EmbeddingOptions;
    const V = positiveInteger("Embedding", "vocabSize", vocabSize, 65);
    const D = positiveInteger("Embedding", "embeddingSize", embeddingSize, 64);
    this.weight = tape.parameter([V, D], initialise(init, V, D, stream));
    this.parameters = new Map([["weight", this.weight]]);
  }

  /** ids [T, B] as the input of a recurrent layer, which looks the vectors up or does what is shorter; `scale` [T, B] */
  rows(ids: Ids, scale?: Tensor): EmbeddedIds {
    return embeddedIds(this.weight, ids, scale);
  }

  /** ids [T, B] to y [T, B, D]; `scale` [T, B] */
  forward(ids: Ids, scale?: Tensor): Tensor {
    return embedding(this.weight, ids, scale);
  }
}
