/**
 * The two comparisons: the networks, their training, and the values that each scheme may choose from.
 *
 *   whole   every scheme, LSTM and GRU, trained on all of the training part
 *   tenth   the rows that Wen et al. 2018 published, and beside them Gal's masks on every connection and learned rates, for wider
 *           networks on the first tenth of the training part, which they can learn by heart. Validation and test are those of `whole`.
 *
 * The budget is the same for every scheme of a study: one run for each strength, a share of the rates that the preset has, of which
 * the lowest validation loss fixes the rates. The learning rate is chosen without dropout and then holds for all schemes of the
 * cell, which favours `none` if anything.
 */
import { schemesOf } from "./schemes.mjs";

const training = { batchSize: 16, sequenceLength: 64, clip: 1, optimizer: "adam" };
const schedule = { name: "cosine", final: 0.01, warmUp: 100 };

const ofWen = ["semeniuta2016", "zoneout2016", "galRecurrent", "weightNoise2018", "flipout2018"];
const beside = ["gal2016", "concrete2017"];

export const studies = {
  whole: {
    share: 1, // of the training part, from its beginning
    schemes: { lstm: schemesOf("lstm"), gru: schemesOf("gru") },
    base: { hiddenSize: 128, layers: 1, embeddingSize: 32, epochs: 6, ...training, schedule },
    learningRates: [0.004, 0.008, 0.016],
    strengths: [0.1, 0.3, 1],
  },
  tenth: {
    share: 0.1,
    schemes: { lstm: [...ofWen, ...beside], gru: [...ofWen, ...beside] },
    // validated every other epoch
    base: {
      hiddenSize: 256,
      layers: 1,
      embeddingSize: 32,
      epochs: 48,
      evaluateEvery: 176,
      ...training,
      schedule,
    },
    learningRates: [0.001, 0.002, 0.004],
    strengths: [0.3, 1],
  },
};
