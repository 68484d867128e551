/** The schemes by name: every preset, and Gal's masks on the recurrent connection alone. */
import { presets } from "tidegate";

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

/** The schemes that a cell can have; `none` stands beside them. A GRU has no cell to mask. */
export function schemesOf(cell) {
  const masked = Object.keys(presets).filter((name) => name !== "none");
  return [...masked, "galRecurrent"].filter((name) => !(cell === "gru" && name === "moon2015"));
}

export const titleOf = (scheme) => (scheme === "galRecurrent" ? "gal2016 (recurrent alone)" : scheme);

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
