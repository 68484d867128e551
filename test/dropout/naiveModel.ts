/** A language model of two layers as its equations are written, number by number, under the factors of a scheme. */
import { type NaiveState, naiveLayer } from "../nn/naiveSchemes.ts";
import type { Factor, Scheme } from "./papers.ts";

/** A weight by its name, row-major. */
export type Weights = (name: string) => readonly number[];

export interface NaiveSizes {
  readonly cell: "lstm" | "gru, reset-after" | "gru, reset-before";
  /** V */
  readonly vocabSize: number;
  /** D; 0 is one-hot */
  readonly embeddingSize: number;
  /** H */
  readonly hiddenSize: number;
}

const one: Factor = () => 1;
const zero: Factor = () => 0;

/**
 * Reads a window ids [T][B]; `states`, one per layer, are those after it when it returns.
 * @returns logits [T, B, V]
 */
export function naiveModel(
  { cell, vocabSize: V, embeddingSize: D, hiddenSize: H }: NaiveSizes,
  weights: Weights,
  ids: readonly (readonly number[])[],
  scheme: Scheme,
  states: readonly NaiveState[],
): number[] {
  const E = D ? weights("embedding.weight") : [];
  let x = ids.map((row, t) =>
    row.map((id, b) =>
      D
        ? E.slice(id * D, (id + 1) * D).map((e) => e * (scheme.symbol?.(t, b, id) ?? 1))
        : Array.from({ length: V }, (_, v) => (v === id ? 1 : 0)),
    ),
  );
  for (const [l, state] of states.entries()) {
    const weight = (name: string): readonly number[] => weights(`rnn.${name}_l${l}`);
    const matrices = {
      ...{ wIh: weight("weight_ih"), wHh: weight("weight_hh") },
      ...{ bIh: weight("bias_ih"), bHh: weight("bias_hh") },
    };
    const factors = {
      x: (l === 0 ? scheme.x : scheme.up?.(l)) ?? one,
      h: scheme.h?.(l) ?? one,
      candidate: scheme.candidate?.(l) ?? one,
      cell: scheme.cell?.(l) ?? one,
      keepCell: scheme.keepCell?.(l) ?? zero,
      keepHidden: scheme.keepHidden?.(l) ?? zero,
      inputWeights: scheme.inputWeights?.(l) ?? one,
      recurrentWeights: scheme.recurrentWeights?.(l) ?? one,
    };
    x = naiveLayer(cell, H, x, matrices, factors, state);
  }
  const [W, bias, out] = [weights("decoder.weight"), weights("decoder.bias"), scheme.output ?? one];
  return x.flatMap((rows, t) =>
    rows.flatMap((h, b) =>
      bias.map((start, v) => h.reduce((sum, y, j) => sum + W[v * H + j]! * y * out(t, 0, b, j), start)),
    ),
  );
}
