/** The LSTM as a cell of the recurrent stack. */
import { type LstmNormInputs, lstmSequence } from "../../autograd/index.ts";
import type { RecurrentCell } from "./cell.ts";

/** Rows of LSTM weights: input, forget, candidate, output, as in PyTorch. */
export const LSTM_GATES: readonly string[] = ["i", "f", "g", "o"];

/** Equations: autograd/ops/lstmSequence.ts. */
export const lstmCell: RecurrentCell = {
  name: "lstm",
  gates: LSTM_GATES,
  run({ state, weights: { norm, ...weights }, ...pass }) {
    const layerNorm = norm as LstmNormInputs | undefined; // which the stack gives an LSTM, and the operation checks
    const { y, h, c } = lstmSequence({ ...pass, ...weights, layerNorm, h0: state?.h, c0: state?.c });
    return { y, state: { h, c } };
  },
};
