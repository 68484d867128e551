/** What a table, a picture and a sentence are made of: one row per scheme, in bits per character. */
import { blockedDifferences, holm, summarise } from "tidegate/lab";
import { published } from "./schemes.mjs";

export const bits = (nats) => nats / Math.LN2;

/** Schemes in the order of their test loss, with 95 % t intervals over the seeds; differences to `none` with the seeds as blocks. */
export function rowsOf(final) {
  const schemes = [...new Set(final.map(({ scheme }) => scheme))];
  const runsOf = (scheme) => final.filter((run) => run.scheme === scheme).sort((a, b) => a.seed - b.seed);
  const testsOf = (scheme) => runsOf(scheme).map(({ testNats }) => bits(testNats));
  const others = schemes.filter((scheme) => scheme !== "none");
  const differences = blockedDifferences(testsOf("none"), others.map(testsOf));
  const corrected = differences[0].p === undefined ? [] : holm(differences.map(({ p }) => p));
  const rows = schemes.map((scheme) => {
    const runs = runsOf(scheme);
    const [train, valid, test] = ["trainNats", "validNats", "testNats"].map((key) =>
      summarise(runs.map((run) => bits(run[key]))),
    );
    const at = others.indexOf(scheme);
    return {
      scheme,
      strength: runs[0].setting,
      train,
      valid,
      test,
      difference: differences[at],
      p: corrected[at],
    };
  });
  return rows.sort((a, b) => a.test.mean - b.test.mean);
}

/** Of the pairs of schemes that Wen et al. published too, how many stand in their order here. */
export function pairsInOrder(rows) {
  const both = rows.filter(({ scheme }) => scheme in published);
  const pairs = both.flatMap((a, k) => both.slice(k + 1).map((b) => [a, b]));
  const agreeing = pairs.filter(([a, b]) => published[a.scheme] < published[b.scheme]); // rows ascend by test loss
  return { agreeing: agreeing.length, pairs: pairs.length };
}
