/** AWD-LSTM. */
import type { Recipe } from "./recipe.ts";

/** Weight drop, dropout everywhere, both activation penalties, NT-ASGD, windows of varying length, tied embeddings. */
export const awdLstm2017: Recipe = {
  summary:
    "LSTMs with weight drop and tied embeddings, both activation penalties, NT-ASGD, windows of varying length",
  source:
    'Merity, Keskar & Socher 2017, "Regularizing and optimizing LSTM language models"; numbers of their program awd-lstm-lm',
  options: {
    cell: "lstm",
    layers: 3,
    hiddenSize: 256,
    lastHiddenSize: 96,
    embeddingSize: 96,
    tieEmbeddings: true,
    forgetBias: "uniform",
    dropout: "awdLstm2017",
    activationPenalty: 2,
    temporalPenalty: 1,
    optimizer: { name: "sgd", learningRate: 10, weightDecay: 1.2e-6 },
    clip: 0.25,
    averaging: { name: "ntAsgd", patience: 5 },
    batchSize: 20,
    sequenceLength: 70,
    windows: { name: "variable", half: 0.05, deviation: 5, minimum: 5 },
    evaluateEvery: 0,
    epochs: 60,
  },
  published: {
    hiddenSize: 1150,
    lastHiddenSize: 400,
    embeddingSize: 400,
    dropout: {
      name: "awdLstm2017 for words",
      embedding: { rate: 0.1, tie: "batch" },
      input: 0.4,
      layers: 0.25,
      output: 0.4,
      recurrentWeights: 0.5,
    },
    optimizer: { name: "sgd", learningRate: 30, weightDecay: 1.2e-6 },
    batchSize: 40,
    epochs: 500,
  },
  notes: [
    "The paper trains on words. Here are characters and a size for a laptop: H 256 and embedding 96 in place of 1150 and 400, 60 epochs in place of 500.",
    "Rates of dropout are not scaled by size; they are those of the authors' program for characters (input 0.1, layers 0.25, output 0.1, recurrent weights 0.5; see merity2018), with the dropped types (0.1) of words. `published` has those for words.",
    "The rate is 10 in place of 30: a clipped step is 0.25 times the rate, and must be short beside weights of this size. With 20 (H 64) and 30 (H 128) the loss on tideland stayed above that of letter frequencies; with 10 (H 64) it fell below it after five epochs.",
    "NT-ASGD looks at one validation per epoch: it needs a validation text, and evaluateEvery 0.",
    "Fine-tuning, a second run that averages from the beginning, is not part of it: train again with --averaging polyak.",
    "The decoder's matrix is the embedding, which starts as U(±1/√D), D its width; the paper: U(±0.1).",
  ],
};
