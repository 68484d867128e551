/** The protocol under which one team compared recurrent dropouts. */
import type { Recipe } from "./recipe.ts";

/** One large layer on one-hot characters, AMSGrad, sequences of 100; the dropout is what is compared. */
export const wen2018: Recipe = {
  summary:
    "one LSTM of 1000 on one-hot characters, sequences of 100, AMSGrad: a dropout is compared by what it adds",
  source:
    'Wen et al. 2018, "Flipout: efficient pseudo-independent weight perturbations on mini-batches", table 2: characters of Penn Treebank',
  options: {
    cell: "lstm",
    layers: 1,
    hiddenSize: 1000,
    embeddingSize: 0,
    inputInit: { name: "orthogonal" },
    recurrentInit: { name: "orthogonal" },
    dropout: "none",
    optimizer: { name: "amsgrad", learningRate: 0.002 },
    clip: 1,
    batchSize: 32,
    sequenceLength: 100,
    carryState: false,
    patience: 5,
    epochs: 60,
  },
  published: {},
  notes: [
    "The size is the paper's: 4.26 M parameters, hours per run on a laptop. --hidden-size 256 is the same in small.",
    "The paper does not say whether the state is carried from sequence to sequence. It is not, here: the published program of zoneout, whose protocol this is, reads each sequence from its initial state, in scoring too. --no-reset-state carries it.",
    "Nor does it say how long it waits before it stops early: five epochs without a better validation, here.",
    "Forget bias (1), biases and the decoder's start are those of this program: the paper names orthogonal matrices only.",
  ],
};
