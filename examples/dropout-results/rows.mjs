/** What a table, a picture and a sentence are made of: one row per scheme, in bits per character. */
import { holm, pairedDifference, summarise } from "tidegate/lab";
import { published } from "./schemes.mjs";

export const bits = (nats) => nats / Math.LN2;

/** Schemes in the order of their test loss, with 95 % t intervals over the seeds; differences to `none` are paired by seed. */
export function rowsOf(final) {
  const none = final.filter(({ scheme }) => scheme === "none");
  const schemes = [...new Set(final.map(({ scheme }) => scheme))];
  const rows = schemes.map((scheme) => {
    const runs = final.filter((run) => run.scheme === scheme);
    const of = (key) => summarise(runs.map((run) => bits(run[key])));
    const row = { scheme, strength: runs[0].setting, valid: of("validNats"), test: of("testNats") };
    const train = of("trainNats");
    if (scheme === "none") return { ...row, train };
    const others = runs.map(({ seed }) => bits(none.find((run) => run.seed === seed).testNats));
    return {
      ...row,
      train,
      difference: pairedDifference(
        runs.map(({ testNats }) => bits(testNats)),
        others,
      ),
    };
  });
  const tested = rows.filter(({ difference }) => difference?.p !== undefined);
  const corrected = tested.length > 0 ? holm(tested.map(({ difference }) => difference.p)) : [];
  return rows
    .map((row) => ({ ...row, p: corrected[tested.indexOf(row)] }))
    .sort((a, b) => a.test.mean - b.test.mean);
}

/** Of the pairs of schemes that Wen et al. published too, how many stand in their order here. */
export function pairsInOrder(rows) {
  const both = rows.filter(({ scheme }) => scheme in published);
  const pairs = both.flatMap((a, k) => both.slice(k + 1).map((b) => [a, b]));
  const agreeing = pairs.filter(([a, b]) => published[a.scheme] < published[b.scheme]); // rows ascend by test loss
  return { agreeing: agreeing.length, pairs: pairs.length };
}
