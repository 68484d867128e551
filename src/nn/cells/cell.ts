/** What a recurrent cell is to the stack above it. */
import type {
  CellNoiseInputs,
  DropoutMask,
  EmbeddedIds,
  Flipout,
  Ids,
  LstmNormInputs,
  SequenceNormInputs,
  Tensor,
} from "../../autograd/index.ts";

/** The state of one layer: h [B, H], and c [B, H] for cells that have one. */
export interface LayerState {
  readonly h: Tensor;
  readonly c?: Tensor;
}

/** The weights of one layer, in PyTorch's names and layouts; G gates. */
export interface CellWeights {
  /** weight_ih [G H, D] */
  readonly wIh: Tensor;
  /** weight_hh [G H, H] */
  readonly wHh: Tensor;
  /** bias_ih [G H] */
  readonly bIh?: Tensor | undefined;
  /** bias_hh [G H] */
  readonly bHh?: Tensor | undefined;
  /** Gains of a normalised cell, those of an LSTM with gain_c and bias_c. Absent: nothing is normalised */
  readonly norm?: LstmNormInputs | SequenceNormInputs | undefined;
}

/** One layer's pass over a sequence; the noise on its state, where there is some, as the operations take it. */
export interface CellPass extends CellNoiseInputs {
  /** [T, B, D], ids [T, B] that stand for one-hot rows, or ids with the table of their vectors */
  readonly x: Tensor | Ids | EmbeddedIds;
  /** zero when absent */
  readonly state?: LayerState | undefined;
  readonly weights: CellWeights;
  /** [1 or T, 1 or G, B, D], or the kept of D units */
  readonly inputMask?: DropoutMask | undefined;
  /** [1 or T, 1 or G, B, H], or the kept of H units */
  readonly recurrentMask?: DropoutMask | undefined;
  /** the weights of each row its own, on the input side and on the recurrent one */
  readonly inputFlipout?: Flipout | undefined;
  readonly recurrentFlipout?: Flipout | undefined;
}

/** A recurrent cell: its gates in their order, and its pass over a sequence. */
export interface RecurrentCell {
  readonly name: "lstm" | "gru";
  /** Names of the gates in the order in which their rows stand in the weights. */
  readonly gates: readonly string[];
  /** x, state and masks to the outputs y [T, B, H] and the state after the last step. */
  run(pass: CellPass): { y: Tensor; state: LayerState };
}
