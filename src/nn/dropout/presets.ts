/** Named configurations and where they come from. */
import type { Site, SiteRule } from "./recurrentDropout.ts";

/** A named configuration: what it is, who published it, and the rule of each site. */
export interface DropoutPreset {
  readonly summary: string;
  readonly source: string;
  readonly sites: Readonly<Partial<Record<Site, SiteRule>>>;
}

const tied = (rate: number, gates: SiteRule["gates"] = "shared"): SiteRule => ({
  rate,
  tie: "sequence",
  gates,
});
const forBatch = (rate: number): SiteRule => ({ rate, tie: "batch", gates: "shared" });
const perStep = (rate: number): SiteRule => ({ rate, tie: "step", gates: "shared" });

export type PresetName = "none" | "naive" | "zaremba" | "output" | "gal" | "galUntied" | "structured";

/** Rates are those of a small character model; `NAME:RATE` sets one rate for all sites of a preset. */
export const presets: Readonly<Record<PresetName, DropoutPreset>> = {
  none: { summary: "nothing is masked", source: "the baseline", sites: {} },
  naive: {
    summary: "a fresh mask at every time step on every connection, the recurrent one too",
    source: "the scheme that Bayer et al. 2013 and Pham et al. 2014 found to harm memory",
    sites: { input: perStep(0.25), recurrent: perStep(0.25), layers: perStep(0.25), output: perStep(0.25) },
  },
  zaremba: {
    summary: "a fresh mask at every time step on the connections that go up, none in time",
    source: 'Zaremba, Sutskever & Vinyals 2014, "Recurrent neural network regularization"',
    sites: { input: perStep(0.5), layers: perStep(0.5), output: perStep(0.5) },
  },
  output: {
    summary: "a fresh mask at every time step on the top layer's output only",
    source: "the last term of Zaremba et al. 2014; what most frameworks offer",
    sites: { output: perStep(0.25) },
  },
  gal: {
    summary: "one mask per sequence on every connection; all gates share it",
    source: 'Gal & Ghahramani 2016, "A theoretically grounded application of dropout in RNNs" (tied gates)',
    sites: {
      embedding: tied(0.1),
      input: tied(0.25),
      recurrent: tied(0.25),
      layers: tied(0.25),
      output: tied(0.25),
    },
  },
  galUntied: {
    summary: "one mask per sequence on every connection; each gate has its own",
    source: "Gal & Ghahramani 2016 (untied gates)",
    sites: {
      embedding: tied(0.1),
      input: tied(0.25, "perGate"),
      recurrent: tied(0.25, "perGate"),
      layers: tied(0.25, "perGate"),
      output: tied(0.25),
    },
  },
  structured: {
    summary: "one mask per window for all rows of the batch; what it drops is left out of the products",
    source:
      'Sarma et al. 2021, "Structured in space, randomized in time" (one mask for the batch); over time as Gal & Ghahramani 2016',
    sites: {
      input: forBatch(0.5),
      recurrent: forBatch(0.5),
      layers: forBatch(0.5),
      output: forBatch(0.5),
    },
  },
};

export const presetNames = Object.keys(presets) as PresetName[];
