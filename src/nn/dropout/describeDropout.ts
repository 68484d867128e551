/** A dropout configuration in words: the sites in use, for printing with every run. */
import { type RecurrentDropout, type Site, sites } from "./recurrentDropout.ts";

/** One row of the table of sites. */
export interface SiteInUse {
  readonly site: Site;
  readonly rate: number;
  readonly tie: string;
  readonly gates: string;
  /** why a site of the configuration does not exist in this network */
  readonly absent?: string;
}

/**
 * The sites that a network of this shape will really mask, and those that it does not have.
 * @example sitesInUse(recurrentDropout("gal"), { layers: 1, hasEmbedding: true })
 */
export function sitesInUse(
  dropout: RecurrentDropout,
  network: { layers: number; hasEmbedding: boolean },
): SiteInUse[] {
  return sites.flatMap((site) => {
    const rule = dropout.sites[site];
    if (!rule) return [];
    const absent =
      site === "layers" && network.layers === 1
        ? "one layer has nothing between layers"
        : site === "embedding" && !network.hasEmbedding
          ? "one-hot input has no embedding; its types are masked by `input`"
          : undefined;
    return [{ site, ...rule, ...(absent ? { absent } : {}) }];
  });
}

/**
 * One line: "gal:0.25: input 0.25/sequence, recurrent 0.25/sequence/perGate".
 * @example describeDropout(recurrentDropout("none"), { layers: 1, hasEmbedding: true }) // "none: nothing is masked"
 */
export function describeDropout(
  dropout: RecurrentDropout,
  network: { layers: number; hasEmbedding: boolean },
): string {
  const used = sitesInUse(dropout, network).filter((row) => !row.absent);
  if (used.length === 0) return `${dropout.name}: nothing is masked`;
  return `${dropout.name}: ${used.map(({ site, rate, tie, gates }) => `${site} ${rate}/${tie}${gates === "perGate" ? "/perGate" : ""}`).join(", ")}`;
}
