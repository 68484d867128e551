/** Dropouts that cannot be, and how each is refused. */
import type { TrainingOptions } from "../../src/lm/index.ts";

const gru = { cell: "gru" } as const;
const newer =
  /^dropout: this specification is of a newer version\. Expected version 1 at most, got 2\. Read it with the version/;

/** What is specified, how the error begins and what it says to do; and what else the network is. */
export const mistakes: [what: string, dropout: unknown, words: RegExp, network?: TrainingOptions][] = [
  [
    "a rate of 1",
    { recurrent: 1 },
    /^dropout\.recurrent: rate must be a fraction\. .*\[0, 1\).*got 1\. 0 turns the site off/,
  ],
  ["a rate below 0", { output: -0.1 }, /^dropout\.output: rate must be a fraction\. .*\[0, 1\).*got -0\.1/],
  ["a rate in per cent", { input: 25 }, /^dropout\.input: rate .*got 25\. Did you mean 0\.25\?/],
  [
    "a rate without end",
    { candidate: Number.POSITIVE_INFINITY },
    /^dropout\.candidate: rate .*\[0, 1\).*got Infinity/,
  ],
  ["a rate in quotes", { zoneoutHidden: "0.5" }, /^dropout\.zoneoutHidden: rate .*Write 0\.5 without quotes/],
  ["no rate", { recurrentWeights: null }, /^dropout\.recurrentWeights: rate .*\[0, 1\).*got null/],
  ["a rate of 1 in a layer", { recurrent: [0.5, 1] }, /^dropout\.recurrent: rate\[1\] must be a fraction/],
  ["a rate of 1 in a preset", "gal:1", /^dropout: the rate of gal must be a fraction\. .*\[0, 1\)/],
  [
    "a tie that the kind lacks",
    { recurrent: { rate: 0.5, kind: "gaussian", tie: "batch" } },
    /^dropout\.recurrent: this kind cannot have this tie\. Expected tie one of sequence, step, stream/,
  ],
  [
    "the same, new at each step",
    { recurrent: { rate: 0.5, kind: "gaussian", tie: "batchStep" } },
    /^dropout\.recurrent: this kind cannot have this tie\. .*rows gain nothing by sharing it/,
  ],
  [
    "a tie that the site lacks",
    { zoneoutHidden: { rate: 0.5, tie: "sequence" } },
    /^dropout\.zoneoutHidden: this site cannot have this tie\. Expected tie: "step"/,
  ],
  [
    "a kind that the site lacks",
    { zoneoutHidden: { rate: 0.5, kind: "gaussian" } },
    /^dropout\.zoneoutHidden: this site cannot have this kind\. Expected kind: "bernoulli"/,
  ],
  [
    "gates that the site lacks",
    { output: { rate: 0.5, gates: "perGate" } },
    /^dropout\.output: this site feeds no gates\. Expected gates: "shared"/,
  ],
  [
    "a site that the cell lacks",
    "moon2015",
    /^dropout\.cell: a GRU has no cell\. .*The site `candidate` masks/,
    gru,
  ],
  [
    "another",
    { zoneoutCell: 0.5 },
    /^dropout\.zoneoutCell: a GRU has no cell\. .*The site `zoneoutHidden` holds/,
    gru,
  ],
  [
    "a rate for a layer too many",
    { recurrent: [0.1, 0.2, 0.3] },
    /^dropout\.recurrent: the list of rates does not fit.*Expected 2 rates/,
  ],
  [
    "a site that there is not",
    { recurent: 0.5 },
    /^dropout: unknown key "recurent".*Did you mean "recurrent"\?/,
  ],
  ["a preset that there is not", "gall", /^dropout: preset is not known\..*Did you mean "gal"\?/],
  ["a newer version", { version: 2, name: "x", sites: { recurrent: 0.5 } }, newer],
  [
    "a newer version with keys of its own",
    { version: 2, name: "x", colour: 1, sites: { recurrent: 0.5 } },
    newer,
  ],
  ["a newer version with sites of its own", { version: 2, name: "x", sites: { future: 0.5 } }, newer],
  [
    "a zoneout that changes",
    { zoneoutHidden: { rate: 0.5, schedule: "linear" } },
    /^dropout\.zoneoutHidden: the rate of zoneout cannot change\. Expected no schedule/,
  ],
];
