/** Named trainable tensors, and how the names of parts become the names of a whole. */
import type { Tensor } from "../autograd/index.ts";

/** Trainable tensors by name, in a fixed order. */
export type Parameters = ReadonlyMap<string, Tensor>;

/**
 * Joins the parameters of parts under their names; a tensor that two parts share is kept once, under its first name.
 * @example collectParameters({ embedding, rnn, decoder }) // "embedding.weight", "rnn.weight_ih_l0", ...
 */
export function collectParameters(
  parts: Readonly<Record<string, { readonly parameters: Parameters }>>,
): Parameters {
  const all = new Map<string, Tensor>();
  const seen = new Set<Tensor>();
  for (const [part, { parameters }] of Object.entries(parts)) {
    for (const [name, tensor] of parameters) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      all.set(`${part}.${name}`, tensor);
    }
  }
  return all;
}

/** How many numbers are trained. */
export function countParameters(parameters: Parameters): number {
  let count = 0;
  for (const tensor of parameters.values()) count += tensor.size;
  return count;
}
