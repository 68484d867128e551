/** The GRU as a cell of the recurrent stack, in both of its published forms. */
import { gruSequence } from "../../autograd/index.ts";
import type { RecurrentCell } from "./cell.ts";

/** Rows of GRU weights: reset, update, candidate, as in PyTorch. */
export const GRU_GATES: readonly string[] = ["r", "z", "n"];

/**
 * Equations: autograd/ops/gruSequence.ts.
 * @param resetAfter - true: r multiplies the product, as PyTorch and cuDNN; false: r multiplies the state, as Cho et al. 2014
 */
export function gruCell(resetAfter: boolean): RecurrentCell {
  return {
    name: "gru",
    gates: GRU_GATES,
    run({ state, weights: { norm, ...weights }, ...pass }) {
      const { y, h } = gruSequence({ ...pass, ...weights, layerNorm: norm, h0: state?.h, resetAfter });
      return { y, state: { h } };
    },
  };
}
