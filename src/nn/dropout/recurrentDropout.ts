/**
 * RecurrentDropout: where a recurrent network is masked, with what, how strongly, and for how long a mask stays.
 *
 * One value spans the literature: *site x kind x tie x gate sharing x rate over layers and training*. It is plain JSON, it is
 * stored with every checkpoint and printed with every run. Masks are inverted (kept units are divided by 1 - rate), so
 * evaluation is the identity; only zoneout is evaluated as its expectation (evaluationNoise.ts). A mask stands on the way
 * into a product, not on what is remembered, but for the sites that say they do: `cell` and zoneout.
 */
import { ConfigError, describe, fraction, knownKeys, oneOf, strictNumber } from "../../errors.ts";
import { isPresetWord, presets, presetWords, resolvePreset } from "./presets.ts";
import { isIdle, type RuleDefaults, type SiteRule, siteRule } from "./siteRule.ts";
import { gateSharings, kinds, type Site, sites, ties } from "./sites.ts";

/** A dropout configuration; sites that are absent are not masked. */
export interface RecurrentDropout {
  readonly name: string;
  readonly sites: Readonly<Partial<Record<Site, SiteRule>>>;
}

/** The version of the JSON form, written by `dropoutJson`. A higher one is refused: it may mean what this program does not know. */
export const DROPOUT_VERSION = 1;

/**
 * Reads a configuration in any of its forms.
 *
 *   "gal2016"  "gal2016:0.3"  0.5           a preset, a preset at one rate for all its sites, Zaremba's at that rate (char-rnn's `-dropout`)
 *   { "recurrent": 0.25, "output": { "rate": 0.5, "tie": "step" }, "tie": "sequence", "gates": "shared", "kind": "bernoulli" }
 *
 * In the object form a site is a rate, a list of rates for the layers, or a rule; `tie` (default "sequence"), `gates` (default
 * "shared") and `kind` (default "bernoulli") hold for all sites that do not say otherwise and can have them. What this function
 * returned is accepted as it is.
 *
 * @throws ConfigError naming the site, for an unknown key or preset, a rate outside [0, 1), what a site cannot have, an object
 *   without a site, or a newer version
 * @example recurrentDropout("gal2016:0.3").sites.recurrent // { rate: 0.3, tie: "sequence", gates: "shared" }
 */
export function recurrentDropout(value: unknown): RecurrentDropout {
  const dropout = read(value);
  wasRead.add(dropout);
  return dropout;
}

/** What `recurrentDropout` returned, and need not be read again. */
const wasRead = new WeakSet<object>();

/**
 * A configuration to draw masks from: what `recurrentDropout` returned as it is, all else read by it. A rate of 1 or NaN in a
 * value that was written by hand would silence a network.
 * @throws ConfigError as `recurrentDropout`
 */
export function readDropout(value: RecurrentDropout): RecurrentDropout {
  return typeof value === "object" && wasRead.has(value) ? value : recurrentDropout(value);
}

function read(value: unknown): RecurrentDropout {
  const where = "dropout";
  if (typeof value === "number") return preset("zaremba", fraction(where, "the rate", value));
  if (typeof value === "string") return named(where, value);
  if (value !== null && typeof value === "object" && "version" in value) checkVersion(where, value.version); // first: a newer one may have keys that this one lacks
  knownKeys(where, value, ["version", "name", "sites", ...sites, "tie", "gates", "kind"]);
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
  const defaults: RuleDefaults = {
    tie: oneOf(where, "tie", value["tie"] ?? "sequence", ties),
    gates: oneOf(where, "gates", value["gates"] ?? "shared", gateSharings),
    kind: oneOf(where, "kind", value["kind"] ?? "bernoulli", kinds),
  };
  const rules: Partial<Record<Site, SiteRule>> = {};
  for (const site of sites) {
    const rule = from[site] === undefined ? undefined : siteRule(site, from[site], defaults);
    if (rule && !isIdle(rule)) rules[site] = rule; // a rate of 0 is the identity, to the bit
  }
  return { name, sites: rules };
}

/** A configuration as JSON that says of which version it is, for a file; `recurrentDropout` reads it. */
export function dropoutJson({ name, sites: rules }: RecurrentDropout): {
  version: number;
  name: string;
  sites: RecurrentDropout["sites"];
} {
  return { version: DROPOUT_VERSION, name, sites: rules };
}

function checkVersion(where: string, version: unknown): void {
  if (version === undefined) return;
  const isVersion = typeof version === "number" && Number.isSafeInteger(version) && version >= 1;
  if (isVersion && version <= DROPOUT_VERSION) return;
  throw new ConfigError(
    isVersion ? "this specification is of a newer version" : "version is not a version number",
    {
      where,
      expected: isVersion ? `version ${DROPOUT_VERSION} at most` : "an integer of 1 or more",
      got: describe(version),
      ...(isVersion ? { mend: "Read it with the version of tidegate that wrote it, or a later one" } : {}),
    },
  );
}

function named(where: string, text: string): RecurrentDropout {
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const known = oneOf(where, "preset", word, presetWords);
  if (colon < 0) return preset(known);
  const rate = text.slice(colon + 1);
  return preset(known, fraction(where, `the rate of ${known}`, strictNumber(rate) ?? rate));
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
  return new ConfigError("no site is named", {
    where,
    expected: `at least one of ${sites.join(", ")}`,
    got: "none of them",
    mend: isPresetWord(name)
      ? `The preset is written "${name}", not as an object`
      : 'To mask nothing write "none"',
  });
}

const USUAL: RuleDefaults = { tie: "sequence", gates: "shared", kind: "bernoulli" };

/** The name stays as it was written, an alias too, so that what is printed is what was asked for. */
function preset(word: (typeof presetWords)[number], rate?: number): RecurrentDropout {
  const { sites: rules } = presets[resolvePreset(word)];
  const filled: Partial<Record<Site, SiteRule>> = {};
  for (const site of sites) {
    const rule = rules[site];
    const own = rule && (rate ?? rule.rate);
    // read as any rule is: a rate of the user's must be one that the rule's kind can have
    if (rule && own) filled[site] = siteRule(site, { ...rule, rate: own }, USUAL);
  }
  return { name: rate === undefined || word === "none" ? word : `${word}:${rate}`, sites: filled };
}
