/** The dropout specification: every form that it is written in, what it becomes, and what it refuses in which words. */
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import {
  describeDropout,
  presetAliases,
  presetNames,
  presets,
  presetWords,
  recurrentDropout,
  sites,
  sitesInUse,
} from "../../src/nn/index.ts";

const tied = (rate: number, gates = "shared"): object => ({ rate, tie: "sequence", gates });
const forBatch = (rate: number): object => ({ rate, tie: "batch", gates: "shared" });
const perStep = (rate: number): object => ({ rate, tie: "step", gates: "shared" });

/** The message of the ConfigError that a value causes. */
function refusal(value: unknown): string {
  try {
    recurrentDropout(value);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(value)} was accepted`);
}

describe("presets", () => {
  test("are these, and each says its equation, its source, the rates of the paper, and what changes in evaluation", () => {
    expect(presetNames).toEqual([
      "none",
      "naive",
      "zaremba2014",
      "output",
      "moon2015",
      "gal2016",
      "gal2016Untied",
      "semeniuta2016",
      "semeniuta2016PerSequence",
      "zoneout2016",
      "awdLstm2017",
      "melis2018",
      "gaussian",
      "weightNoise2018",
      "flipout2018",
      "structured",
      "concrete2017",
    ]);
    for (const name of presetNames) {
      const { summary, source, equation, rates, evaluation } = presets[name];
      for (const text of [summary, source, equation, rates, evaluation]) expect(text).not.toBe("");
    }
  });

  test("the short names are aliases: the same sites, under the name that was written", () => {
    expect(presetAliases).toEqual({
      zaremba: "zaremba2014",
      gal: "gal2016",
      galUntied: "gal2016Untied",
      flipout: "flipout2018",
      structured2020: "structured",
    });
    for (const [alias, name] of Object.entries(presetAliases)) {
      expect(recurrentDropout(alias)).toEqual({ name: alias, sites: recurrentDropout(name).sites });
      expect(recurrentDropout(`${alias}:0.3`).name).toBe(`${alias}:0.3`);
    }
  });

  test.each([
    ["none", {}],
    [
      "naive",
      { input: perStep(0.25), recurrent: perStep(0.25), layers: perStep(0.25), output: perStep(0.25) },
    ],
    ["zaremba2014", { input: perStep(0.5), layers: perStep(0.5), output: perStep(0.5) }],
    ["output", { output: perStep(0.25) }],
    [
      "gal2016",
      {
        embedding: tied(0.1),
        input: tied(0.25),
        recurrent: tied(0.25),
        layers: tied(0.25),
        output: tied(0.25),
      },
    ],
    [
      "gal2016Untied",
      {
        embedding: tied(0.1),
        input: tied(0.25, "perGate"),
        recurrent: tied(0.25, "perGate"),
        layers: tied(0.25, "perGate"),
        output: tied(0.25),
      },
    ],
    [
      "structured",
      { input: forBatch(0.5), recurrent: forBatch(0.5), layers: forBatch(0.5), output: forBatch(0.5) },
    ],
    ["moon2015", { cell: tied(0.25) }],
    ["semeniuta2016", { candidate: perStep(0.25) }],
    ["semeniuta2016PerSequence", { candidate: tied(0.25) }],
    ["zoneout2016", { zoneoutCell: perStep(0.5), zoneoutHidden: perStep(0.05) }],
    [
      "awdLstm2017",
      {
        embedding: forBatch(0.1),
        input: tied(0.1),
        layers: tied(0.25),
        output: tied(0.1),
        recurrentWeights: forBatch(0.5),
      },
    ],
    [
      "melis2018",
      { input: perStep(0.25), recurrent: tied(0.25), layers: perStep(0.25), output: perStep(0.25) },
    ],
    [
      "gaussian",
      {
        input: { ...tied(0.25), kind: "gaussian" },
        recurrent: { ...tied(0.25), kind: "gaussian" },
        layers: { ...tied(0.25), kind: "gaussian" },
        output: { ...tied(0.25), kind: "gaussian" },
      },
    ],
    ["weightNoise2018", { recurrentWeights: { ...forBatch(0.5), kind: "gaussian" } }],
  ])("%s is what its source says", (name, rules) => {
    expect(recurrentDropout(name)).toEqual({ name, sites: rules });
  });

  test("NAME:RATE sets one rate at all sites of the preset, and the name keeps it", () => {
    expect(recurrentDropout("gal:0.3")).toEqual({
      name: "gal:0.3",
      sites: {
        embedding: tied(0.3),
        input: tied(0.3),
        recurrent: tied(0.3),
        layers: tied(0.3),
        output: tied(0.3),
      },
    });
    expect(recurrentDropout("none:0.3")).toEqual({ name: "none", sites: {} });
    expect(recurrentDropout("output:0")).toEqual({ name: "output:0", sites: {} });
  });

  test("a number alone is Zaremba's at that rate, as char-rnn's -dropout", () => {
    expect(recurrentDropout(0.4)).toEqual({
      name: "zaremba:0.4",
      sites: { input: perStep(0.4), layers: perStep(0.4), output: perStep(0.4) },
    });
    expect(recurrentDropout(0).sites).toEqual({});
  });
});

describe("the object form", () => {
  test("a site is a rate; it is tied to the sequence and shared by the gates", () => {
    expect(recurrentDropout({ recurrent: 0.25 })).toEqual({
      name: "custom",
      sites: { recurrent: tied(0.25) },
    });
  });

  test("tie and gates hold for all sites that do not say otherwise", () => {
    const { sites: rules } = recurrentDropout({
      tie: "step",
      gates: "perGate",
      input: 0.1,
      recurrent: { rate: 0.2, tie: "stream" },
      layers: { rate: 0.3, gates: "shared" },
      output: 0.4,
    });
    expect(rules).toEqual({
      input: { rate: 0.1, tie: "step", gates: "perGate" },
      recurrent: { rate: 0.2, tie: "stream", gates: "perGate" },
      layers: { rate: 0.3, tie: "step", gates: "shared" },
      output: { rate: 0.4, tie: "step", gates: "shared" }, // feeds no gates
    });
  });

  test("a rate of 0 removes the site", () => {
    expect(recurrentDropout({ recurrent: 0, output: { rate: 0 }, input: 0.5 }).sites).toEqual({
      input: tied(0.5),
    });
  });

  test("sites may stand under a key of their own", () => {
    expect(recurrentDropout({ name: "mine", tie: "stream", sites: { recurrent: 0.5 } })).toEqual({
      name: "mine",
      sites: { recurrent: { rate: 0.5, tie: "stream", gates: "shared" } },
    });
  });

  test.each([
    "none",
    "gal",
    "gal:0.3",
    "galUntied",
    "naive:0.1",
    "output:0",
    "structured",
    "structured:0.3",
    { recurrent: 0.25, tie: "batch", gates: "perGate" },
    0.5,
    { recurrent: 0.25, tie: "stream" },
    { output: 0 },
    { name: "mine", gates: "perGate", input: 0.5, output: { rate: 0.5, tie: "step" } },
  ])("what it becomes is accepted as it is, also after JSON: %j", (value) => {
    const normal = recurrentDropout(value);
    expect(recurrentDropout(normal)).toEqual(normal);
    expect(recurrentDropout(JSON.parse(JSON.stringify(normal)))).toEqual(normal);
  });
});

describe("what is refused, and how it is said", () => {
  const range = "Expected a number in [0, 1): the fraction dropped, not the fraction kept";
  const least = "0 turns the site off; the most is just below 1";

  test.each([
    [1, `dropout: the rate must be a fraction. ${range}, got 1.`],
    [-0.1, `dropout: the rate must be a fraction. ${range}, got -0.1.`],
    [Number.NaN, `dropout: the rate must be a fraction. ${range}, got NaN.`],
    ["gal:1", `dropout: the rate of gal must be a fraction. ${range}, got 1.`],
    ["gal:", `dropout: the rate of gal must be a fraction. ${range}, got "".`],
    ["gal: ", `dropout: the rate of gal must be a fraction. ${range}, got " ".`],
    ["gal:0x0", `dropout: the rate of gal must be a fraction. ${range}, got "0x0".`],
    ["gal: 0.3", `dropout: the rate of gal must be a fraction. ${range}, got " 0.3".`],
    ["gal:half", `dropout: the rate of gal must be a fraction. ${range}, got "half".`],
    ["gal:0.3:0.5", `dropout: the rate of gal must be a fraction. ${range}, got "0.3:0.5".`],
    [{ recurrent: 1 }, `dropout.recurrent: rate must be a fraction. ${range}, got 1. ${least}.`],
    [{ input: 25 }, `dropout.input: rate must be a fraction. ${range}, got 25. Did you mean 0.25?`],
    [
      { input: "0.5" },
      `dropout.input: rate must be a fraction. ${range}, got "0.5". Write 0.5 without quotes.`,
    ],
    [{ input: "half" }, `dropout.input: rate must be a fraction. ${range}, got "half".`],
    [{ recurrent: Number.NaN }, `dropout.recurrent: rate must be a fraction. ${range}, got NaN.`],
    [{ output: { rate: -0.5 } }, `dropout.output: rate must be a fraction. ${range}, got -0.5.`],
    [{ output: { tie: "step" } }, `dropout.output: rate must be a fraction. ${range}, got undefined.`],
  ])("a rate outside [0, 1): %j", (value, message) => {
    expect(refusal(value)).toBe(message);
  });

  test.each([
    [
      "gall",
      `dropout: preset is not known. Expected one of ${presetWords.join(", ")}, got "gall". Did you mean "gal"?`,
    ],
    [
      { recurent: 0.5 },
      `dropout: unknown key "recurent". Expected keys among version, name, sites, ${sites.join(", ")}, tie, gates, kind, got "recurent". Did you mean "recurrent"?`,
    ],
    [
      { sites: { recurent: 0.5 } },
      `dropout.sites: unknown key "recurent". Expected keys among ${sites.join(", ")}, got "recurent". Did you mean "recurrent"?`,
    ],
    [
      { input: { rate: 0.5, tied: "step" } },
      'dropout.input: unknown key "tied". Expected keys among rate, kind, tie, gates, redraw, noise, schedule, got "tied". Did you mean "tie"?',
    ],
    [
      { input: 0.5, tie: "sequnce" },
      'dropout: tie is not known. Expected one of sequence, step, stream, batch, batchStep, got "sequnce". Did you mean "sequence"?',
    ],
    [
      { input: { rate: 0.5, gates: "pergate" } },
      'dropout.input: gates is not known. Expected one of shared, perGate, got "pergate". Did you mean "perGate"?',
    ],
  ])("a slip of the hand, with a suggestion: %j", (value, message) => {
    expect(refusal(value)).toBe(message);
  });

  test.each(["output", "embedding"])("a mask per gate at %s", (site) => {
    expect(refusal({ [site]: { rate: 0.5, gates: "perGate" } })).toBe(
      `dropout.${site}: this site feeds no gates. Expected gates: "shared", got "perGate". Only input, recurrent and layers can have a mask per gate.`,
    );
  });

  test("what is neither text, number nor object", () => {
    const expected = `Expected an object with keys among version, name, sites, ${sites.join(", ")}, tie, gates, kind`;
    expect(refusal(null)).toBe(`dropout: not an object. ${expected}, got null.`);
    expect(refusal(true)).toBe(`dropout: not an object. ${expected}, got true.`);
    expect(refusal([0.5])).toBe(`dropout: not an object. ${expected}, got [0.5].`);
    expect(refusal(undefined)).toBe(`dropout: not an object. ${expected}, got undefined.`);
    expect(refusal({ input: 0.5, name: 3 })).toBe(
      "dropout: name must be a string. Expected a string, got 3.",
    );
  });

  test("sites in two places, of which one would be ignored", () => {
    expect(refusal({ sites: { input: 0.5 }, recurrent: 0.5 })).toBe(
      'dropout: sites are given in two places. Expected all of them in "sites", or none, got recurrent beside "sites".',
    );
  });

  test("an object without a site, which would mask nothing under a preset's name", () => {
    const start = "dropout: no site is named. Expected at least one of";
    expect(refusal({ name: "gal" })).toBe(
      `${start} ${sites.join(", ")}, got none of them. The preset is written "gal", not as an object.`,
    );
    expect(refusal({ tie: "step" })).toBe(
      `${start} ${sites.join(", ")}, got none of them. To mask nothing write "none".`,
    );
  });
});

describe("what a network of one shape really masks", () => {
  const gal = recurrentDropout("gal:0.25");

  test("one layer has nothing between layers, and one-hot input no embedding", () => {
    const rows = sitesInUse(gal, { layers: 1, hasEmbedding: false });
    expect(rows.map(({ site }) => site)).toEqual(["embedding", "input", "recurrent", "layers", "output"]);
    expect(rows.filter(({ absent }) => absent)).toEqual([
      {
        site: "embedding",
        ...tied(0.25),
        absent: "one-hot input has no embedding; its types are masked by `input`",
      },
      { site: "layers", ...tied(0.25), absent: "one layer has nothing between layers" },
    ]);
    expect(sitesInUse(gal, { layers: 2, hasEmbedding: true }).every(({ absent }) => !absent)).toBe(true);
  });

  test("in one line", () => {
    const one = { layers: 1, hasEmbedding: false };
    expect(describeDropout(gal, one)).toBe(
      "gal:0.25: input 0.25/sequence, recurrent 0.25/sequence, output 0.25/sequence",
    );
    expect(describeDropout(recurrentDropout("galUntied"), { layers: 2, hasEmbedding: true })).toBe(
      "galUntied: embedding 0.1/sequence, input 0.25/sequence/perGate, recurrent 0.25/sequence/perGate, layers 0.25/sequence/perGate, output 0.25/sequence",
    );
    expect(describeDropout(recurrentDropout("structured:0.4"), one)).toBe(
      "structured:0.4: input 0.4/batch, recurrent 0.4/batch, output 0.4/batch",
    );
    expect(describeDropout(recurrentDropout("none"), one)).toBe("none: nothing is masked");
    expect(describeDropout(recurrentDropout({ layers: 0.5 }), one)).toBe("custom: nothing is masked");
  });
});
