/** Named configurations and where they come from. */
import type { SiteRule } from "./siteRule.ts";
import type { Site } from "./sites.ts";

/** A named configuration: what it is, who published it, and the rule of each site. */
export interface DropoutPreset {
  readonly summary: string;
  readonly source: string;
  /** in the letters of the cells: m a mask scaled by 1/(1 - p), M one of zeros and ones, k the kept share of an old value */
  readonly equation: string;
  /** the rates that the paper or its program used, and for what */
  readonly rates: string;
  /** what changes when the model is evaluated */
  readonly evaluation: string;
  readonly sites: Readonly<Partial<Record<Site, SiteRule>>>;
}

const tied = (rate: number, gates: SiteRule["gates"] = "shared"): SiteRule => ({
  rate,
  tie: "sequence",
  gates,
});
const forBatch = (rate: number): SiteRule => ({ rate, tie: "batch", gates: "shared" });
const perStep = (rate: number): SiteRule => ({ rate, tie: "step", gates: "shared" });
const gaussian = (rule: SiteRule): SiteRule => ({ ...rule, kind: "gaussian" });

const IDENTITY = "no masks and no scaling: kept values were divided by 1 - p in training";
const concrete = (rule: SiteRule): SiteRule => ({ ...rule, kind: "concrete" });

const NO_PAPER = "ours, for a small character model";

export type PresetName =
  | "none"
  | "naive"
  | "zaremba2014"
  | "output"
  | "moon2015"
  | "gal2016"
  | "gal2016Untied"
  | "semeniuta2016"
  | "semeniuta2016PerSequence"
  | "zoneout2016"
  | "awdLstm2017"
  | "melis2018"
  | "gaussian"
  | "weightNoise2018"
  | "flipout2018"
  | "structured"
  | "concrete2017";

/** Unless they say otherwise the rates are those of a small character model; `NAME:RATE` sets one rate for all sites of a preset. */
export const presets: Readonly<Record<PresetName, DropoutPreset>> = {
  none: {
    summary: "nothing is masked",
    source: "the baseline",
    equation: "z = W x_t + U h_{t-1}",
    rates: "none",
    evaluation: "nothing",
    sites: {},
  },
  naive: {
    summary: "a fresh mask at every time step on every connection, the recurrent one too",
    source: "the scheme that Bayer et al. 2013 and Pham et al. 2014 found to harm memory",
    equation: "z = W (x_t ⊙ m_t) + U (h_{t-1} ⊙ m'_t)",
    rates: NO_PAPER,
    evaluation: IDENTITY,
    sites: { input: perStep(0.25), recurrent: perStep(0.25), layers: perStep(0.25), output: perStep(0.25) },
  },
  zaremba2014: {
    summary: "a fresh mask at every time step on the connections that go up, none in time",
    source: 'Zaremba, Sutskever & Vinyals 2014, "Recurrent neural network regularization"',
    equation: "z^l = W (h^{l-1}_t ⊙ m_t) + U h^l_{t-1}        logits = W_out (h^top_t ⊙ m_t) + b",
    rates: "0.5 (medium model), 0.65 (large model), words of Penn Treebank",
    evaluation: IDENTITY,
    sites: { input: perStep(0.5), layers: perStep(0.5), output: perStep(0.5) },
  },
  output: {
    summary: "a fresh mask at every time step on the top layer's output only",
    source: "the last term of Zaremba et al. 2014; what most frameworks offer",
    equation: "logits = W_out (h^top_t ⊙ m_t) + b",
    rates: NO_PAPER,
    evaluation: IDENTITY,
    sites: { output: perStep(0.25) },
  },
  moon2015: {
    summary: "one mask per sequence on the cell of an LSTM, which is carried with it",
    source: 'Moon et al. 2015, "RNNDrop: a novel dropout for RNNs in ASR"',
    equation: "c_t = M ⊙ (f ⊙ c_{t-1} + i ⊙ g)        what reads h reads h/(1 - p)",
    rates: "0.25 in the comparison of Semeniuta et al. 2016 on characters of Penn Treebank",
    evaluation:
      "no masks and no scaling. 1/(1 - p) stands where h is read, not on c, where it would grow with each step; the paper scales in evaluation instead",
    sites: { cell: tied(0.25) },
  },
  gal2016: {
    summary: "one mask per sequence on every connection; all gates share it",
    source: 'Gal & Ghahramani 2016, "A theoretically grounded application of dropout in RNNs" (tied gates)',
    equation: "z_k = W_k (x_t ⊙ m^x) + U_k (h_{t-1} ⊙ m^h)        x_t = E[w_t] m^e[w_t]",
    rates:
      "types 0.3, recurrent 0.3, inputs of layers 0.5, output 0.5 (1500 units, words); recurrent 0.25 alone in Wen et al. 2018 (characters)",
    evaluation: `${IDENTITY}; or the mean of many passes under masks (--mode mc)`,
    sites: {
      embedding: tied(0.1),
      input: tied(0.25),
      recurrent: tied(0.25),
      layers: tied(0.25),
      output: tied(0.25),
    },
  },
  gal2016Untied: {
    summary: "one mask per sequence on every connection; each gate has its own",
    source: "Gal & Ghahramani 2016 (untied gates)",
    equation: "z_k = W_k (x_t ⊙ m^x_k) + U_k (h_{t-1} ⊙ m^h_k)        x_t = E[w_t] m^e[w_t]",
    rates: "those of gal2016",
    evaluation: `${IDENTITY}; or the mean of many passes under masks (--mode mc)`,
    sites: {
      embedding: tied(0.1),
      input: tied(0.25, "perGate"),
      recurrent: tied(0.25, "perGate"),
      layers: tied(0.25, "perGate"),
      output: tied(0.25),
    },
  },
  semeniuta2016: {
    summary: "a fresh mask at every time step on what enters the state: memory is never dropped",
    source: 'Semeniuta, Severyn & Barth 2016, "Recurrent dropout without memory loss" (per step)',
    equation: "LSTM: c_t = f ⊙ c_{t-1} + i ⊙ (m_t ⊙ g)        GRU: h_t = z ⊙ h_{t-1} + (1 - z) ⊙ (m_t ⊙ n)",
    rates: "0.25 (characters; also Wen et al. 2018)",
    evaluation: IDENTITY,
    sites: { candidate: perStep(0.25) },
  },
  semeniuta2016PerSequence: {
    summary: "one mask per sequence on what enters the state",
    source: "Semeniuta, Severyn & Barth 2016 (per sequence)",
    equation: "LSTM: c_t = f ⊙ c_{t-1} + i ⊙ (m ⊙ g)        GRU: h_t = z ⊙ h_{t-1} + (1 - z) ⊙ (m ⊙ n)",
    rates: "0.25 (characters)",
    evaluation: IDENTITY,
    sites: { candidate: tied(0.25) },
  },
  zoneout2016: {
    summary: "at every time step some units of c and h keep their old value",
    source: 'Krueger et al. 2016, "Zoneout: regularizing RNNs by randomly preserving hidden activations"',
    equation:
      "c_t = k^c ⊙ c_{t-1} + (1 - k^c) ⊙ ĉ        h_t = k^h ⊙ h_{t-1} + (1 - k^h) ⊙ (o ⊙ tanh ĉ)        k ~ Bern(p); GRU: h alone",
    rates: "c 0.5, h 0.05 (characters, text8); c 0.25, h 0.025 (words)",
    evaluation: "each k is replaced by its expectation p; the model keeps p in its checkpoint",
    sites: { zoneoutCell: perStep(0.5), zoneoutHidden: perStep(0.05) },
  },
  awdLstm2017: {
    summary:
      "DropConnect on the recurrent weights, one mask per sequence on the connections that go up, and dropped types",
    source: 'Merity, Keskar & Socher 2017, "Regularizing and optimizing LSTM language models"',
    equation: "z = W (x_t ⊙ m^x) + (U ⊙ m^U) h_{t-1}        one m^U for all steps and rows of a window",
    rates:
      "characters: weights 0.5, input 0.1, layers 0.25, output 0.1, which stand here; words: weights 0.5, input 0.65, layers 0.3, output 0.4; types 0.1",
    evaluation: IDENTITY,
    sites: {
      embedding: forBatch(0.1),
      input: tied(0.1),
      layers: tied(0.25),
      output: tied(0.1),
      recurrentWeights: forBatch(0.5),
    },
  },
  melis2018: {
    summary: "one mask per sequence on h_{t-1}, fresh masks on the connections that go up",
    source: 'Melis, Dyer & Blunsom 2018, "On the state of the art of evaluation in neural language models"',
    equation: "z = W (x_t ⊙ m_t) + U (h_{t-1} ⊙ m^h)",
    rates: "found by black-box search for each model, so that there is no one set; those here are ours",
    evaluation: `${IDENTITY}; or the mean of many passes under masks (--mode mc)`,
    sites: { input: perStep(0.25), recurrent: tied(0.25), layers: perStep(0.25), output: perStep(0.25) },
  },
  gaussian: {
    summary: "as gal2016 without types, but values are multiplied by normal noise and none is dropped",
    source:
      'Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", §10; over time as Gal & Ghahramani 2016',
    equation: "z = W (x_t ⊙ m^x) + U (h_{t-1} ⊙ m^h)        m ~ N(1, p/(1 - p))",
    rates: NO_PAPER,
    evaluation: "no noise: its mean is 1",
    sites: {
      input: gaussian(tied(0.25)),
      recurrent: gaussian(tied(0.25)),
      layers: gaussian(tied(0.25)),
      output: gaussian(tied(0.25)),
    },
  },
  weightNoise2018: {
    summary: "normal noise on the recurrent weights, one draw per window for all rows",
    source:
      'Wen et al. 2018, "Flipout", table 2: multiplicative Gaussian with shared noise, without Flipout\'s signs per row; here on U alone',
    equation: "U = Ū ⊙ (1 + σ ε)        ε ~ N(0, 1), σ² = p/(1 - p)",
    rates: "σ = 1, which is p = 0.5",
    evaluation: "no noise: its mean is 1",
    sites: { recurrentWeights: gaussian(forBatch(0.5)) },
  },
  flipout2018: {
    summary:
      "normal noise on the recurrent weights, one draw per window, which each row of the batch turns with its signs",
    source:
      'Wen et al. 2018, "Flipout: efficient pseudo-independent weight perturbations on mini-batches", table 2',
    equation:
      "U_b = Ū + ΔU ⊙ (r_b s_bᵀ)        U_b h = Ū h + r_b ⊙ (ΔU (s_b ⊙ h))        ΔU = Ū ⊙ σ ε, ε ~ N(0, 1), σ² = p/(1 - p)",
    rates: "σ = 1, which is p = 0.5 (characters); DropConnect at 0.5 with Flipout (words, table 3)",
    evaluation: "Ū alone: no noise and no signs, their mean is 0",
    sites: { recurrentWeights: { rate: 0.5, tie: "sequence", gates: "shared", kind: "flipout" } },
  },
  structured: {
    summary: "one mask per window for all rows of the batch; what it drops is left out of the products",
    source:
      'Sarma et al. 2021, "Structured in space, randomized in time" (one mask for the batch); over time as Gal & Ghahramani 2016',
    equation: "W (x_t ⊙ m) = (W[:, K]/(1 - p)) x_t[K]        K the units that are kept in all rows",
    rates: NO_PAPER,
    evaluation: IDENTITY,
    sites: {
      input: forBatch(0.5),
      recurrent: forBatch(0.5),
      layers: forBatch(0.5),
      output: forBatch(0.5),
    },
  },
  concrete2017: {
    summary:
      "one soft mask per sequence on every connection; each site and layer learns its rate with the weights",
    source:
      'Gal, Hron & Kendall 2017, "Concrete dropout" (rates, mask and regulariser); over time as Gal & Ghahramani 2016',
    equation:
      "m = (1 - d)/(1 - p)        d = σ((logit p + logit u)/0.1)        J + wr ‖W‖²/(1 - p) + dr D (p ln p + (1 - p) ln(1 - p))",
    rates: "0.1, where its program and this preset start",
    evaluation: `no masks and no scaling; or the mean of many passes under masks of the learned rates (--mode mc)`,
    sites: {
      input: concrete(tied(0.1)),
      recurrent: concrete(tied(0.1)),
      layers: concrete(tied(0.1)),
      output: concrete(tied(0.1)),
    },
  },
};

export const presetNames = Object.keys(presets) as PresetName[];

export type PresetAlias = "zaremba" | "gal" | "galUntied" | "flipout" | "structured2020";

/** Other names of presets. */
export const presetAliases: Readonly<Record<PresetAlias, PresetName>> = {
  zaremba: "zaremba2014",
  gal: "gal2016",
  galUntied: "gal2016Untied",
  flipout: "flipout2018",
  structured2020: "structured",
};

/** Every word that names a preset. */
export const presetWords: readonly (PresetName | PresetAlias)[] = [
  ...presetNames,
  ...(Object.keys(presetAliases) as PresetAlias[]),
];

export function isPresetWord(word: string): word is PresetName | PresetAlias {
  return presetWords.some((one) => one === word);
}

/** The preset that a name or an alias means. */
export function resolvePreset(word: PresetName | PresetAlias): PresetName {
  return presetAliases[word as PresetAlias] ?? (word as PresetName);
}
