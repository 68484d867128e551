/**
 * Dropout in LSTMs and GRUs as the papers write it, number by number, in two layers: nothing of the sources is used here but
 * the masks' values. A factor that a scheme does not have is 1, a share of the old state that it does not keep is 0.
 */

/** A factor at step t, gate k, row b and column j. */
export type Factor = (t: number, k: number, b: number, j: number) => number;

/** The factors of one layer, by what they stand on. */
export interface LayerFactors {
  /** m^x on x_t (Zaremba et al. 2014, Gal & Ghahramani 2016) */
  readonly x: Factor;
  /** m^h on h_{t-1} (Gal & Ghahramani 2016) */
  readonly h: Factor;
  /** m on g or n (Semeniuta et al. 2016) */
  readonly candidate: Factor;
  /** M on the new cell (Moon et al. 2015) */
  readonly cell: Factor;
  /** d^c and d^h (Krueger et al. 2016): 1 keeps the old value */
  readonly keepCell: Factor;
  readonly keepHidden: Factor;
  /** on W and U, at row j' = k H + j and column (Merity et al. 2017; of each b its own: Wen et al. 2018): called as (row, 0, b, column) */
  readonly inputWeights: Factor;
  readonly recurrentWeights: Factor;
}

export interface LayerWeights {
  readonly wIh: readonly number[];
  readonly wHh: readonly number[];
  readonly bIh: readonly number[];
  readonly bHh: readonly number[];
}

const { exp, tanh } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));

/** h and c of a layer, [B][H]; c is not used by a GRU. */
export interface NaiveState {
  readonly h: number[][];
  readonly c: number[][];
}

export function naiveZeros(B: number, H: number): NaiveState {
  const zeros = (): number[][] => Array.from({ length: B }, () => new Array<number>(H).fill(0));
  return { h: zeros(), c: zeros() };
}

/** One layer over x [T][B][D], to y [T][B][H]; `state` is the one after it when it returns. */
export function naiveLayer(
  cell: "lstm" | "gru, reset-after" | "gru, reset-before",
  H: number,
  x: number[][][],
  w: LayerWeights,
  m: LayerFactors,
  { h, c }: NaiveState = naiveZeros(x[0]!.length, H),
): number[][][] {
  const B = x[0]!.length;
  return x.map((row, t) => {
    for (let b = 0; b < B; b++) {
      const D = row[b]!.length;
      const fromX = (k: number, j: number): number => {
        const r = k * H + j;
        let sum = w.bIh[r]!;
        for (let d = 0; d < D; d++)
          sum += w.wIh[r * D + d]! * m.inputWeights(r, 0, b, d) * row[b]![d]! * m.x(t, k, b, d);
        return sum;
      };
      const fromH = (k: number, j: number, times: (l: number) => number = () => 1): number => {
        const r = k * H + j;
        let sum = w.bHh[r]!;
        for (let l = 0; l < H; l++)
          sum += w.wHh[r * H + l]! * m.recurrentWeights(r, 0, b, l) * times(l) * old[l]! * m.h(t, k, b, l);
        return sum;
      };
      const old = [...h[b]!];
      const units = old.map((_, j) => j);
      if (cell === "lstm") {
        for (const j of units) {
          const [i, f, g, o] = [0, 1, 2, 3].map((k) => fromX(k, j) + fromH(k, j)) as [
            number,
            number,
            number,
            number,
          ];
          const fresh =
            m.cell(t, 0, b, j) * (sigmoid(f) * c[b]![j]! + sigmoid(i) * (m.candidate(t, 0, b, j) * tanh(g)));
          const [kc, kh] = [m.keepCell(t, 0, b, j), m.keepHidden(t, 0, b, j)];
          c[b]![j] = kc * c[b]![j]! + (1 - kc) * fresh;
          h[b]![j] = kh * old[j]! + (1 - kh) * (sigmoid(o) * tanh(fresh));
        }
        continue;
      }
      const r = units.map((j) => sigmoid(fromX(0, j) + fromH(0, j)));
      for (const j of units) {
        const z = sigmoid(fromX(1, j) + fromH(1, j));
        const n =
          cell === "gru, reset-after"
            ? tanh(fromX(2, j) + r[j]! * fromH(2, j))
            : tanh(fromX(2, j) + fromH(2, j, (l) => r[l]!));
        const fresh = z * old[j]! + (1 - z) * (m.candidate(t, 0, b, j) * n);
        const kh = m.keepHidden(t, 0, b, j);
        h[b]![j] = kh * old[j]! + (1 - kh) * fresh;
      }
    }
    return h.map((one) => [...one]);
  });
}
