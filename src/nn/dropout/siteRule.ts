/** What happens at one site: its rule, and the reasons why a rule is refused. */
import { ConfigError, describe, knownKeys, oneOf } from "../../errors.ts";
import { type RateSchedule, rateSchedule, scheduledRate } from "./rateSchedule.ts";
import {
  abilities,
  type GateSharing,
  gateSharings,
  type Kind,
  kinds,
  LEARNED_RATES,
  type Site,
  type Tie,
  ties,
  tiesOf,
} from "./sites.ts";

/** What happens at one site. */
export interface SiteRule {
  /** fraction dropped (zoneout: kept as it was; concrete: where it starts), in [0, 1); or one for each layer */
  readonly rate: number | readonly number[];
  readonly tie: Tie;
  /** for input, recurrent and layers; always "shared" elsewhere */
  readonly gates: GateSharing;
  /** absent: bernoulli */
  readonly kind?: Exclude<Kind, "bernoulli">;
  /** of drifting masks: probability in (0, 1] that a unit is drawn anew at a step */
  readonly redraw?: number;
  /** of flipout: DropConnect, in the place of Gaussian noise; its rate is 1/2 */
  readonly noise?: "bernoulli";
  /** how the rate changes over training; absent: it does not */
  readonly schedule?: RateSchedule;
}

/** What holds for the sites that do not say otherwise, where they can have it. */
export interface RuleDefaults {
  readonly tie: Tie;
  readonly gates: GateSharing;
  readonly kind: Kind;
}

/** Probability that a unit of a drifting mask is drawn anew, when nothing is said: it stays for ten steps on average. */
const REDRAW = 0.1;

const ruleKeys = ["rate", "kind", "tie", "gates", "redraw", "noise", "schedule"];

/**
 * Reads the rule of a site.
 * @throws ConfigError naming the site, and what to do instead
 */
export function siteRule(site: Site, value: unknown, defaults: RuleDefaults): SiteRule {
  const where = `dropout.${site}`;
  const can = abilities[site];
  const isRule = typeof value === "object" && value !== null && !Array.isArray(value);
  const given: unknown = isRule ? value : { rate: value };
  knownKeys(where, given, ruleKeys);
  const rate = checkRate(where, site, given["rate"]);
  const asked = given["kind"] ?? (can.kinds.includes(defaults.kind) ? defaults.kind : "bernoulli");
  const possibleTies = tiesOf(site, asked);
  const usual = {
    tie: possibleTies.includes(defaults.tie) ? defaults.tie : possibleTies[0]!,
    gates: can.isGated ? defaults.gates : "shared",
  };
  const gates = oneOf(where, "gates", given["gates"] ?? usual.gates, gateSharings);
  if (gates === "perGate" && !can.isGated) {
    throw refused(where, "this site feeds no gates", 'gates: "shared"', gates, GATED);
  }
  const tie = oneOf(where, "tie", given["tie"] ?? usual.tie, ties);
  if (!possibleTies.includes(tie)) {
    const isOfKind = possibleTies !== can.ties;
    const what = isOfKind ? "this kind cannot have this tie" : "this site cannot have this tie";
    throw refused(where, what, oneIn("tie", possibleTies), tie, isOfKind ? FLIPPED : can.tied);
  }
  const kind = checkKind(where, asked, can.kinds, tie);
  const redraw = checkRedraw(where, given["redraw"], kind);
  if (kind === "concrete") checkLearned(where, rate, given["schedule"]);
  const schedule = given["schedule"] === undefined ? undefined : rateSchedule(where, given["schedule"]);
  const noise = checkNoise(where, given["noise"], kind, rate, schedule);
  if (schedule && (site === "zoneoutCell" || site === "zoneoutHidden")) {
    throw new ConfigError("the rate of zoneout cannot change", {
      where,
      expected: "no schedule",
      got: describe(schedule.name),
      mend: "Evaluation keeps the same share of the old state, and must know it",
    });
  }
  return {
    rate,
    tie,
    gates,
    ...(kind === "bernoulli" ? {} : { kind }),
    ...(redraw === undefined ? {} : { redraw }),
    ...(noise === "bernoulli" ? { noise } : {}),
    ...(schedule ? { schedule } : {}),
  };
}

/** Whether a rule masks nothing, ever. */
export function isIdle({ rate, schedule }: SiteRule): boolean {
  if (schedule?.name === "linear" && schedule.end > 0) return false;
  return Array.isArray(rate) ? rate.every((one) => one === 0) : rate === 0;
}

/**
 * The rate of a rule in a layer (between layers: of the connection) when a share of training is done.
 * @param done - in [0, 1]; 1 is the end of training
 */
export function rateAt({ rate, schedule }: SiteRule, layer: number, done: number): number {
  return scheduledRate(typeof rate === "number" ? rate : rate[layer]!, schedule, done);
}

/** Whether a rule masks something in some layer when a share of training is done. Default its end. */
export function isActive(rule: SiteRule, done = 1): boolean {
  const layers = typeof rule.rate === "number" ? 1 : rule.rate.length;
  return Array.from({ length: layers }, (_, layer) => rateAt(rule, layer, done)).some((rate) => rate > 0);
}

/** Whether a mask is another at each step. */
export function changesEachStep({ tie, kind }: Pick<SiteRule, "tie" | "kind">): boolean {
  return tie === "step" || tie === "batchStep" || kind === "drifting";
}

/** Whether all rows of the batch have one mask. */
export function isForAllRows({ tie }: Pick<SiteRule, "tie">): boolean {
  return tie === "batch" || tie === "batchStep";
}

const FLIPPED = "Each row of the batch turns the noise with signs of its own, for all steps of a window";
const GATED = "Only input, recurrent and layers can have a mask per gate";

function checkRate(where: string, site: Site, value: unknown): number | readonly number[] {
  const { perLayer, rate: meaning } = abilities[site];
  const one = (name: string, rate: unknown): number => {
    if (typeof rate === "number" && rate >= 0 && rate < 1) return rate;
    throw new ConfigError(`${name} must be a fraction`, {
      where,
      expected: `a number in [0, 1): ${meaning}`,
      got: describe(rate),
      ...mendOf(rate),
    });
  };
  if (!Array.isArray(value)) return one("rate", value);
  if (perLayer && value.length > 0) return value.map((rate, layer) => one(`rate[${layer}]`, rate));
  throw new ConfigError(perLayer ? "the list of rates is empty" : "this site is not in every layer", {
    where,
    expected: perLayer ? "a rate, or one for each layer" : "one rate",
    got: describe(value),
  });
}

/** What was probably meant by a rate that is none. */
function mendOf(rate: unknown): { mend?: string } {
  if (rate === 1) return { mend: "0 turns the site off; the most is just below 1" };
  if (typeof rate === "number" && rate > 1 && rate < 100) return { mend: `Did you mean ${rate / 100}?` };
  if (typeof rate !== "string" || rate.trim() === "") return {};
  return Number(rate) >= 0 && Number(rate) < 1 ? { mend: `Write ${Number(rate)} without quotes` } : {};
}

function checkKind(where: string, value: unknown, possible: readonly Kind[], tie: Tie): Kind {
  const kind = oneOf(where, "kind", value, kinds);
  if (!possible.includes(kind)) {
    const reasons: Partial<Record<Kind, string>> = {
      gaussian: "Its factors stand on what is carried, where they must stay in [0, 1]",
      concrete: "A rate is learned where the mask has a gradient: at input, recurrent, layers and output",
      drifting: "A mask that drifts changes from step to step",
      flipout:
        "It turns the noise on weights from row to row; a mask on units differs from row to row as it is",
    };
    throw refused(
      where,
      "this site cannot have this kind",
      oneIn("kind", possible),
      kind,
      reasons[kind] ?? "",
    );
  }
  const isOnUnits = where !== "dropout.recurrentWeights" && where !== "dropout.inputWeights";
  if ((kind === "gaussian" || kind === "concrete") && isForAllRows({ tie }) && isOnUnits) {
    const what =
      kind === "gaussian" ? "Gaussian noise drops nothing" : "A concrete mask drops no unit altogether";
    const so =
      tie === "batch" ? "so there is no work to leave out of a batch" : "so rows gain nothing by sharing it";
    throw refused(
      where,
      "this kind cannot have this tie",
      oneIn("tie", ["sequence", "step", "stream"]),
      tie,
      `${what}, ${so}`,
    );
  }
  if (kind === "drifting" && tie !== "sequence") {
    const reason = "It begins anew with each window and drifts from step to step";
    throw refused(where, "this kind cannot have this tie", 'tie: "sequence"', tie, reason);
  }
  return kind;
}

/** A rate that is learned starts where it may be, and takes its course. */
function checkLearned(where: string, rate: SiteRule["rate"], schedule: unknown): void {
  const { least, most } = LEARNED_RATES;
  for (const one of [rate].flat()) {
    if (one === 0 || (one >= least && one <= most)) continue;
    const reason = "A rate that is learned stays away from 0 and 1, where it would have no gradient";
    throw refused(where, "a learned rate cannot start there", `a rate in [${least}, ${most}]`, one, reason);
  }
  if (schedule === undefined) return;
  throw refused(
    where,
    "a learned rate has no schedule",
    "no schedule",
    schedule,
    "It moves with the weights",
  );
}

function checkRedraw(where: string, value: unknown, kind: Kind): number | undefined {
  if (value === undefined) return kind === "drifting" ? REDRAW : undefined;
  if (kind !== "drifting") {
    throw refused(
      where,
      "only a drifting mask is drawn anew",
      "no redraw",
      value,
      'Give kind "drifting" as well',
    );
  }
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw refused(
    where,
    "redraw must be a probability",
    "a number in (0, 1]",
    value,
    'A mask that stays is kind "bernoulli"',
  );
}

/** What Flipout turns must be symmetric about 0, or turning it would change its distribution: Wen et al. 2018, §3.1. */
function checkNoise(
  where: string,
  value: unknown,
  kind: Kind,
  rate: SiteRule["rate"],
  schedule: RateSchedule | undefined,
): "gaussian" | "bernoulli" | undefined {
  if (value === undefined) return undefined;
  if (kind !== "flipout")
    throw refused(where, "only Flipout is told its noise", "no noise", value, 'Give kind "flipout" as well');
  const noise = oneOf(where, "noise", value, ["gaussian", "bernoulli"]);
  if (noise === "gaussian") return noise;
  const reason = "Flipout needs noise that is symmetric about 0: dropped weights are that at one half alone";
  const other = [rate].flat().find((one) => one !== 0.5 && one !== 0);
  if (other !== undefined) throw refused(where, "this noise has one rate", "rate: 0.5", other, reason);
  if (schedule) throw refused(where, "this noise has one rate", "no schedule", schedule.name, reason);
  return noise;
}

function refused(where: string, problem: string, expected: string, got: unknown, mend: string): ConfigError {
  return new ConfigError(problem, { where, expected, got: describe(got), mend });
}

function oneIn(key: string, choices: readonly string[]): string {
  return choices.length === 1 ? `${key}: "${choices[0]}"` : `${key} one of ${choices.join(", ")}`;
}
