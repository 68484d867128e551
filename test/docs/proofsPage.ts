/** docs/proofs.md as text: made of the tables that the tests take their cases from. */
import { presetNames } from "../../src/nn/index.ts";
import { type Cell, casesOf, cells, keptInEvaluation, type Proof, proofs } from "../dropout/matrix.ts";
import { mistakes } from "../dropout/mistakes.ts";

/** What each proof shows, under the heading that it has in the table. */
const shows: Readonly<Record<Proof, readonly [heading: string, what: string]>> = {
  equations: [
    "equations",
    "logits and carried states of a two-layer language model over two windows, in float64, against the paper's equations written out number by number, with masks that the test draws itself; with an embedding and with one-hot input",
  ],
  gradients: [
    "gradients, operation",
    "of x, the state, weights and biases through the whole recurrent operation, against central differences in float64, masks held fixed",
  ],
  modelGradients: [
    "gradients, model",
    "of every weight of a two-layer language model, in the same way; with an embedding and with one-hot input",
  ],
  expectation: [
    "expectation",
    "the mean over windows of every gate's pre-activation (of r but where it stands before the product), of the logits, of what enters the state, or of the state that zoneout keeps, within five standard deviations of the value without masks",
  ],
  evaluation: [
    "evaluation",
    "the score of every character is that of a model without dropout, to the bit, whatever the rate",
  ],
  selfProof: [
    "self-proof",
    "`tidegate dropout check` passes: ties, rates, values, means, seed, clean state, evaluation, weights",
  ],
};

/** Mistakes of other libraries, the test that they would fail, and a part of its title as it stands in the file. */
export const knownBugs: readonly [where: string, what: string, file: string, title: string][] = [
  [
    "tfjs, GRU",
    "the masked, scaled state is carried: a unit with z = 1 does not keep its value for 5 steps",
    "test/nn/knownBugs.test.ts",
    "tfjs GRU: the masked state is carried",
  ],
  [
    "tensorflow#11650, keras#20276",
    "the same in an LSTM's cell",
    "test/nn/knownBugs.test.ts",
    "keras#20276, tensorflow#11650",
  ],
  [
    "tfjs, RNNCell",
    "one mask is drawn and never again",
    "test/nn/knownBugs.test.ts",
    "tfjs RNNCell: a mask is drawn once and never again",
  ],
  [
    "tensorflow#29391",
    "the same, for each site and tie",
    "test/nn/knownBugs.test.ts",
    "tensorflow#29391: %s tied to %s is drawn anew",
  ],
  [
    "dynet#812",
    "one mask for the minibatch",
    "test/nn/knownBugs.test.ts",
    "dynet#812: one mask for the minibatch",
  ],
  [
    "Keras",
    "a rate of 1 silently masks nothing",
    "test/nn/knownBugs.test.ts",
    "Keras: a rate of 1 silently masks nothing",
  ],
  [
    "keras#17983",
    "a seed that is not honoured",
    "test/nn/knownBugs.test.ts",
    "the seed of the masks is honoured",
  ],
  [
    "awd-lstm-lm#72",
    "weight drop stays on in evaluation",
    "test/lm/dropoutEvaluation.test.ts",
    "awd-lstm-lm#72: it is off in evaluation",
  ],
  [
    "Better_LSTM#7",
    "weight drop changes the weights in place",
    "test/lm/dropoutEvaluation.test.ts",
    "Better_LSTM#7: the weights are not changed in place",
  ],
  [
    "teganmaharaj/zoneout",
    "flags that are the probability of updating, not of keeping",
    "test/nn/siteMasks.test.ts",
    "its values and their mean are those of its equation",
  ],
];

const short: Readonly<Record<Cell, string>> = {
  lstm: "LSTM",
  "gru, reset-after": "GRU after",
  "gru, reset-before": "GRU before",
};

/** A table in Markdown. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellsOfLine: readonly string[]): string => `| ${cellsOfLine.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---").map((dash) => dash)), ...rows.map(line)].join("\n");
}

/** The cells in which a preset is proved. */
function provedIn(proof: Proof, preset: string): string {
  const found = casesOf(proof).flatMap((one) => (one.preset === preset ? [one.cell] : []));
  if (found.length === cells.length) return "all";
  if (found.length > 0) return found.map((cell) => short[cell]).join(", ");
  return proof === "evaluation" && keptInEvaluation.includes(preset) ? "its expectation" : "nothing to prove";
}

/** The whole page. */
export function proofsPage(): string {
  const kinds = Object.keys(proofs) as Proof[];
  return `# What is proved of each dropout, and by which test

This page is written by \`npx vitest run test/docs/proofs.test.ts -u\` from the tables that the tests take their cases from, and
that test fails when it is not what they say. A preset that is added is in every proof at once, or a test says that its equation is missing.

- [Schemes](#schemes)
- [Specifications between the presets](#specifications-between-the-presets)
- [Mistakes of other libraries](#mistakes-of-other-libraries)
- [Bad input](#bad-input)

## Schemes

${table(
  ["proof", "what is shown", "test"],
  kinds.map((proof) => [shows[proof][0], shows[proof][1], `\`${proofs[proof]}\``]),
)}

"all" is LSTM, GRU with the reset gate after the product, and GRU with it before. A scheme that masks the cell of an LSTM is refused for a
GRU. Zoneout's evaluation is not the network without dropout: there the mean of training and the evaluation are held against p times the old
state and 1 - p times the new.

${table(
  ["preset", ...kinds.map((proof) => shows[proof][0])],
  presetNames.map((preset) => [`\`${preset}\``, ...kinds.map((proof) => provedIn(proof, preset))]),
)}

## Specifications between the presets

Ties to the stream and the batch, one mask for the batch at each step, masks per gate and step, drifting and Gaussian masks, tokens,
weights of a stream, rates of layers and of moments: \`test/dropout/equations.test.ts\`, against equations with masks of the test's own. The checks of the self-proof, reading and
writing as JSON and the JSON Schema hold for arbitrary specifications: \`test/dropout/selfProof.test.ts\` (fast-check, a fixed seed). Every kind of
mask on every operand of the recurrent operation, trained masks too: \`test/gradients/recurrent.test.ts\`.

## Mistakes of other libraries

${table(
  ["where", "what", "test", "its title"],
  knownBugs.map(([where, what, file, title]) => [where, what, `\`${file}\``, title]),
)}

## Bad input

Each is a \`ConfigError\` with the same words from the library, from a file of \`--config\` and from \`--dropout\`, with exit code 2 and nothing
written: \`test/dropout/badInput.test.ts\`. More masks than memory, no Monte-Carlo passes and values that were written past the types are there too;
masks that no memory holds are refused before any is drawn, and a memory that ends while they are drawn leaves everything as it was:
\`test/nn/maskMemory.test.ts\`. A rate of 0 is no site, and training under it has the bits of training without: \`test/lm/dropoutEvaluation.test.ts\`.

${table(
  ["what", "written as", "refused at"],
  mistakes.map(([what, dropout, words]) => [what, `\`${written(dropout)}\``, `\`${siteOf(words)}\``]),
)}
`;
}

const written = (dropout: unknown): string =>
  JSON.stringify(dropout, (_, value) => (value === Number.POSITIVE_INFINITY ? "1e999" : value)).replace(
    '"1e999"',
    "1e999",
  );

/** The place that an error names: what stands before its colon. */
const siteOf = (words: RegExp): string => /^\^(.*?):/.exec(words.source)![1]!.replaceAll("\\", "");
