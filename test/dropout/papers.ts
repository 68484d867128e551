/**
 * What each scheme does to a network, written from its paper: which factor stands where, and with what it changes. Nothing
 * of the sources is used but Philox; a preset of the sources is one word, and must come to this.
 */
import { normalQuantile, type Place, randomWord, type WordSite } from "./words.ts";

/** A factor at step t, gate k, row b of the batch and column j. On weights: (row, 0, b, column). */
export type Factor = (t: number, k: number, b: number, j: number) => number;

/** The factors of a scheme; absent: 1, for zoneout 0. */
export interface Scheme {
  /** on the vector of the symbol with this number */
  readonly symbol?: (t: number, b: number, id: number) => number;
  /** on x of the bottom layer */
  readonly x?: Factor;
  /** on what goes from layer l - 1 into layer l */
  readonly up?: (l: number) => Factor;
  readonly h?: (l: number) => Factor;
  readonly output?: Factor;
  readonly candidate?: (l: number) => Factor;
  readonly cell?: (l: number) => Factor;
  readonly keepCell?: (l: number) => Factor;
  readonly keepHidden?: (l: number) => Factor;
  readonly inputWeights?: (l: number) => Factor;
  readonly recurrentWeights?: (l: number) => Factor;
}

/** What a factor changes with, beside the unit: everything that is not named is the same. */
interface Changes {
  readonly site: WordSite;
  readonly layer?: number;
  readonly perStep?: boolean;
  readonly perGate?: boolean;
  /** one for all rows of the batch */
  readonly forAllRows?: boolean;
  readonly isOfStream?: boolean;
}

/** Words for a factor: one of 32 bits, four columns to a block; `lane` beside the gate. */
type Words = (t: number, k: number, b: number, j: number, lane?: number) => number;

function wordsOf(
  place: Place,
  { site, layer = 0, perStep, perGate, forAllRows, isOfStream = false }: Changes,
): Words {
  return (t, k, b, j, lane = 0) =>
    randomWord(place, {
      ...{ site, layer, isOfStream, t: perStep ? t : 0, lane: (perGate ? k : 0) + lane },
      ...{ row: forAllRows ? 0 : b, block: Math.floor(j / 4), word: j % 4 },
    });
}

/** A factor that is looked up when it is asked for again. */
function remembered(factor: Factor): Factor {
  const known = new Map<number, number>();
  return (t, k, b, j) => {
    const place = ((t * 8 + k) * 256 + b) * 256 + j;
    const value = known.get(place) ?? factor(t, k, b, j);
    known.set(place, value);
    return value;
  };
}

/** 0 with probability p, else 1/(1 - p). */
const drop = (p: number, words: Words): Factor =>
  remembered((t, k, b, j) => (words(t, k, b, j) < p * 2 ** 32 ? 0 : 1 / (1 - p)));
/** Zoneout's k: 1 with probability p. */
const keep = (p: number, words: Words): Factor =>
  remembered((t, k, b, j) => (words(t, k, b, j) < (1 - p) * 2 ** 32 ? 0 : 1));
/** On weights the rows of the matrix are the rows, and nothing changes over time or the batch. */
const onWeights = (factor: Factor): Factor => {
  return (row, _k, _b, column) => factor(0, 0, row, column);
};

/** A symmetric number with these quantiles: one bit of sixteen for its sign, fifteen for its place in the upper half; eight columns to a block. */
function symmetric(
  quantile: (u: number) => number,
  place: Place,
  { site, layer = 0, perStep, perGate, isOfStream = false }: Changes,
): Factor {
  return remembered((t, k, b, j) => {
    const word = randomWord(place, {
      ...{ site, layer, isOfStream, t: perStep ? t : 0, lane: perGate ? k : 0, row: b },
      ...{ block: Math.floor(j / 8), word: Math.floor(j / 2) % 4 },
    });
    const bits = j % 2 ? word >>> 16 : word & 0xffff;
    const value = quantile(0.5 + ((bits & 0x7fff) + 0.5) / 65536);
    return bits & 0x8000 ? -value : value;
  });
}

/** 1 + σ ε with σ² = p/(1 - p). */
function gaussian(p: number, place: Place, changes: Changes): Factor {
  const epsilon = symmetric(normalQuantile, place, changes);
  return (t, k, b, j) => 1 + Math.sqrt(p / (1 - p)) * epsilon(t, k, b, j);
}

/** (1 - d)/(1 - p) with d = σ((logit p + logit u)/0.1). */
function concrete(p: number, place: Place, changes: Changes): Factor {
  const logit = (u: number): number => Math.log(u / (1 - u));
  const noise = symmetric(logit, place, changes);
  return (t, k, b, j) => 1 / (1 + Math.exp((logit(p) + noise(t, k, b, j)) / 0.1)) / (1 - p);
}

/** 1 + (m - 1) r_b s_bᵀ for noise m that all rows share: signs r of the outputs and s of the inputs, of each row b its own. */
function flipped(noise: Factor, words: Words): Factor {
  const sign = (b: number, j: number, lane: number): number => (words(0, 0, b, j, lane) < 2 ** 31 ? -1 : 1);
  return (row, _k, b, column) => 1 + (noise(0, 0, row, column) - 1) * sign(b, row, 16) * sign(b, column, 17);
}

/** As at the step before, but with probability `redraw` as a fresh one; the decisions are in lane 8. */
function drifting(p: number, redraw: number, words: Words): Factor {
  const fresh = drop(p, words);
  const at: Factor = (t, k, b, j) =>
    t === 0 || words(t, k, b, j, 8) >= (1 - redraw) * 2 ** 32 ? fresh(t, k, b, j) : at(t - 1, k, b, j);
  return at;
}

/** Fresh at each step; the same over a sequence; ... for the four places of feed-forward and recurrent masks. */
function everywhere(place: Place, p: number, changes: Omit<Changes, "site">): Required<Pick<Scheme, Four>> {
  const at = (site: WordSite, layer = 0): Factor => drop(p, wordsOf(place, { ...changes, site, layer }));
  return {
    x: at("input"),
    h: (l) => at("recurrent", l),
    up: (l) => at("layers", l),
    output: drop(p, wordsOf(place, { ...changes, perGate: false, site: "output" })),
  };
}
type Four = "x" | "h" | "up" | "output";

/** m^e[w]: the same for every occurrence of a type; in every row of the batch another, or one for all. */
function types(place: Place, p: number, forAllRows = false): NonNullable<Scheme["symbol"]> {
  const factor = drop(p, wordsOf(place, { site: "embedding", forAllRows }));
  return (_t, b, id) => factor(0, 0, b, id);
}

/** Each preset in a window. */
export const papers: Readonly<Record<string, (place: Place) => Scheme>> = {
  none: () => ({}),
  // m_t on every connection, up and in time
  naive: (place) => everywhere(place, 0.25, { perStep: true }),
  // "dropout is applied to the non-recurrent connections": h^{l-1}_t ⊙ m_t, h^top_t ⊙ m_t
  zaremba2014: (place) => {
    const { x, up, output } = everywhere(place, 0.5, { perStep: true });
    return { x, up, output };
  },
  output: (place) => ({ output: everywhere(place, 0.25, { perStep: true }).output }),
  // c_t = M ⊙ (f ⊙ c_{t-1} + i ⊙ g), M of 0 and 1 and one for the sequence; scaled where h is read
  moon2015: (place) => ({
    cell: (l) => {
      const factor = drop(0.25, wordsOf(place, { site: "cell", layer: l }));
      return (t, k, b, j) => (factor(t, k, b, j) === 0 ? 0 : 1);
    },
    h: () => () => 1 / 0.75,
    up: () => () => 1 / 0.75,
    output: () => 1 / 0.75,
  }),
  gal2016: (place) => ({ ...everywhere(place, 0.25, {}), symbol: types(place, 0.1) }),
  gal2016Untied: (place) => ({ ...everywhere(place, 0.25, { perGate: true }), symbol: types(place, 0.1) }),
  semeniuta2016: (place) => ({
    candidate: (l) => drop(0.25, wordsOf(place, { site: "candidate", layer: l, perStep: true })),
  }),
  semeniuta2016PerSequence: (place) => ({
    candidate: (l) => drop(0.25, wordsOf(place, { site: "candidate", layer: l })),
  }),
  zoneout2016: (place) => ({
    keepCell: (l) => keep(0.5, wordsOf(place, { site: "zoneoutCell", layer: l, perStep: true })),
    keepHidden: (l) => keep(0.05, wordsOf(place, { site: "zoneoutHidden", layer: l, perStep: true })),
  }),
  // (U ⊙ m^U) h_{t-1}; LockedDropout on what goes up; embedded_dropout: one mask of types for the minibatch
  awdLstm2017: (place) => {
    const locked = (p: number) => everywhere(place, p, {});
    return {
      symbol: types(place, 0.1, true),
      x: locked(0.1).x,
      up: locked(0.25).up,
      output: locked(0.1).output,
      recurrentWeights: (l) => onWeights(drop(0.5, wordsOf(place, { site: "recurrentWeights", layer: l }))),
    };
  },
  // the state's mask is tied over time, the others are not
  melis2018: (place) => {
    const { x, up, output } = everywhere(place, 0.25, { perStep: true });
    return { x, up, output, h: everywhere(place, 0.25, {}).h };
  },
  gaussian: (place) => ({
    x: gaussian(0.25, place, { site: "input" }),
    h: (l) => gaussian(0.25, place, { site: "recurrent", layer: l }),
    up: (l) => gaussian(0.25, place, { site: "layers", layer: l }),
    output: gaussian(0.25, place, { site: "output" }),
  }),
  weightNoise2018: (place) => ({
    recurrentWeights: (l) => onWeights(gaussian(0.5, place, { site: "recurrentWeights", layer: l })),
  }),
  // U_b = Ū + ΔU ⊙ (r_b s_bᵀ)
  flipout2018: (place) => ({
    recurrentWeights: (l) => {
      const changes = { site: "recurrentWeights", layer: l } as const;
      return remembered(flipped(gaussian(0.5, place, changes), wordsOf(place, changes)));
    },
  }),
  structured: (place) => everywhere(place, 0.5, { forAllRows: true }),
  // the rate that it starts from: what it learns is in test/nn/concrete.test.ts and test/lm/learnedRates.test.ts
  concrete2017: (place) => ({
    x: concrete(0.1, place, { site: "input" }),
    h: (l) => concrete(0.1, place, { site: "recurrent", layer: l }),
    up: (l) => concrete(0.1, place, { site: "layers", layer: l }),
    output: concrete(0.1, place, { site: "output" }),
  }),
};

/** Points of the space between the presets: what is written, and what it comes to when the share `done` of training is done. */
export const between: Readonly<
  Record<string, { readonly dropout: unknown; readonly scheme: (place: Place, done: number) => Scheme }>
> = {
  "ties to the stream": {
    dropout: { tie: "stream", input: 0.3, recurrent: 0.4, layers: 0.2, output: 0.3, candidate: 0.2 },
    scheme: (place) => {
      const of = (p: number) => everywhere(place, p, { isOfStream: true });
      return {
        ...{ x: of(0.3).x, h: of(0.4).h, up: of(0.2).up, output: of(0.3).output },
        candidate: (l) => drop(0.2, wordsOf(place, { site: "candidate", layer: l, isOfStream: true })),
      };
    },
  },
  "one mask for batch and sequence, per gate": {
    dropout: { tie: "batch", gates: "perGate", input: 0.4, recurrent: 0.5, layers: 0.3 },
    scheme: (place) => {
      const of = (p: number) => everywhere(place, p, { forAllRows: true, perGate: true });
      return { x: of(0.4).x, h: of(0.5).h, up: of(0.3).up };
    },
  },
  "one mask for the batch, new at each step": {
    dropout: {
      tie: "batchStep",
      input: 0.4,
      recurrent: { rate: 0.5, gates: "perGate" },
      layers: 0.3,
      output: 0.2,
    },
    scheme: (place) => {
      const of = (p: number, perGate = false) =>
        everywhere(place, p, { forAllRows: true, perStep: true, perGate });
      return { x: of(0.4).x, h: of(0.5, true).h, up: of(0.3).up, output: of(0.2).output };
    },
  },
  "per gate and step": {
    dropout: { tie: "step", gates: "perGate", input: 0.4, recurrent: 0.5, layers: 0.3 },
    scheme: (place) => {
      const of = (p: number) => everywhere(place, p, { perStep: true, perGate: true });
      return { x: of(0.4).x, h: of(0.5).h, up: of(0.3).up };
    },
  },
  "drifting masks": {
    dropout: {
      ...{ input: { rate: 0.4, kind: "drifting", gates: "perGate" } },
      ...{ recurrent: { rate: 0.4, kind: "drifting", redraw: 0.5 }, output: { rate: 0.3, kind: "drifting" } },
    },
    scheme: (place) => ({
      x: drifting(0.4, 0.1, wordsOf(place, { site: "input", perStep: true, perGate: true })),
      h: (l) => drifting(0.4, 0.5, wordsOf(place, { site: "recurrent", layer: l, perStep: true })),
      output: drifting(0.3, 0.1, wordsOf(place, { site: "output", perStep: true })),
    }),
  },
  "gaussian noise per gate and step, on candidates and on W": {
    dropout: {
      ...{ kind: "gaussian", recurrent: { rate: 0.3, tie: "step", gates: "perGate" } },
      ...{ candidate: 0.2, inputWeights: 0.2 },
    },
    scheme: (place) => ({
      h: (l) => gaussian(0.3, place, { site: "recurrent", layer: l, perStep: true, perGate: true }),
      candidate: (l) => gaussian(0.2, place, { site: "candidate", layer: l }),
      inputWeights: (l) => onWeights(gaussian(0.2, place, { site: "inputWeights", layer: l })),
    }),
  },
  "tokens beside types, weights for a stream": {
    dropout: {
      ...{ token: 0.3, embedding: 0.2, recurrentWeights: { rate: 0.3, tie: "stream" }, inputWeights: 0.2 },
    },
    scheme: (place) => {
      const token = drop(0.3, wordsOf(place, { site: "token", perStep: true }));
      const type = types(place, 0.2);
      const U = { site: "recurrentWeights", isOfStream: true } as const;
      return {
        symbol: (t, b, id) => token(t, 0, b, 0) * type(t, b, id),
        recurrentWeights: (l) => onWeights(drop(0.3, wordsOf(place, { ...U, layer: l }))),
        inputWeights: (l) => onWeights(drop(0.2, wordsOf(place, { site: "inputWeights", layer: l }))),
      };
    },
  },
  "a rate for each layer": {
    dropout: { recurrent: [0.5, 0.2], zoneoutHidden: [0, 0.3], candidate: { rate: [0.3, 0], tie: "step" } },
    scheme: (place) => ({
      h: (l) => everywhere(place, [0.5, 0.2][l]!, {}).h(l),
      keepHidden: (l) =>
        keep([0, 0.3][l]!, wordsOf(place, { site: "zoneoutHidden", layer: l, perStep: true })),
      candidate: (l) => drop([0.3, 0][l]!, wordsOf(place, { site: "candidate", layer: l, perStep: true })),
    }),
  },
  "rates over training": {
    dropout: {
      input: { rate: 0.6, tie: "step", schedule: "linear" },
      recurrent: { rate: 0.4, schedule: { name: "warmUp", share: 0.5 } },
      output: { rate: 0.5, schedule: { name: "curriculum", gamma: 5 } },
    },
    scheme: (place, done) => ({
      x: everywhere(place, 0.6 * (1 - done), { perStep: true }).x,
      h: everywhere(place, 0.4 * Math.min(1, done / 0.5), {}).h,
      output: everywhere(place, 0.5 * (1 - Math.exp(-5 * done)), {}).output,
    }),
  },
  "rates of 0 at every site": {
    dropout: {
      ...{ embedding: 0, input: 0, recurrent: 0, layers: 0, output: 0, token: 0, candidate: 0 },
      ...{ zoneoutHidden: 0, recurrentWeights: 0, inputWeights: [0, 0] },
    },
    scheme: () => ({}),
  },
};
