/** What of a dropout configuration remains when a model is evaluated: the expectation of zoneout. */
import type { Tape, Tensor } from "../../autograd/index.ts";
import type { RecurrentDropout } from "./recurrentDropout.ts";
import { rateAt } from "./siteRule.ts";

/** The shares of old values that a network keeps in evaluation, per layer; 0 where there is no zoneout. */
export interface KeptShares {
  /** of c; zeros for a GRU */
  readonly cell: readonly number[];
  /** of h */
  readonly hidden: readonly number[];
}

/**
 * What evaluation keeps of the old state.
 *
 *   c_t = p_c c_{t-1} + (1 - p_c) ĉ        h_t = p_h h_{t-1} + (1 - p_h) (o ⊙ tanh ĉ)
 *
 * Every other site is the identity in evaluation. Source: Krueger et al. 2016, §3.2.
 * @returns undefined when nothing is kept: the network is then evaluated as if it had been trained without dropout
 */
export function keptShares(
  dropout: RecurrentDropout,
  { layers, cell }: { readonly layers: number; readonly cell: "lstm" | "gru" },
): KeptShares | undefined {
  const { zoneoutCell, zoneoutHidden } = dropout.sites;
  const ofCell = cell === "lstm" ? zoneoutCell : undefined;
  if (!ofCell && !zoneoutHidden) return undefined;
  const shares = (rule: typeof zoneoutCell): number[] =>
    Array.from({ length: layers }, (_, l) => (rule ? rateAt(rule, l, 1) : 0));
  return { cell: shares(ofCell), hidden: shares(zoneoutHidden) };
}

/**
 * The same as masks of a stack in evaluation.
 * @param hiddenSize - H of all layers, or of each
 * @returns factors [1, B, H] for each layer, in the open step
 * @example stack.forward(x, { state, masks: evaluationNoise(tape, keptShares(dropout, { layers: 1, cell: "lstm" })!, B, H) })
 */
export function evaluationNoise(
  tape: Tape,
  shares: KeptShares,
  rows: number,
  hiddenSize: number | readonly number[],
): Record<"keepCell" | "keepHidden", readonly (Tensor | undefined)[]> {
  const factors = (share: number, layer: number): Tensor | undefined => {
    if (share === 0) return undefined;
    const H = typeof hiddenSize === "number" ? hiddenSize : hiddenSize[layer]!;
    const tensor = tape.output([1, rows, H], []);
    tape.engine.fill(tensor.size, tensor.ptr, share);
    return tensor;
  };
  return { keepCell: shares.cell.map(factors), keepHidden: shares.hidden.map(factors) };
}
