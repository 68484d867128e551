/** The comparison that `tidegate demo` runs. */
import { type ComparisonConfig, comparisonConfig } from "./comparisonConfig.ts";

/**
 * Four dropouts of a character LSTM on a part of the embedded corpus that is small enough to overfit: 18,000 characters
 * to train on, 12,000 to choose the best weights by, 30,000 to test. The three masked configurations drop the same
 * fraction, so that what differs is where and for how long.
 *
 * @param options.quick - two seeds and a tenth of the updates: shows that everything works, not which dropout is better
 */
export function demoComparison({ quick = false }: { quick?: boolean } = {}): ComparisonConfig {
  const rate = 0.25;
  return comparisonConfig({
    name: quick ? "demo-quick" : "demo",
    corpus: "tideland",
    chars: 60_000,
    split: [0.3, 0.2, 0.5],
    base: {
      cell: "lstm",
      hiddenSize: 128,
      layers: 1,
      embeddingSize: 32,
      batchSize: 8,
      sequenceLength: 32,
      epochs: quick ? 2 : 18,
      evaluateEvery: 142,
      learningRate: 8e-3,
      schedule: "cosine",
    },
    configurations: {
      none: { dropout: "none" },
      naive: { dropout: { name: "naive", recurrent: rate, output: rate, tie: "step" } },
      gal: { dropout: { name: "gal", recurrent: rate, output: rate, tie: "sequence" } },
      output: { dropout: { name: "output", output: rate, tie: "step" } },
    },
    seeds: quick ? [1, 2] : [1, 2, 3],
  });
}
