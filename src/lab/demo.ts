/** The comparison that `tidegate demo` runs. */
import { type ComparisonConfig, comparisonConfig } from "./comparisonConfig.ts";

/**
 * Four dropouts of a character LSTM on a part of the embedded corpus that is small enough to overfit.
 * @param options.quick - two seeds and a tenth of the updates: shows that everything works, not which dropout is better
 */
export function demoComparison({ quick = false }: { quick?: boolean } = {}): ComparisonConfig {
  return comparisonConfig({
    name: quick ? "demo-quick" : "demo",
    corpus: "tideland",
    base: {
      cell: "lstm",
      hiddenSize: 128,
      layers: 1,
      embeddingSize: 32,
      batchSize: 16,
      sequenceLength: 32,
      epochs: quick ? 1 : 12,
      learningRate: 4e-3,
      schedule: "cosine",
    },
    configurations: {
      none: { dropout: "none" },
      naive: { dropout: "naive:0.3" },
      gal: { dropout: "gal:0.3" },
      output: { dropout: "output:0.3" },
    },
    seeds: quick ? [1, 2] : [1, 2, 3],
  });
}
