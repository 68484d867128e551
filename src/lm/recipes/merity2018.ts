/** The LSTM for characters of the authors of AWD-LSTM. */
import type { Recipe } from "./recipe.ts";

/** AWD-LSTM's network for characters, trained with Adam. */
export const merity2018: Recipe = {
  summary:
    "the network of awdLstm2017 for characters: weight drop, tied embeddings, long windows of varying length, Adam",
  source:
    'Merity, Keskar & Socher 2018, "An analysis of neural language modeling at multiple scales": characters of Penn Treebank; the command of awd-lstm-lm\'s README',
  options: {
    cell: "lstm",
    layers: 3,
    hiddenSize: 256,
    lastHiddenSize: 64,
    embeddingSize: 64,
    tieEmbeddings: true,
    forgetBias: "uniform",
    dropout: { name: "merity2018", input: 0.1, layers: 0.25, output: 0.1, recurrentWeights: 0.5 },
    optimizer: { name: "adam", learningRate: 0.002, weightDecay: 1.2e-6 },
    schedule: { name: "milestones", epochs: [30, 40], factor: 0.1 },
    clip: 0.25,
    batchSize: 32,
    sequenceLength: 150,
    windows: { name: "variable", half: 0.05, deviation: 5, minimum: 5 },
    epochs: 50,
  },
  published: {
    hiddenSize: 1000,
    lastHiddenSize: 200,
    embeddingSize: 200,
    schedule: { name: "milestones", epochs: [300, 400], factor: 0.1 },
    batchSize: 128,
    epochs: 500,
  },
  notes: [
    "H 256, embedding 64, 32 rows and 50 epochs in place of 1000, 200, 128 and 500; the rate falls at the same shares of the run.",
    "Rates of dropout are the paper's, not scaled by size. Activation penalties and dropped types are 0 there.",
    "Published on characters of Penn Treebank: 1.175 bits per character on test, with 13.8 M parameters.",
  ],
};
