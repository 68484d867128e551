/**
 * The model under masks, number by number in float64: a second way to the same states and logits.
 *
 *   x = E[w] s        z_k = (W ⊙ m^W)_k (x ⊙ m^x_k) + b_k + (U ⊙ m^U)_k (h ⊙ m^h_k) + b'_k
 *   Flipout: m^W and m^U are 1 + E ⊙ (r_b s_bᵀ), a matrix for each row b
 *   LSTM   ĉ = m^c ⊙ (f ⊙ c + i ⊙ (m ⊙ g))        c <- k_c c + (1 - k_c) ĉ        h <- k_h h + (1 - k_h) o ⊙ tanh ĉ
 *          normalised cells: (W ⊙ m^W) (x ⊙ m^x) and (U ⊙ m^U) (h ⊙ m^h) are LN of themselves times a gain, and ĉ under tanh too
 *   GRU    h <- k_h h + (1 - k_h) (z ⊙ h + (1 - z) ⊙ (m ⊙ n))
 *   f = h ⊙ m^out, or tanh(W_f (h ⊙ m^out) + b_f) ⊙ m^f with a feed-forward layer        logits = W_out f + b_out
 *
 * The state that goes from step to step, and out, is h and c as they are: no mask stands on what is carried but m^c.
 * Nothing of the operations is used here, and nothing here is fast.
 */
import {
  type DropoutMask,
  KeptUnits,
  LAYER_NORM_EPSILON,
  maskOfKept,
  type Tensor,
} from "../../autograd/index.ts";
import type { RecurrentMasks, WeightFlips } from "../../nn/index.ts";
import type { LanguageModel } from "../languageModel.ts";
import { valuesOf } from "./maskValues.ts";

/** h and c of a layer, [B][H]; c is not used by a GRU. */
export interface PlainState {
  readonly h: Float64Array[];
  readonly c: Float64Array[];
}

/** A factor at step t, gate k, row b and column j. */
type Factor = (t: number, k: number, b: number, j: number) => number;

/** Zero states of all layers. */
export function plainZeros({ stack }: LanguageModel, rows: number): PlainState[] {
  const zeros = (H: number): Float64Array[] => Array.from({ length: rows }, () => new Float64Array(H));
  return stack.hiddenSizes.map((H) => ({ h: zeros(H), c: zeros(H) }));
}

/**
 * Reads a window; `states` are those after it when it returns.
 *
 * @param ids - [T][B]
 * @param masks - of the open step; undefined in evaluation, where zoneout keeps its expectation
 * @returns logits [T, B, V]
 */
export function recompute(
  model: LanguageModel,
  ids: readonly (readonly number[])[],
  states: readonly PlainState[],
  masks: RecurrentMasks | undefined,
): Float64Array {
  const { stack, vocabSize: V, config, keptShares } = model;
  const { layers } = stack;
  const isLstm = stack.cell.name === "lstm";
  const B = ids[0]!.length;
  const weight = (name: string): ArrayLike<number> => valuesOf(model.parameters.get(name)!);
  const table = model.parameters.get("embedding.weight");
  const embedding = table && { values: valuesOf(table), D: table.shape[1]! };
  const scale = masks?.embedding && valuesOf(masks.embedding);
  const weights = Array.from({ length: layers }, (_, l) => ({
    wIh: ofRows(times(weight(`rnn.weight_ih_l${l}`), masks?.inputWeights?.[l]), masks?.inputFlips?.[l]),
    wHh: ofRows(
      times(weight(`rnn.weight_hh_l${l}`), masks?.recurrentWeights?.[l]),
      masks?.recurrentFlips?.[l],
    ),
    bIh: weight(`rnn.bias_ih_l${l}`),
    bHh: weight(`rnn.bias_hh_l${l}`),
    gains: config.layerNorm && {
      ih: weight(`rnn.gain_ih_l${l}`),
      hh: weight(`rnn.gain_hh_l${l}`),
      c: isLstm ? weight(`rnn.gain_c_l${l}`) : [],
      biasC: isLstm ? weight(`rnn.bias_c_l${l}`) : [],
    },
    x: factorOf(masks?.input[l], B, 1),
    h: factorOf(masks?.recurrent[l], B, 1),
    candidate: factorOf(masks?.candidate?.[l], B, 1),
    cell: factorOf(masks?.cell?.[l], B, 1),
    keepCell: factorOf(masks?.keepCell?.[l], B, keptShares?.cell[l] ?? 0),
    keepHidden: factorOf(masks?.keepHidden?.[l], B, keptShares?.hidden[l] ?? 0),
  }));
  const decoder = model.parameters.get("decoder.weight") ?? table!;
  const [wOut, bOut, out] = [valuesOf(decoder), weight("decoder.bias"), factorOf(masks?.output, B, 1)];
  const F = config.feedForwardSize;
  const [wF, bF] = F > 0 ? [weight("feedForward.weight"), weight("feedForward.bias")] : [];
  const onF = factorOf(masks?.feedForward, B, 1);

  const logits = new Float64Array(ids.length * B * V);
  for (const [t, row] of ids.entries()) {
    for (const [b, id] of row.entries()) {
      const s = scale ? scale[t * B + b]! : 1;
      let x: ArrayLike<number> = embedding
        ? embedding.values.subarray(id * embedding.D, (id + 1) * embedding.D).map((e) => e * s)
        : Float64Array.from({ length: V }, (_, v) => Number(v === id));
      for (const [l, w] of weights.entries()) {
        const { h, c } = states[l]!;
        const H = stack.hiddenSizes[l]!;
        const [old, input] = [h[b]!, x];
        const { gains } = w;
        const onX = (k: number, row: number): number =>
          affine(w.wIh(b), 0, row, input, (d) => w.x(t, k, b, d));
        const onH = (k: number, row: number, gate?: ArrayLike<number>): number =>
          affine(w.wHh(b), 0, row, old, (d) => w.h(t, k, b, d) * (gate ? gate[d]! : 1));
        const both = gains && {
          x: normalisedProducts(isLstm, H, gains.ih, onX),
          h: normalisedProducts(isLstm, H, gains.hh, onH),
        };
        const fromX = (k: number, j: number): number =>
          w.bIh[k * H + j]! + (both ? both.x[k * H + j]! : onX(k, k * H + j));
        const fromH = (k: number, j: number, gate?: ArrayLike<number>): number =>
          w.bHh[k * H + j]! + (both ? both.h[k * H + j]! : onH(k, k * H + j, gate));
        const next = new Float64Array(H);
        const r = isLstm ? old : old.map((_, j) => sigmoid(fromX(0, j) + fromH(0, j)));
        const cells = new Float64Array(isLstm ? H : 0); // ĉ
        for (let j = 0; j < cells.length; j++) {
          const z = (k: number): number => fromX(k, j) + fromH(k, j);
          const into = sigmoid(z(0)) * w.candidate(t, 0, b, j) * Math.tanh(z(2));
          cells[j] = w.cell(t, 0, b, j) * (sigmoid(z(1)) * c[b]![j]! + into);
        }
        const read = gains ? normalised(cells, gains.c).map((u, j) => u + gains.biasC[j]!) : cells;
        for (let j = 0; j < H; j++) {
          const m = w.candidate(t, 0, b, j);
          const kh = w.keepHidden(t, 0, b, j);
          let fresh: number;
          if (isLstm) {
            const kc = w.keepCell(t, 0, b, j);
            c[b]![j] = kc * c[b]![j]! + (1 - kc) * cells[j]!;
            fresh = sigmoid(fromX(3, j) + fromH(3, j)) * Math.tanh(read[j]!);
          } else {
            const z = sigmoid(fromX(1, j) + fromH(1, j));
            const n = fromX(2, j) + (config.resetAfter ? r[j]! * fromH(2, j) : fromH(2, j, r));
            fresh = z * old[j]! + (1 - z) * m * Math.tanh(n);
          }
          next[j] = kh * old[j]! + (1 - kh) * fresh;
        }
        h[b] = next;
        x = next;
      }
      const top = x;
      const onTop = (j: number): number => out(t, 0, b, j);
      const f =
        wF && Float64Array.from({ length: F }, (_, u) => Math.tanh(affine(wF, bF![u]!, u, top, onTop)));
      for (let v = 0; v < V; v++)
        logits[(t * B + b) * V + v] = f
          ? affine(wOut, bOut[v]!, v, f, (u) => onF(t, 0, b, u))
          : affine(wOut, bOut[v]!, v, top, onTop);
    }
  }
  return logits;
}

/** LN of a row, times its gain. */
function normalised(row: Float64Array, gain: ArrayLike<number>): Float64Array {
  const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
  const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
  return row.map((v, k) => (gain[k]! * (v - mean)) / Math.sqrt(variance + LAYER_NORM_EPSILON));
}

/** LN of all gates of an LSTM together; of a GRU, of r and z together and of n. `product` gives row `row` of gate k. */
function normalisedProducts(
  isLstm: boolean,
  H: number,
  gain: ArrayLike<number>,
  product: (k: number, row: number) => number,
): Float64Array {
  const all = Float64Array.from({ length: (isLstm ? 4 : 3) * H }, (_, row) =>
    product(Math.floor(row / H), row),
  );
  const result = new Float64Array(all.length);
  for (const [from, to] of isLstm
    ? [[0, 4]]
    : [
        [0, 2],
        [2, 3],
      ]) {
    const gains = Array.from(gain).slice(from! * H, to! * H);
    result.set(normalised(all.slice(from! * H, to! * H), gains), from! * H);
  }
  return result;
}

/** A row of a weight times a masked vector, and its bias. */
function affine(
  weight: ArrayLike<number>,
  bias: number,
  row: number,
  x: ArrayLike<number>,
  factor: (d: number) => number,
): number {
  let sum = bias;
  for (let d = 0; d < x.length; d++) if (x[d] !== 0) sum += weight[row * x.length + d]! * x[d]! * factor(d);
  return sum;
}

function times(weight: ArrayLike<number>, mask: Tensor | undefined): ArrayLike<number> {
  if (!mask) return weight;
  const factors = valuesOf(mask);
  return Float64Array.from(weight, (w, k) => w * factors[k]!);
}

/** The weight that row b sees: the same for all of them, or W ⊙ (1 + E ⊙ (r_b s_bᵀ)). */
function ofRows(weight: ArrayLike<number>, flips: WeightFlips | undefined): (b: number) => ArrayLike<number> {
  if (!flips) return () => weight;
  const { shape } = flips.noise;
  const [rows, columns] = shape as readonly [number, number];
  const [e, r, s] = [valuesOf(flips.noise), valuesOf(flips.outputSigns), valuesOf(flips.inputSigns)];
  const matrices = Array.from({ length: r.length / rows }, (_, b) =>
    Float64Array.from(weight, (w, k) => {
      const sign = r[b * rows + Math.floor(k / columns)]! * s[b * columns + (k % columns)]!;
      return w * (1 + e[k]! * sign);
    }),
  );
  return (b) => matrices[b]!;
}

/** A mask [steps, groups, B, columns], or [steps, B, columns], as a function. */
function factorOf(mask: DropoutMask | undefined, B: number, absent: number): Factor {
  if (!mask) return () => absent;
  const full = mask instanceof KeptUnits ? maskOfKept(mask, [1, 1, B, mask.size]) : mask;
  const values = valuesOf(full);
  const columns = full.shape.at(-1)!;
  const steps = full.shape[0]!;
  const groups = full.shape.length === 4 ? full.shape[1]! : 1;
  return (t, k, b, j) =>
    values[(((steps === 1 ? 0 : t) * groups + (groups === 1 ? 0 : k)) * B + b) * columns + j]!;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
