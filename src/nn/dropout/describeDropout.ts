/** A dropout configuration in words: the sites in use, for printing with every run. */
import { absence, type NetworkShape } from "./networkFit.ts";
import type { RateSchedule } from "./rateSchedule.ts";
import type { RecurrentDropout } from "./recurrentDropout.ts";
import { type Site, sites } from "./sites.ts";

/** One row of the table of sites. */
export interface SiteInUse {
  readonly site: Site;
  readonly rate: number | readonly number[];
  readonly tie: string;
  readonly gates: string;
  /** absent: bernoulli */
  readonly kind?: string;
  readonly redraw?: number;
  readonly noise?: string;
  readonly schedule?: RateSchedule;
  /** why a site of the configuration does not exist in this network */
  readonly absent?: string;
}

/**
 * The sites that a network of this shape will really mask, and those that it does not have.
 * @example sitesInUse(recurrentDropout("gal2016"), { layers: 1, hasEmbedding: true })
 */
export function sitesInUse(dropout: RecurrentDropout, network: NetworkShape): SiteInUse[] {
  return sites.flatMap((site) => {
    const rule = dropout.sites[site];
    if (!rule) return [];
    const absent = absence(site, network);
    return [{ site, ...rule, ...(absent ? { absent } : {}) }];
  });
}

/**
 * One line: "gal2016:0.25: input 0.25/sequence, recurrent 0.25/sequence/perGate".
 * @example describeDropout(recurrentDropout("none"), { layers: 1, hasEmbedding: true }) // "none: nothing is masked"
 */
export function describeDropout(dropout: RecurrentDropout, network: NetworkShape): string {
  const used = sitesInUse(dropout, network).filter((row) => !row.absent);
  if (used.length === 0) return `${dropout.name}: nothing is masked`;
  const words = used.map((row) => {
    const { site, rate, tie, gates } = row;
    const parts = [tie, ...(gates === "perGate" ? [gates] : []), ...ruleDetails(row)];
    return `${site} ${typeof rate === "number" ? rate : `[${rate.join(" ")}]`}/${parts.join("/")}`;
  });
  return `${dropout.name}: ${words.join(", ")}`;
}

/** What a rule has beyond rate, tie and gates: "gaussian", "drifting 0.1", "flipout bernoulli", "linear to 0 over 1 of training". */
export function ruleDetails({ kind, redraw, noise, schedule }: SiteInUse): string[] {
  return [
    ...(kind ? [[kind, redraw, noise].filter((part) => part !== undefined).join(" ")] : []),
    ...(schedule ? [scheduleInWords(schedule)] : []),
  ];
}

function scheduleInWords(schedule: RateSchedule): string {
  if (schedule.name === "linear") return `linear to ${schedule.end} over ${schedule.share} of training`;
  if (schedule.name === "warmUp") return `warm-up over ${schedule.share} of training`;
  return `curriculum with gamma ${schedule.gamma}`;
}
