/**
 * A model that reads one text symbol by symbol: what sampling needs, without the tape.
 *
 *   z_1 = P[w]          P = E W_1ᵀ: the input projections of all symbols, made once (one-hot input: P = W_1ᵀ)
 *   s_l = cell_l(z_l, s_l)          z_{l+1} = W_{l+1} h_l          in layer-normalised cells LN of P's rows, and of each z_{l+1}
 *   p   = softmax((W f + b) / temperature)          f = h_L, or tanh(W_f h_L + b_f) with a feed-forward layer
 *
 * Its arrays live as long as it does and every kernel runs on them, so that reading a symbol takes no new memory. P and the
 * weights packed for single rows hold what the weights were when it was made; they must not change while it is used.
 *
 * Stored, in scalars: V·GH for P, the weights that a symbol reads once more, packed, G·H gates, per layer 2H states (LSTM: 4H),
 * 2V. Example: an LSTM with V = 65, two layers, H = 512 reads 3.2 M weights, 12.7 MB in float32, for each symbol, and keeps
 * 3.3 M scalars, 13.3 MB.
 */
import { LAYER_NORM_EPSILON } from "../autograd/index.ts";
import {
  type Axes,
  type GruSequence,
  type LstmSequence,
  NO_NOISE,
  normalisedRows,
  type Ptr,
  packedRowSize,
  type StateFactors,
  type StateNoise,
} from "../engine/index.ts";
import type { LanguageModel } from "./languageModel.ts";

/** A state at batch 1, which reads symbols and answers with the probabilities of the next. A value of one sample. */
export interface Reader {
  /** Reads symbols in [0, V), at least one; they are not checked here. Several are read as one sequence. */
  read(ids: Int32Array): void;
  /** Reads one symbol. */
  readOne(id: number): void;
  /** p [V] of the next symbol, as they are after the last reading. */
  readonly probabilities: Ptr;
  /** Gives the memory back; the reader must not be used again. */
  release(): void;
}

/** One layer's arrays for T steps, as either cell takes them; what the cell has not is 0. */
type Sequence = LstmSequence & GruSequence;

/**
 * Symbols up to which an embedding is folded into P. Folding costs V·D·GH products once, at the speed of a large product,
 * and saves D·GH at each symbol, at the speed of memory: for some hundreds of symbols won back by a sample of as many.
 */
const FOLDED = 512;

/** A reader whose state is zero. `temperature` divides the logits, and is positive. */
export function createReader(model: LanguageModel, temperature: number): Reader {
  const { vocabSize: V, config, parameters, stack } = model;
  const { engine } = model.tape;
  const { memory } = engine;
  const { hiddenSizes: widths, layers, inputSize: D } = stack;
  const [top, F] = [stack.outputSize, config.feedForwardSize];
  const read = F || top; // what the decoder reads
  const isLstm = stack.cell.name === "lstm";
  const gates = stack.cell.gates.length;
  const columns = widths.map((H) => gates * H); // GH of each layer
  const widest = Math.max(...widths);
  const held: (readonly [Ptr, number])[] = [];
  const hold = (n: number): Ptr => {
    const p = memory.persistent(n);
    held.push([p, n]);
    return p;
  };
  const weight = (name: string): Ptr => parameters.get(name)!.ptr;
  const embedding = parameters.get("embedding.weight")?.ptr ?? 0; // [V, D]
  const decoder = parameters.get("decoder.weight")?.ptr ?? embedding; // [V, H_L or F]; tied when it has no name of its own
  const decoderBias = weight("decoder.bias"); // [V]
  const inputWeights = Array.from({ length: layers }, (_, l) => weight(`rnn.weight_ih_l${l}`)); // [GH, D or H below] each

  const GH = columns[0]!;
  const table = embedding === 0 || V <= FOLDED ? hold(V * GH) : 0; // P [V, GH]
  if (embedding === 0) {
    const across: Axes = [1, 1, V, GH];
    engine.stridedCopy(across, inputWeights[0]!, [0, 0, 1, V], table, [0, 0, GH, 1], false);
  } else if (table) engine.gemm(false, true, V, GH, D, embedding, D, inputWeights[0]!, D, table, GH, false);

  /** Projections of layer l, N rows of GH, normalised where they are; before the gain they are put in `normalised`. */
  function normaliseProjections(N: number, l: number, z: Ptr, normalised: Ptr, inverse: Ptr): void {
    const H = widths[l]!;
    const gain = weight(`rnn.gain_ih_l${l}`);
    for (const { first, last } of normalisedRows(gates)) {
      const [from, width] = [first * H, (last - first) * H];
      const [x, before] = [z + from, normalised + from];
      engine.layerNorm(N, width, columns[l]!, x, gain + from, 0, LAYER_NORM_EPSILON, before, inverse, x);
    }
  }
  if (table && config.layerNorm) {
    const mark = memory.mark();
    normaliseProjections(V, 0, table, memory.step(V * GH), memory.step(V));
    memory.rewind(mark);
  }

  /** Blocks of [N, K] that lie one after another, each laid out for rowProduct. */
  const pack = (blocks: number, N: number, K: number, w: Ptr): Ptr => {
    const size = packedRowSize(N, K);
    const out = hold(blocks * size);
    for (let k = 0; k < blocks; k++) engine.packRow(N, K, w + k * N * K, out + k * size);
    return out;
  };
  const packedInputs = inputWeights.map((w, l) =>
    l > 0 ? pack(1, columns[l]!, widths[l - 1]!, w) : table ? 0 : pack(1, GH, D, w),
  );
  const blocks = isLstm || config.resetAfter ? 1 : gates; // as a sequence wants its `packed`
  const packedRecurrent = inputWeights.map((_, l) =>
    pack(blocks, columns[l]! / blocks, widths[l]!, weight(`rnn.weight_hh_l${l}`)),
  );
  const packedDecoder = pack(1, V, read, decoder);

  const kept = (shares: readonly number[] | undefined, l: number): StateFactors => {
    if (!shares?.[l]) return NO_NOISE.keepHidden;
    const ptr = hold(widths[l]!);
    engine.fill(widths[l]!, ptr, shares[l]!);
    return { ptr, steps: 1 };
  };
  /** What evaluation keeps of the old state after training with zoneout, as in LanguageModel.forward. */
  const noises: readonly StateNoise[] = inputWeights.map((_, l) => ({
    ...NO_NOISE,
    keepCell: kept(model.keptShares?.cell, l),
    keepHidden: kept(model.keptShares?.hidden, l),
  }));

  const one = sequences(1, hold); // row 0 of hs and cs is the state
  const oneId = hold(1);
  const oneInput = table ? 0 : hold(D);
  const packedFeedForward = F > 0 ? pack(1, F, top, weight("feedForward.weight")) : 0;
  const features = F > 0 ? hold(F) : 0;
  const logits = hold(V);
  const probabilities = hold(V);

  /** Arrays for T steps, one after the other through the layers, so that gates and candidates serve all. */
  function sequences(T: number, allocate: (n: number) => Ptr): readonly Sequence[] {
    const projections = allocate(T * Math.max(...columns)); // [T, GH]
    const candidate = isLstm ? 0 : allocate(T * widest); // [T, H]
    const norm = config.layerNorm && {
      epsilon: LAYER_NORM_EPSILON,
      normalised: allocate(T * Math.max(...columns)),
      inverse: allocate(2 * T),
      cellNormalised: isLstm ? allocate(T * widest) : 0,
    };
    return widths.map((H, l) => ({
      T,
      B: 1,
      H,
      gates: projections,
      wHh: weight(`rnn.weight_hh_l${l}`),
      packed: packedRecurrent[l]!,
      bIh: weight(`rnn.bias_ih_l${l}`),
      bHh: weight(`rnn.bias_hh_l${l}`),
      hs: allocate((T + 1) * H),
      cs: isLstm ? allocate((T + 1) * H) : 0,
      mask: { ptr: 0, groups: 1, steps: 1, kept: 0, count: 0 },
      hMasked: 0,
      noise: noises[l]!,
      norm: norm
        ? {
            ...norm,
            gain: weight(`rnn.gain_hh_l${l}`),
            cellGain: isLstm ? weight(`rnn.gain_c_l${l}`) : 0,
            cellBias: isLstm ? weight(`rnn.bias_c_l${l}`) : 0,
          }
        : undefined,
      resetAfter: config.resetAfter,
      candidate,
    }));
  }

  /** gates [T, GH] of layer l = x [T, K] W_lᵀ, normalised where the cell is */
  function project(K: number, x: Ptr, l: number, { T, gates: z, norm }: Sequence): void {
    const N = columns[l]!;
    if (T === 1) engine.rowProduct(N, K, x, packedInputs[l]!, z, false);
    else engine.gemm(false, true, T, N, K, x, K, inputWeights[l]!, K, z, N, false);
    if (norm) normaliseProjections(T, l, z, norm.normalised, norm.inverse); // which the recurrent side overwrites
  }

  /** The layers over ids [T], from the state in row 0 of each; `embedded` [T, D] is where embeddings go that are not folded. */
  function run(T: number, ids: Ptr, embedded: Ptr, through: readonly Sequence[]): void {
    for (let l = 0; l < layers; l++) {
      const sequence = through[l]!;
      if (l > 0) project(widths[l - 1]!, through[l - 1]!.hs + widths[l - 1]!, l, sequence);
      else if (table) engine.gatherRows(T, GH, ids, table, 0, sequence.gates);
      else {
        engine.gatherRows(T, D, ids, embedding, 0, embedded);
        project(D, embedded, 0, sequence);
      }
      if (isLstm) engine.lstmForward(sequence);
      else engine.gruForward(sequence);
    }
    for (let l = 0; l < layers; l++) {
      const state = one[l]!;
      const { H } = state;
      engine.scale(H, 1, through[l]!.hs + T * H, state.hs);
      if (isLstm) engine.scale(H, 1, through[l]!.cs + T * H, state.cs);
    }
    let x = one[layers - 1]!.hs;
    if (F > 0) {
      engine.scale(F, 1, weight("feedForward.bias"), features);
      engine.rowProduct(F, top, x, packedFeedForward, features, true);
      engine.unary("tanh", F, features, features);
      x = features;
    }
    engine.scale(V, 1, decoderBias, logits);
    engine.rowProduct(V, read, x, packedDecoder, logits, true);
    engine.softmaxRows(1, V, temperature, logits, probabilities);
  }

  function readOne(id: number): void {
    memory.i[oneId * memory.intsPerElement] = id;
    run(1, oneId, oneInput, one);
  }

  return {
    probabilities,
    readOne,
    read(ids) {
      const T = ids.length;
      if (T === 1) return readOne(ids[0]!);
      const mark = memory.mark();
      try {
        const take = (n: number): Ptr => memory.step(n);
        const several = sequences(T, take);
        for (const [l, { H, hs, cs }] of several.entries()) {
          engine.scale(H, 1, one[l]!.hs, hs);
          if (isLstm) engine.scale(H, 1, one[l]!.cs, cs);
        }
        const places = take(T);
        memory.ints(places, T).set(ids);
        run(T, places, table ? 0 : take(T * D), several);
      } finally {
        memory.rewind(mark);
      }
    },
    release() {
      for (const [p, n] of held.splice(0)) memory.release(p, n);
    },
  };
}
