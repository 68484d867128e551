/** Whether and how rates of dropout follow the validation: the configuration of dropoutAdjustment.ts. */
import { ConfigError, describe, knownKeys, oneOf, positiveInteger } from "../errors.ts";
import { type NetworkShape, type RecurrentDropout, type Site, sites, sitesInUse } from "../nn/index.ts";

/** An adjustment as plain JSON. */
export type DropoutAdjustment =
  | { readonly name: "none" }
  | {
      readonly name: "validationGap";
      /** Factor above 1. Default 1.25 */
      readonly raise: number;
      /** Validations without a better one after which rates are raised. Default 1 */
      readonly patience: number;
      /** Rate that none is raised above. Default 0.8 */
      readonly most: number;
      /** Factor in (0, 1); null: rates are never lowered. Default null */
      readonly lower: number | null;
      /** Validation minus training, in nats per character, below which rates are lowered. Default 0 */
      readonly gap: number;
      /** Rate that none is lowered below. Default 0.01 */
      readonly least: number;
    };

/** As a user gives it: what is left out has its default. */
export type DropoutAdjustmentOptions =
  | { readonly name: "none" }
  | (Partial<Omit<ValidationGap, "name">> & Pick<ValidationGap, "name">);

/** One that adjusts. */
export type ValidationGap = Exclude<DropoutAdjustment, { readonly name: "none" }>;

const KEYS = ["name", "raise", "patience", "most", "lower", "gap", "least"];

/**
 * Fills in defaults and checks every value.
 * @throws ConfigError naming the key
 */
export function dropoutAdjustmentConfig(value: unknown): DropoutAdjustment {
  const where = "dropoutAdjustment";
  knownKeys(where, value, KEYS);
  const name = oneOf(where, "name", value["name"], ["none", "validationGap"]);
  if (name === "none") {
    knownKeys(`${where} none`, value, ["name"]);
    return { name };
  }
  const { raise = 1.25, patience = 1, most = 0.8, lower = null, gap = 0, least = 0.01 } = value;
  const number = (key: string, given: unknown, isFit: (x: number) => boolean, expected: string): number => {
    if (typeof given === "number" && Number.isFinite(given) && isFit(given)) return given;
    throw new ConfigError(`${key} is not usable`, { where, expected, got: describe(given) });
  };
  const isRate = (x: number): boolean => x > 0 && x < 1;
  const bounds = {
    least: number("least", least, isRate, "a rate in (0, 1)"),
    most: number("most", most, isRate, "a rate in (0, 1)"),
  };
  if (bounds.least >= bounds.most) {
    throw new ConfigError("least is not below most", {
      where,
      expected: "least < most",
      got: `least ${bounds.least}, most ${bounds.most}`,
    });
  }
  return {
    name,
    raise: number("raise", raise, (x) => x > 1, "a factor above 1"),
    patience: positiveInteger(where, "patience", patience, 2),
    most: bounds.most,
    lower:
      lower === null
        ? null
        : number("lower", lower, (x) => x > 0 && x < 1, "a factor in (0, 1), or null for never"),
    gap: number("gap", gap, () => true, "nats per character"),
    least: bounds.least,
  };
}

/** Why the rate of a site cannot be adjusted. */
function fixed(site: Site, { sites: rules }: RecurrentDropout): string | undefined {
  if (site === "zoneoutCell" || site === "zoneoutHidden")
    return "Evaluation keeps zoneout's share of the old state, and must know it";
  if (rules[site]?.kind === "concrete") return "A rate of kind concrete is learned with the weights";
  return rules[site]?.noise === "bernoulli" ? "Flipout can drop weights at the rate 1/2 alone" : undefined;
}

/** @throws ConfigError when there is nothing to adjust, or a rate that must stay or is learned */
export function checkAdjustable(
  adjustment: DropoutAdjustment,
  dropout: RecurrentDropout,
  network: NetworkShape,
): void {
  if (adjustment.name === "none") return;
  const where = "dropoutAdjustment";
  for (const site of sites) {
    const reason = dropout.sites[site] && fixed(site, dropout);
    if (!reason) continue;
    throw new ConfigError(`the rate of ${site} cannot be adjusted`, {
      where,
      expected: "a dropout without it, or dropoutAdjustment none",
      got: describe(dropout.name),
      mend: reason,
    });
  }
  if (sitesInUse(dropout, network).some(({ absent }) => !absent)) return;
  throw new ConfigError("there is no rate to adjust", {
    where,
    expected: "a dropout with a site that this network has",
    got: describe(dropout.name),
    mend: 'For example { dropout: "gal:0.1" }: a rate of 0 stays 0 whatever it is multiplied with',
  });
}
