/** The places that can be masked, and what each of them can have. */

/**
 * The places that can be masked. Their order is part of the random numbers: new ones go to the end.
 *
 *   embedding         the vector of a symbol: one number per type, so that every repeat is dropped together (per position when tied to `step`)
 *   input             x_t on its way into the bottom layer
 *   recurrent         h_{t-1} on its way into U, in every layer
 *   layers            y of a layer on its way into the next
 *   output            y of the top layer on its way into the decoder, or into a feed-forward layer before it
 *   token             the vector of a symbol: one number per position
 *   candidate         what a cell would add to its state: g of an LSTM, n of a GRU
 *   cell              the new cell of an LSTM, which is carried with its mask
 *   zoneoutCell       the cell of an LSTM keeps its old value
 *   zoneoutHidden     h keeps its old value
 *   recurrentWeights  U itself, in every layer
 *   inputWeights      W itself, in every layer
 *   feedForward       the activations of a feed-forward layer, on their way into what reads them
 */
export const sites = [
  "embedding",
  "input",
  "recurrent",
  "layers",
  "output",
  "token",
  "candidate",
  "cell",
  "zoneoutCell",
  "zoneoutHidden",
  "recurrentWeights",
  "inputWeights",
  "feedForward",
] as const;
export type Site = (typeof sites)[number];

/**
 * How long a mask stays: one window (a training sequence), one time step, or until the state is reset; in each of these every
 * row of the batch has its own. With `batch` a window has one mask for all its rows, and what is dropped is not computed. With
 * `batchStep` each time step has one for all rows.
 */
export const ties = ["sequence", "step", "stream", "batch", "batchStep"] as const;
export type Tie = (typeof ties)[number];

/** Whether all gates of a cell see one mask or each its own. Gal & Ghahramani call these "tied" and "untied". */
export const gateSharings = ["shared", "perGate"] as const;
export type GateSharing = (typeof gateSharings)[number];

/**
 * What a mask is made of.
 *
 *   bernoulli  0 with probability p, else 1/(1 - p)
 *   gaussian   N(1, p/(1 - p)): the mean and variance of bernoulli
 *   drifting   bernoulli at the first step; then each unit is drawn anew with probability `redraw` at each step
 *   concrete   (1 - d)/(1 - p), d = σ((logit p + logit u)/0.1): a soft bernoulli whose p is learned with the weights
 *   flipout    on weights: gaussian, or bernoulli at 1/2, whose difference from 1 each row of the batch turns with signs of its own
 */
export const kinds = ["bernoulli", "gaussian", "drifting", "concrete", "flipout"] as const;
export type Kind = (typeof kinds)[number];

/** What a learned rate is held in, and starts in: at 0 or 1 it could not come back. */
export const LEARNED_RATES = { least: 0.001, most: 0.95 } as const;

/** What a site can have, and why not the rest. */
export interface SiteAbilities {
  /** The first is meant when nothing is said. */
  readonly ties: readonly Tie[];
  /** why it has no others */
  readonly tied: string;
  readonly kinds: readonly Kind[];
  /** ties of a kind that cannot have those of the site */
  readonly kindTies?: Readonly<Partial<Record<Kind, readonly Tie[]>>>;
  readonly isGated: boolean;
  /** how many rates a list has: one for each layer, or for each connection between layers; absent: one mask, no list */
  readonly perLayer?: "layers" | "betweenLayers";
  /** what the rate is a fraction of, for the error about one outside [0, 1) */
  readonly rate: string;
}

const DROPPED = "the fraction dropped, not the fraction kept";
const anyTie = { ties, tied: "" } as const;
const hardKinds = ["bernoulli", "gaussian", "drifting"] as const;
/** Concrete needs the gradient of the mask, which is there on what enters a product. */
const allKinds = [...hardKinds, "concrete"] as const;
const weights: SiteAbilities = {
  ties: ["batch", "stream"],
  tied: "The weights are masked once for all steps and rows of a window",
  kinds: ["bernoulli", "gaussian", "flipout"],
  kindTies: { flipout: ["sequence", "stream"] }, // each row has signs of its own
  isGated: false,
  perLayer: "layers",
  rate: DROPPED,
};
const zoneout: SiteAbilities = {
  ties: ["step"],
  tied: "A unit that kept its value over a whole window would take no part in it",
  kinds: ["bernoulli"],
  isGated: false,
  perLayer: "layers",
  rate: "the fraction that keeps its old value; with 1 nothing would ever change",
};

/** What each site can have. */
export const abilities: Readonly<Record<Site, SiteAbilities>> = {
  embedding: {
    ties: ["sequence", "step", "stream", "batch"],
    tied: "Drawn at each step it is one number per position: one for all rows would drop whole steps",
    kinds: ["bernoulli", "gaussian"],
    isGated: false,
    rate: DROPPED,
  },
  input: { ...anyTie, kinds: allKinds, isGated: true, rate: DROPPED },
  recurrent: { ...anyTie, kinds: allKinds, isGated: true, perLayer: "layers", rate: DROPPED },
  layers: { ...anyTie, kinds: allKinds, isGated: true, perLayer: "betweenLayers", rate: DROPPED },
  output: { ...anyTie, kinds: allKinds, isGated: false, rate: DROPPED },
  token: {
    ties: ["step"],
    tied: "A token is a position; what is dropped with all its repeats is the site `embedding`",
    kinds: ["bernoulli", "gaussian"],
    isGated: false,
    rate: DROPPED,
  },
  candidate: {
    ties: ["sequence", "step", "stream"],
    tied: "No product shrinks when the same candidates are dropped in all rows",
    kinds: hardKinds,
    isGated: false,
    perLayer: "layers",
    rate: DROPPED,
  },
  cell: {
    ties: ["sequence", "stream"],
    tied: "The mask stands on what is carried: drawn at each step it would erase every memory after a few of them",
    kinds: ["bernoulli"],
    isGated: false,
    perLayer: "layers",
    rate: DROPPED,
  },
  zoneoutCell: zoneout,
  zoneoutHidden: zoneout,
  recurrentWeights: weights,
  inputWeights: weights,
  feedForward: { ...anyTie, kinds: ["bernoulli", "gaussian", "drifting"], isGated: false, rate: DROPPED },
};

/** The ties that a kind can have at a site; the first is meant when nothing is said. */
export function tiesOf(site: Site, kind: unknown): readonly Tie[] {
  const { ties: own, kindTies = {} } = abilities[site];
  return kindTies[kind as Kind] ?? own;
}
