/** What each site can have beside a rate: kinds, ties, lists of rates, schedules; what is refused, and how it is said. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import {
  checkNetworkFit,
  describeDropout,
  dropoutJson,
  dropoutSchema,
  kinds,
  presetWords,
  rateAt,
  recurrentDropout,
  type Site,
  sites,
  sitesInUse,
  ties,
} from "../../src/nn/index.ts";
import { root } from "../sourceFiles.ts";
import { fitsSchema } from "./fitsSchema.ts";

/** The message of the ConfigError that a body causes. */
function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

const refused = (value: unknown): string => refusal(() => recurrentDropout(value));
const gru = { cell: "gru", layers: 2, hasEmbedding: true } as const;
const lstm = { cell: "lstm", layers: 2, hasEmbedding: true } as const;

/** A rule for every kind, tie and form of rate that exists. */
const accepted: unknown[] = [
  ...presetWords,
  ...presetWords.filter((name) => name !== "none").map((name) => `${name}:0.3`),
  0.5,
  { recurrent: [0.1, 0.2] },
  { layers: [0.3], output: 0.1 },
  { candidate: { rate: [0.1, 0], tie: "stream", kind: "gaussian" } },
  { input: { rate: 0.3, kind: "drifting" }, recurrent: { rate: 0.3, kind: "drifting", redraw: 0.5 } },
  { embedding: { rate: 0.2, kind: "gaussian" }, token: 0.1 },
  { zoneoutCell: [0.5, 0.4], zoneoutHidden: 0.05 },
  { recurrentWeights: { rate: 0.5, tie: "stream" }, inputWeights: { rate: 0.2, kind: "gaussian" } },
  {
    recurrentWeights: { rate: 0.3, kind: "flipout" },
    inputWeights: { rate: [0.2, 0], kind: "flipout", tie: "stream" },
  },
  { recurrentWeights: { rate: [0.5, 0], kind: "flipout", noise: "bernoulli" } },
  { recurrentWeights: { rate: 0.5, kind: "flipout", noise: "gaussian", schedule: "warmUp" } },
  { cell: { rate: 0.25, tie: "stream" } },
  { output: { rate: 0, schedule: { name: "linear", end: 0.5 } } },
  {
    output: { rate: 0.5, schedule: "linear" },
    recurrent: { rate: 0.2, schedule: { name: "warmUp", share: 0.2 } },
  },
  { input: { rate: 0.5, schedule: { name: "curriculum", gamma: 5 } } },
  { output: { rate: 0.5, schedule: "constant" } },
  { kind: "gaussian", recurrent: 0.25, cell: 0.25, recurrentWeights: 0.25 },
];

describe("a configuration written and read again", () => {
  test.each(accepted)("%j stays what it is, through JSON with a version too", (value) => {
    const normal = recurrentDropout(value);
    expect(recurrentDropout(normal)).toEqual(normal);
    const text = JSON.stringify(dropoutJson(normal));
    expect(JSON.parse(text)).toMatchObject({ version: 1, name: normal.name });
    expect(recurrentDropout(JSON.parse(text))).toEqual(normal);
  });

  test("of a newer version", () => {
    expect(refused({ version: 2, name: "x", sites: {} })).toBe(
      "dropout: this specification is of a newer version. Expected version 1 at most, got 2. Read it with the version of tidegate that wrote it, or a later one.",
    );
    expect(refused({ version: "1", recurrent: 0.5 })).toBe(
      'dropout: version is not a version number. Expected an integer of 1 or more, got "1".',
    );
  });
});

describe("the usual tie of a site", () => {
  test.each([
    ["token", "step"],
    ["candidate", "sequence"],
    ["cell", "sequence"],
    ["zoneoutCell", "step"],
    ["zoneoutHidden", "step"],
    ["recurrentWeights", "batch"],
    ["inputWeights", "batch"],
  ] as const)("of %s is %s, also where the sites beside it are tied otherwise", (site, tie) => {
    expect(recurrentDropout({ [site]: 0.5 }).sites[site]).toEqual({ rate: 0.5, tie, gates: "shared" });
    const beside = recurrentDropout({ tie: "stream", gates: "perGate", recurrent: 0.5, token: 0.5 });
    expect(beside.sites.token).toEqual({ rate: 0.5, tie: "step", gates: "shared" });
    expect(beside.sites.recurrent).toEqual({ rate: 0.5, tie: "stream", gates: "perGate" });
  });

  test("of an embedding beside sites tied to batchStep is the sequence", () => {
    const { sites } = recurrentDropout({ tie: "batchStep", embedding: 0.2, input: 0.5 });
    expect(sites.embedding?.tie).toBe("sequence");
    expect(sites.input).toEqual({ rate: 0.5, tie: "batchStep", gates: "shared" });
  });

  test("of weights under Flipout is the sequence, because rows differ", () => {
    const flipped = { rate: 0.5, tie: "sequence", gates: "shared", kind: "flipout" };
    expect(recurrentDropout({ recurrentWeights: { rate: 0.5, kind: "flipout" } }).sites).toEqual({
      recurrentWeights: flipped,
    });
    const { sites } = recurrentDropout({ kind: "flipout", tie: "batch", inputWeights: 0.5, recurrent: 0.5 });
    expect(sites).toEqual({
      inputWeights: flipped,
      recurrent: { rate: 0.5, tie: "batch", gates: "shared" },
    });
  });

  test("a kind that holds for all is left out where a site cannot have it", () => {
    const { recurrent, zoneoutHidden } = recurrentDropout({
      kind: "gaussian",
      recurrent: 0.5,
      zoneoutHidden: 0.1,
    }).sites;
    expect(recurrent?.kind).toBe("gaussian");
    expect(zoneoutHidden).not.toHaveProperty("kind");
  });
});

describe("what a site cannot have", () => {
  const everyTie: Partial<Record<Site, readonly string[]>> = {
    embedding: ["sequence", "step", "stream", "batch"],
    token: ["step"],
    candidate: ["sequence", "step", "stream"],
    cell: ["sequence", "stream"],
    zoneoutCell: ["step"],
    zoneoutHidden: ["step"],
    recurrentWeights: ["batch", "stream"],
    inputWeights: ["batch", "stream"],
  };

  test.each(sites)("%s has its ties and no others", (site) => {
    for (const tie of ties) {
      const isPossible = (everyTie[site] ?? ties).includes(tie);
      const read = (): unknown => recurrentDropout({ [site]: { rate: 0.5, tie } });
      if (isPossible) expect(read).not.toThrow();
      else expect(read).toThrow(`dropout.${site}: this site cannot have this tie.`);
    }
  });

  test.each([
    [
      { zoneoutHidden: { rate: 0.1, tie: "sequence" } },
      'dropout.zoneoutHidden: this site cannot have this tie. Expected tie: "step", got "sequence". A unit that kept its value over a whole window would take no part in it.',
    ],
    [
      { cell: { rate: 0.1, tie: "step" } },
      'dropout.cell: this site cannot have this tie. Expected tie one of sequence, stream, got "step". The mask stands on what is carried: drawn at each step it would erase every memory after a few of them.',
    ],
    [
      { candidate: { rate: 0.1, tie: "batch" } },
      'dropout.candidate: this site cannot have this tie. Expected tie one of sequence, step, stream, got "batch". No product shrinks when the same candidates are dropped in all rows.',
    ],
    [
      { candidate: { rate: 0.1, tie: "batchStep" } },
      'dropout.candidate: this site cannot have this tie. Expected tie one of sequence, step, stream, got "batchStep". No product shrinks when the same candidates are dropped in all rows.',
    ],
    [
      { embedding: { rate: 0.1, tie: "batchStep" } },
      'dropout.embedding: this site cannot have this tie. Expected tie one of sequence, step, stream, batch, got "batchStep". Drawn at each step it is one number per position: one for all rows would drop whole steps.',
    ],
    [
      { recurrentWeights: { rate: 0.1, tie: "batchStep" } },
      'dropout.recurrentWeights: this site cannot have this tie. Expected tie one of batch, stream, got "batchStep". The weights are masked once for all steps and rows of a window.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "gaussian", tie: "batchStep" } },
      'dropout.recurrent: this kind cannot have this tie. Expected tie one of sequence, step, stream, got "batchStep". Gaussian noise drops nothing, so rows gain nothing by sharing it.',
    ],
    [
      { output: { rate: 0.1, kind: "concrete", tie: "batchStep" } },
      'dropout.output: this kind cannot have this tie. Expected tie one of sequence, step, stream, got "batchStep". A concrete mask drops no unit altogether, so rows gain nothing by sharing it.',
    ],
    [
      { feedForward: { rate: 0.1, kind: "drifting", tie: "batchStep" } },
      'dropout.feedForward: this kind cannot have this tie. Expected tie: "sequence", got "batchStep". It begins anew with each window and drifts from step to step.',
    ],
    [
      { recurrentWeights: { rate: 0.1, tie: "step" } },
      'dropout.recurrentWeights: this site cannot have this tie. Expected tie one of batch, stream, got "step". The weights are masked once for all steps and rows of a window.',
    ],
    [
      { token: { rate: 0.1, tie: "sequence" } },
      'dropout.token: this site cannot have this tie. Expected tie: "step", got "sequence". A token is a position; what is dropped with all its repeats is the site `embedding`.',
    ],
    [
      { zoneoutCell: { rate: 0.1, kind: "gaussian" } },
      'dropout.zoneoutCell: this site cannot have this kind. Expected kind: "bernoulli", got "gaussian". Its factors stand on what is carried, where they must stay in [0, 1].',
    ],
    [
      { recurrentWeights: { rate: 0.1, kind: "drifting" } },
      'dropout.recurrentWeights: this site cannot have this kind. Expected kind one of bernoulli, gaussian, flipout, got "drifting". A mask that drifts changes from step to step.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "gaussian", tie: "batch" } },
      'dropout.recurrent: this kind cannot have this tie. Expected tie one of sequence, step, stream, got "batch". Gaussian noise drops nothing, so there is no work to leave out of a batch.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "drifting", tie: "step" } },
      'dropout.recurrent: this kind cannot have this tie. Expected tie: "sequence", got "step". It begins anew with each window and drifts from step to step.',
    ],
    [
      { recurrent: { rate: 0.1, redraw: 0.5 } },
      'dropout.recurrent: only a drifting mask is drawn anew. Expected no redraw, got 0.5. Give kind "drifting" as well.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "drifting", redraw: 0 } },
      'dropout.recurrent: redraw must be a probability. Expected a number in (0, 1], got 0. A mask that stays is kind "bernoulli".',
    ],
    [
      { candidate: { rate: 0.1, gates: "perGate" } },
      'dropout.candidate: this site feeds no gates. Expected gates: "shared", got "perGate". Only input, recurrent and layers can have a mask per gate.',
    ],
    [
      { candidate: { rate: 0.1, kind: "concrete" } },
      'dropout.candidate: this site cannot have this kind. Expected kind one of bernoulli, gaussian, drifting, got "concrete". A rate is learned where the mask has a gradient: at input, recurrent, layers and output.',
    ],
    [
      { recurrentWeights: { rate: 0.1, kind: "concrete" } },
      'dropout.recurrentWeights: this site cannot have this kind. Expected kind one of bernoulli, gaussian, flipout, got "concrete". A rate is learned where the mask has a gradient: at input, recurrent, layers and output.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "concrete", tie: "batch" } },
      'dropout.recurrent: this kind cannot have this tie. Expected tie one of sequence, step, stream, got "batch". A concrete mask drops no unit altogether, so there is no work to leave out of a batch.',
    ],
    [
      { recurrent: { rate: 0.1, kind: "concrete", schedule: "warmUp" } },
      'dropout.recurrent: a learned rate has no schedule. Expected no schedule, got "warmUp". It moves with the weights.',
    ],
    [
      { recurrent: { rate: [0.1, 0.96], kind: "concrete" } },
      "dropout.recurrent: a learned rate cannot start there. Expected a rate in [0.001, 0.95], got 0.96. A rate that is learned stays away from 0 and 1, where it would have no gradient.",
    ],
    [
      "concrete2017:0.0001",
      "dropout.input: a learned rate cannot start there. Expected a rate in [0.001, 0.95], got 0.0001. A rate that is learned stays away from 0 and 1, where it would have no gradient.",
    ],
    [
      { recurrent: { rate: 0.1, kind: "flipout" } },
      'dropout.recurrent: this site cannot have this kind. Expected kind one of bernoulli, gaussian, drifting, concrete, got "flipout". It turns the noise on weights from row to row; a mask on units differs from row to row as it is.',
    ],
    [
      { recurrentWeights: { rate: 0.1, kind: "flipout", tie: "batch" } },
      'dropout.recurrentWeights: this kind cannot have this tie. Expected tie one of sequence, stream, got "batch". Each row of the batch turns the noise with signs of its own, for all steps of a window.',
    ],
    [
      { inputWeights: { rate: 0.4, kind: "flipout", noise: "bernoulli" } },
      "dropout.inputWeights: this noise has one rate. Expected rate: 0.5, got 0.4. Flipout needs noise that is symmetric about 0: dropped weights are that at one half alone.",
    ],
    [
      { inputWeights: { rate: [0.5, 0.1], kind: "flipout", noise: "bernoulli" } },
      /^dropout\.inputWeights: this noise has one rate\. Expected rate: 0\.5, got 0\.1\./,
    ],
    [
      { inputWeights: { rate: 0.5, kind: "flipout", noise: "bernoulli", schedule: "warmUp" } },
      /^dropout\.inputWeights: this noise has one rate\. Expected no schedule, got "warmUp"\./,
    ],
    [
      { inputWeights: { rate: 0.5, noise: "bernoulli" } },
      'dropout.inputWeights: only Flipout is told its noise. Expected no noise, got "bernoulli". Give kind "flipout" as well.',
    ],
    [
      { inputWeights: { rate: 0.5, kind: "flipout", noise: "bernouli" } },
      'dropout.inputWeights: noise is not known. Expected one of gaussian, bernoulli, got "bernouli". Did you mean "bernoulli"?',
    ],
    [
      { recurrent: { rate: 0.1, kind: "gausian" } },
      'dropout.recurrent: kind is not known. Expected one of bernoulli, gaussian, drifting, concrete, flipout, got "gausian". Did you mean "gaussian"?',
    ],
    [
      { zoneoutCell: 1 },
      "dropout.zoneoutCell: rate must be a fraction. Expected a number in [0, 1): the fraction that keeps its old value; with 1 nothing would ever change, got 1. 0 turns the site off; the most is just below 1.",
    ],
    [
      { recurrentWeights: 1 },
      "dropout.recurrentWeights: rate must be a fraction. Expected a number in [0, 1): the fraction dropped, not the fraction kept, got 1. 0 turns the site off; the most is just below 1.",
    ],
    [
      { recurrent: [0.1, 1] },
      "dropout.recurrent: rate[1] must be a fraction. Expected a number in [0, 1): the fraction dropped, not the fraction kept, got 1. 0 turns the site off; the most is just below 1.",
    ],
    [
      { recurrent: [] },
      "dropout.recurrent: the list of rates is empty. Expected a rate, or one for each layer, got [].",
    ],
    [
      { output: [0.1, 0.2] },
      "dropout.output: this site is not in every layer. Expected one rate, got [0.1,0.2].",
    ],
    [
      { zoneoutHidden: { rate: 0.1, schedule: "warmUp" } },
      'dropout.zoneoutHidden: the rate of zoneout cannot change. Expected no schedule, got "warmUp". Evaluation keeps the same share of the old state, and must know it.',
    ],
    [
      { output: { rate: 0.1, schedule: "warmup" } },
      'dropout.output.schedule: name is not known. Expected one of constant, linear, warmUp, curriculum, got "warmup". Did you mean "warmUp"?',
    ],
    [
      { output: { rate: 0.1, schedule: { name: "warmUp", share: 0 } } },
      "dropout.output.schedule: share must be a share of training. Expected a number in (0, 1], got 0.",
    ],
    [
      { output: { rate: 0.1, schedule: { name: "linear", end: 1 } } },
      "dropout.output.schedule: end must be a fraction. Expected a number in [0, 1): the fraction dropped, not the fraction kept, got 1.",
    ],
    [
      { output: { rate: 0.1, schedule: { name: "warmUp", end: 0.5 } } },
      'dropout.output.schedule warmUp: unknown key "end". Expected keys among name, share, got "end".',
    ],
    [
      { output: { rate: 0.1, schedule: { name: "curriculum", gamma: 0 } } },
      "dropout.output.schedule: gamma must be a positive number. Expected a finite number above 0, got 0.",
    ],
  ])("%j", (value, message) => {
    if (message instanceof RegExp) expect(refused(value)).toMatch(message);
    else expect(refused(value)).toBe(message);
  });
});

describe("what a network lacks", () => {
  const fit = (value: unknown, network: Parameters<typeof checkNetworkFit>[1]): (() => void) => {
    const dropout = recurrentDropout(value);
    return () => checkNetworkFit(dropout, network);
  };

  test("a GRU has no cell to mask, and none to hold, and zoneout2016 holds its h alone", () => {
    expect(refusal(fit("moon2015", gru))).toBe(
      'dropout.cell: a GRU has no cell. Expected cell "lstm", got "gru". The site `candidate` masks what enters the state of a GRU.',
    );
    expect(refusal(fit({ zoneoutCell: 0.5 }, gru))).toBe(
      'dropout.zoneoutCell: a GRU has no cell. Expected cell "lstm", got "gru". The site `zoneoutHidden` holds h of a GRU.',
    );
    expect(fit("zoneout2016", gru)).not.toThrow();
    expect(sitesInUse(recurrentDropout("zoneout2016"), gru).filter(({ absent }) => absent)).toMatchObject([
      { site: "zoneoutCell", absent: "a GRU has no cell; its h is held by `zoneoutHidden`" },
    ]);
    for (const value of ["moon2015", "zoneout2016", { zoneoutCell: 0.5 }])
      expect(fit(value, lstm)).not.toThrow();
  });

  test("a list of rates is as long as there are layers, or connections between them", () => {
    expect(refusal(fit({ recurrent: [0.1, 0.2, 0.3] }, lstm))).toBe(
      "dropout.recurrent: the list of rates does not fit the network. Expected 2 rates for 2 layers, got 3.",
    );
    expect(refusal(fit({ layers: [0.1, 0.2] }, lstm))).toBe(
      "dropout.layers: the list of rates does not fit the network. Expected 1 rate for 2 layers, got 2.",
    );
    expect(fit({ recurrent: [0.1, 0.2], layers: [0.3] }, lstm)).not.toThrow();
    expect(fit({ layers: [0.3, 0.3] }, { layers: 1, hasEmbedding: true })).not.toThrow();
  });
});

describe("in one line", () => {
  test.each([
    ["zoneout2016", "zoneout2016: zoneoutCell 0.5/step, zoneoutHidden 0.05/step"],
    ["gaussian:0.2", /recurrent 0.2\/sequence\/gaussian/],
    [{ recurrent: [0.1, 0.2] }, "custom: recurrent [0.1 0.2]/sequence"],
    ["flipout", "flipout: recurrentWeights 0.5/sequence/flipout"],
    [
      { recurrentWeights: { rate: 0.5, kind: "flipout", noise: "bernoulli" } },
      "custom: recurrentWeights 0.5/sequence/flipout bernoulli",
    ],
    [{ input: { rate: 0.3, kind: "drifting" } }, "custom: input 0.3/sequence/drifting 0.1"],
    [
      { input: { rate: 0.3, gates: "perGate", schedule: "linear" } },
      "custom: input 0.3/sequence/perGate/linear to 0 over 1 of training",
    ],
    [
      { output: { rate: 0.3, schedule: "warmUp" } },
      "custom: output 0.3/sequence/warm-up over 0.1 of training",
    ],
    [
      { output: { rate: 0.3, schedule: "curriculum" } },
      "custom: output 0.3/sequence/curriculum with gamma 10",
    ],
  ])("%j", (value, line) => {
    const said = describeDropout(recurrentDropout(value), lstm);
    if (line instanceof RegExp) expect(said).toMatch(line);
    else expect(said).toBe(line);
  });
});

describe("rates over training", () => {
  const rates = (rule: object, dones = [0, 0.05, 0.25, 0.5, 1]): number[] => {
    const read = recurrentDropout({ output: rule }).sites.output!;
    return dones.map((done) => rateAt(read, 0, done));
  };

  test("linear goes to its end and stays there", () => {
    expect(rates({ rate: 0.5, schedule: "linear" })).toEqual([0.5, 0.475, 0.375, 0.25, 0]);
    expect(rates({ rate: 0, schedule: { name: "linear", end: 0.5, share: 0.5 } })).toEqual([
      0, 0.05, 0.25, 0.5, 0.5,
    ]);
  });

  test("a warm-up begins at 0", () => {
    expect(rates({ rate: 0.5, schedule: "warmUp" })).toEqual([0, 0.25, 0.5, 0.5, 0.5]);
  });

  test("a curriculum is p (1 - e^(-gamma s))", () => {
    const expected = [0, 0.05, 0.25, 0.5, 1].map((s) => 0.5 * (1 - Math.exp(-10 * s)));
    for (const [k, rate] of rates({ rate: 0.5, schedule: "curriculum" }).entries())
      expect(Math.abs(rate - expected[k]!)).toBeLessThan(1e-9);
  });

  test("a list gives each layer its own", () => {
    const rule = recurrentDropout({ recurrent: { rate: [0.1, 0.4], schedule: "warmUp" } }).sites.recurrent!;
    expect([0, 1].map((layer) => rateAt(rule, layer, 0.05))).toEqual([0.05, 0.2]);
  });
});

describe("the JSON Schema", () => {
  test("is the file docs/dropout.schema.json (tidegate dropout schema > docs/dropout.schema.json)", () => {
    const file = readFileSync(join(root, "docs/dropout.schema.json"), "utf8");
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(dropoutSchema)));
  });

  test.each(accepted)("accepts what the reader accepts, and what it becomes: %j", (value) => {
    expect(fitsSchema(value, dropoutSchema)).toBe(true);
    expect(fitsSchema(dropoutJson(recurrentDropout(value)), dropoutSchema)).toBe(true);
  });

  test.each([
    1,
    "gall",
    { recurent: 0.5 },
    { recurrent: 1 },
    { output: [0.1] },
    { output: { tie: "step" } },
    { zoneoutHidden: { rate: 0.1, tie: "sequence" } },
    { cell: { rate: 0.1, kind: "gaussian" } },
    { version: 2, recurrent: 0.5 },
    { output: { rate: 0.5, schedule: { name: "warmUp", end: 0.5 } } },
    { zoneoutCell: { rate: 0.5, schedule: "linear" } },
    { recurrent: { rate: 0.5, kind: "flipout" } },
    { recurrentWeights: { rate: 0.5, kind: "flipout", tie: "batch" } },
    { recurrentWeights: { rate: 0.5, tie: "sequence" } },
    { recurrentWeights: { rate: 0.5, noise: "bernoulli" } },
    { recurrent: 0.5, tie: "always" },
  ])("refuses what the reader refuses: %j", (value) => {
    expect(fitsSchema(value, dropoutSchema)).toBe(false);
    expect(() => recurrentDropout(value)).toThrow(ConfigError);
  });

  test("has every kind", () => {
    const text = JSON.stringify(dropoutSchema);
    for (const kind of kinds) expect(text).toContain(`"${kind}"`);
  });
});
