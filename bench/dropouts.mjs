/** The dropouts that are timed, by the words of the command line. */
import { recurrentDropout, ties } from "tidegate/nn";

/** One mask for all rows of a window at every site but the embedding: what it drops, no product has to compute. */
const batchTied = (rate) => ({
  name: `batch:${rate}`,
  sites: Object.fromEntries(
    ["input", "recurrent", "layers", "output"].map((site) => [site, { rate, tie: "batch" }]),
  ),
});

/**
 * "none", a preset of the package, or "batch:RATE": masks tied over time and batch.
 * @returns the configuration, or undefined where this build has no such tie
 */
export function namedDropout(name) {
  const rate = /^batch(?::(.+))?$/.exec(name);
  if (!rate) return recurrentDropout(name);
  return ties.includes("batch") ? recurrentDropout(batchTied(Number(rate[1] ?? 0.5))) : undefined;
}

/** The fraction of a site's units that a product has to read: all of them, unless one mask holds for the whole window. */
export function keptFraction(dropout, site) {
  const rule = dropout.sites[site];
  return rule?.tie === "batch" ? 1 - rule.rate : 1;
}
