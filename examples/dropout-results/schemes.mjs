/**
 * What is compared: the networks, the schemes, and the values that each may choose from.
 *
 * Every scheme has the same budget: two runs, of which the one with the lower validation loss fixes how strong it is, a quarter
 * or three quarters of the rates that the preset has. The learning rate is chosen among three without dropout and
 * then holds for all schemes of the cell, which favours `none` if anything.
 */
import { presets } from "tidegate";

export const cells = ["lstm", "gru"];

/** The network and its training, for every run. */
export const base = {
  ...{ hiddenSize: 128, layers: 1, embeddingSize: 32 },
  ...{ batchSize: 16, sequenceLength: 64, epochs: 6, clip: 1, optimizer: "adam" },
  schedule: { name: "cosine", final: 0.01, warmUp: 100 },
};

export const learningRates = [0.004, 0.008, 0.016];
export const strengths = [0.25, 0.75];

/** Site "recurrent" alone: what Wen et al. 2018 call Gal. Not a preset, because presets mask every connection. */
const galRecurrent = { recurrent: { rate: 0.25, tie: "sequence", gates: "shared" } };

/** Bits per character on the test part of character PTB: Wen et al. 2018, table 2. */
export const published = {
  none: 1.423,
  semeniuta2016: 1.3,
  zoneout2016: 1.27,
  galRecurrent: 1.245,
  weightNoise2018: 1.23,
  flipout2018: 1.227,
};

/** The schemes that a cell can have, by name: every preset, and Gal's masks on the recurrent connection alone. */
export function schemesOf(cell) {
  const masked = Object.keys(presets).filter((name) => name !== "none");
  return [...masked, "galRecurrent"].filter((name) => !(cell === "gru" && name === "moon2015"));
}

export const titleOf = (scheme) => (scheme === "galRecurrent" ? "gal2016, recurrent alone" : scheme);

/** The dropout of a scheme with every rate multiplied by `strength`. */
export function dropoutOf(cell, scheme, strength) {
  const rules = Object.entries(sitesOf(scheme)).filter(([site]) => existsIn(cell, site));
  return Object.fromEntries(
    rules.map(([site, rule]) => [site, { ...rule, rate: Number((rule.rate * strength).toPrecision(6)) }]),
  );
}

function sitesOf(scheme) {
  return scheme === "galRecurrent" ? galRecurrent : presets[scheme].sites;
}

/** One layer has no connections between layers, and a GRU no cell. */
function existsIn(cell, site) {
  return site !== "layers" && !(cell === "gru" && site === "zoneoutCell");
}
