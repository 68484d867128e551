/** The JSON Schema of a dropout configuration, for editors: made of the same lists that the reader checks against. */
import { presetAliases, presetNames, presets, presetWords } from "./presets.ts";
import { DROPOUT_VERSION } from "./recurrentDropout.ts";
import { abilities, gateSharings, kinds, type Site, sites, type Tie, ties, tiesOf } from "./sites.ts";

type Schema = { readonly [key: string]: unknown };

const descriptions: Readonly<Record<Site, string>> = {
  embedding: "the vector of a symbol: one number per type and row",
  input: "x_t on its way into the bottom layer",
  recurrent: "h_{t-1} on its way into U, in every layer",
  layers: "y of a layer on its way into the next",
  output: "y of the top layer on its way into the decoder, or into a feed-forward layer before it",
  token: "the vector of a symbol: one number per position",
  candidate: "what a cell would add to its state: g of an LSTM, n of a GRU (Semeniuta et al. 2016)",
  cell: "the new cell of an LSTM, which is carried with its mask (Moon et al. 2015)",
  zoneoutCell: "the cell of an LSTM keeps its old value (Krueger et al. 2016)",
  zoneoutHidden: "h keeps its old value (Krueger et al. 2016)",
  recurrentWeights:
    "U itself, one mask per window for all rows (Merity et al. 2017; flipout: Wen et al. 2018)",
  inputWeights: "W itself, one mask per window for all rows",
  feedForward: "the activations of the feed-forward layer on their way into the decoder",
};

const fractionOf = (description: string): Schema => ({
  type: "number",
  minimum: 0,
  exclusiveMaximum: 1,
  description,
});
const share: Schema = { type: "number", exclusiveMinimum: 0, maximum: 1 };
const object = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  additionalProperties: false,
  ...(required.length > 0 ? { required } : {}),
});

const schedule: Schema = {
  description: "how the rate changes over training",
  anyOf: [
    { enum: ["constant", "linear", "warmUp", "curriculum"] },
    object({ name: { const: "constant" } }, ["name"]),
    object({ name: { const: "linear" }, end: fractionOf("the rate at the end. Default 0"), share }, ["name"]),
    object({ name: { const: "warmUp" }, share }, ["name"]),
    object({ name: { const: "curriculum" }, gamma: { type: "number", exclusiveMinimum: 0 } }, ["name"]),
  ],
};

const noise: Schema = {
  enum: ["gaussian", "bernoulli"],
  default: "gaussian",
  description: "what the signs turn; bernoulli (DropConnect) at rate 0.5 alone",
};

function siteSchema(site: Site): Schema {
  const { ties: own, kinds: made, kindTies = {}, isGated, perLayer, rate: meaning } = abilities[site];
  const rate = fractionOf(
    made.includes("concrete") ? `${meaning}; of kind concrete, where it starts` : meaning,
  );
  const list = { type: "array", items: rate, minItems: 1, description: "one rate for each layer" };
  const rates = perLayer ? [rate, list] : [rate];
  const isZoneout = site === "zoneoutCell" || site === "zoneoutHidden";
  const rule = (tie: readonly Tie[], kind: Schema, more: Schema, required: readonly string[]): Schema =>
    object(
      {
        rate: rates.length === 1 ? rate : { anyOf: rates },
        tie: { enum: tie, default: tie[0], description: "how long a mask stays" },
        gates: { enum: isGated ? gateSharings : ["shared"], default: "shared" },
        kind,
        ...more,
        ...(isZoneout ? {} : { schedule: { $ref: "#/$defs/schedule" } }),
      },
      required,
    );
  const usual = made.filter((kind) => !kindTies[kind]);
  const redraw = made.includes("drifting") ? { redraw: { ...share, default: 0.1 } } : {};
  const rules = [rule(own, { enum: usual, default: "bernoulli" }, redraw, ["rate"])];
  if (made.includes("flipout"))
    rules.push(rule(tiesOf(site, "flipout"), { const: "flipout" }, { noise }, ["rate", "kind"]));
  return { description: descriptions[site], anyOf: [...rates, ...rules] };
}

const siteProperties = Object.fromEntries(sites.map((site) => [site, { $ref: `#/$defs/${site}` }]));

/**
 * JSON Schema (2020-12) of every form that `recurrentDropout` reads. Written to docs/dropout.schema.json, for
 * `"$schema"` lines and the settings of editors. What one site's rule says about another it cannot express; the reader says it.
 */
export const dropoutSchema: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "RecurrentDropout",
  description: "Where a recurrent network is masked, with what, how strongly, and for how long a mask stays.",
  anyOf: [
    fractionOf("zaremba2014 at this rate"),
    {
      type: "string",
      pattern: `^(${presetWords.join("|")})(:.+)?$`,
      description: "a preset, or a preset at one rate for all its sites",
      examples: presetNames.map((name) => (presets[name].rates === "none" ? name : `${name}:0.25`)),
    },
    object({
      version: { type: "integer", minimum: 1, maximum: DROPOUT_VERSION },
      name: { type: "string" },
      tie: { enum: ties, default: "sequence", description: "for the sites that do not say, and can have it" },
      gates: { enum: gateSharings, default: "shared" },
      kind: { enum: kinds, default: "bernoulli" },
      sites: object(siteProperties),
      ...siteProperties,
    }),
  ],
  $defs: { schedule, ...Object.fromEntries(sites.map((site) => [site, siteSchema(site)])) },
  $comment: `Aliases: ${Object.entries(presetAliases)
    .map(([alias, name]) => `${alias} is ${name}`)
    .join(", ")}`,
};
