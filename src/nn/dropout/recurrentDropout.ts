/**
 * RecurrentDropout: where a recurrent network is masked, how strongly, and for how long a mask stays.
 *
 * One value spans the literature: *site x tie x gate sharing*. It is plain JSON, it is stored with every checkpoint and
 * printed with every run. Masks are inverted (kept units are divided by 1 - rate), so evaluation is the identity, and
 * the carried state is never masked: a mask stands on the way into a product, not on what is remembered.
 */
import { ConfigError, describe, fraction, knownKeys, oneOf } from "../../errors.ts";
import { type PresetName, presetNames, presets } from "./presets.ts";

/**
 * The places that can be masked.
 *
 *   embedding  the vector of a symbol: one number per type, so that every repeat is dropped together (per position when tied to `step`)
 *   input      x_t on its way into the bottom layer
 *   recurrent  h_{t-1} on its way into U, in every layer
 *   layers     y of a layer on its way into the next
 *   output     y of the top layer on its way into the decoder
 */
export const sites = ["embedding", "input", "recurrent", "layers", "output"] as const;
export type Site = (typeof sites)[number];

/**
 * How long a mask stays: one window (a training sequence), one time step, or until the state is reset; in each of these every
 * row of the batch has its own. With `batch` a window has one mask for all its rows, and what is dropped is not computed.
 */
export const ties = ["sequence", "step", "stream", "batch"] as const;
export type Tie = (typeof ties)[number];

/** Whether all gates of a cell see one mask or each its own. Gal & Ghahramani call these "tied" and "untied". */
export const gateSharings = ["shared", "perGate"] as const;
export type GateSharing = (typeof gateSharings)[number];

/** What happens at one site. */
export interface SiteRule {
  /** fraction dropped, in [0, 1) */
  readonly rate: number;
  readonly tie: Tie;
  /** for input, recurrent and layers; always "shared" elsewhere */
  readonly gates: GateSharing;
}

/** A dropout configuration; sites that are absent are not masked. */
export interface RecurrentDropout {
  readonly name: string;
  readonly sites: Readonly<Partial<Record<Site, SiteRule>>>;
}

/**
 * Reads a configuration in any of its forms.
 *
 *   "gal"  "gal:0.3"  0.5           a preset, a preset at one rate for all its sites, Zaremba's at that rate (char-rnn's `-dropout`)
 *   { "recurrent": 0.25, "output": { "rate": 0.5, "tie": "step" }, "tie": "sequence", "gates": "shared" }
 *
 * In the object form a site is a rate or a rule; `tie` (default "sequence") and `gates` (default "shared") hold for all
 * sites that do not say otherwise. What this function returned is accepted as it is.
 *
 * @throws ConfigError naming the site, for an unknown key or preset, a rate outside [0, 1), or an object without a site
 * @example recurrentDropout("gal:0.3").sites.recurrent // { rate: 0.3, tie: "sequence", gates: "shared" }
 */
export function recurrentDropout(value: unknown): RecurrentDropout {
  const where = "dropout";
  if (typeof value === "number") return preset("zaremba", fraction(where, "the rate", value));
  if (typeof value === "string") {
    const colon = value.indexOf(":");
    const known = oneOf(where, "preset", colon < 0 ? value : value.slice(0, colon), presetNames);
    if (colon < 0) return preset(known);
    const rate = value.slice(colon + 1);
    const number = rate.trim() === "" ? Number.NaN : Number(rate);
    return preset(known, fraction(where, `the rate of ${known}`, Number.isNaN(number) ? rate : number));
  }
  knownKeys(where, value, ["name", "sites", ...sites, "tie", "gates"]);
  const name = value["name"] ?? "custom";
  if (typeof name !== "string")
    throw new ConfigError("name must be a string", { where, expected: "a string", got: describe(name) });
  const nested = value["sites"];
  const beside = sites.filter((site) => value[site] !== undefined);
  if (nested !== undefined) {
    knownKeys(`${where}.sites`, nested, sites);
    if (beside.length > 0) throw twice(where, beside);
  } else if (beside.length === 0) throw nothingNamed(where, name);
  const from = (nested ?? value) as Record<string, unknown>;
  const tie = oneOf(where, "tie", value["tie"] ?? "sequence", ties);
  const gates = oneOf(where, "gates", value["gates"] ?? "shared", gateSharings);
  const rules: Partial<Record<Site, SiteRule>> = {};
  for (const site of sites) {
    const rule = from[site] === undefined ? undefined : siteRule(site, from[site], tie, gates);
    if (rule && rule.rate > 0) rules[site] = rule; // a rate of 0 is the identity, to the bit
  }
  return { name, sites: rules };
}

function twice(where: string, beside: readonly Site[]): ConfigError {
  return new ConfigError("sites are given in two places", {
    where,
    expected: 'all of them in "sites", or none',
    got: `${beside.join(", ")} beside "sites"`,
  });
}

/** { name: "gal" } would otherwise mask nothing and be printed as gal. */
function nothingNamed(where: string, name: string): ConfigError {
  const isPreset = presetNames.some((preset) => preset === name);
  return new ConfigError("no site is named", {
    where,
    expected: `at least one of ${sites.join(", ")}`,
    got: "none of them",
    mend: isPreset ? `The preset is written "${name}", not as an object` : 'To mask nothing write "none"',
  });
}

function siteRule(site: Site, value: unknown, tie: Tie, gates: GateSharing): SiteRule {
  const where = `dropout.${site}`;
  const gated = site === "input" || site === "recurrent" || site === "layers";
  if (typeof value === "number")
    return { rate: fraction(where, "rate", value), tie, gates: gated ? gates : "shared" };
  knownKeys(where, value, ["rate", "tie", "gates"]);
  const own = oneOf(where, "gates", value["gates"] ?? (gated ? gates : "shared"), gateSharings);
  if (own === "perGate" && !gated) {
    throw new ConfigError("this site feeds no gates", {
      where,
      expected: 'gates: "shared"',
      got: '"perGate"',
      mend: "Only input, recurrent and layers can have a mask per gate",
    });
  }
  return {
    rate: fraction(where, "rate", value["rate"]),
    tie: oneOf(where, "tie", value["tie"] ?? tie, ties),
    gates: own,
  };
}

function preset(name: PresetName, rate?: number): RecurrentDropout {
  const { sites: rules } = presets[name];
  const filled: Partial<Record<Site, SiteRule>> = {};
  for (const site of sites) {
    const rule = rules[site];
    const own = rule && (rate ?? rule.rate);
    if (rule && own) filled[site] = { rate: own, tie: rule.tie, gates: rule.gates };
  }
  return { name: rate === undefined || name === "none" ? name : `${name}:${rate}`, sites: filled };
}
