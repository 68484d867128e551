/** What a table, a picture and a sentence are made of: one row per scheme, in bits per character. */
import { blockedDifferences, holm, summarise } from "tidegate/lab";
import { published } from "./schemes.mjs";

export const bits = (nats) => nats / Math.LN2;

/**
 * Schemes in the order of their test loss, with 95 % t intervals over the seeds; `toNone` has the differences to none, with the seeds
 * as blocks and, for the test loss, p corrected by Holm.
 */
export function rowsOf(final) {
  const schemes = [...new Set(final.map(({ scheme }) => scheme))];
  const others = schemes.filter((scheme) => scheme !== "none");
  const runsOf = (scheme) => final.filter((run) => run.scheme === scheme).sort((a, b) => a.seed - b.seed);
  const values = (scheme, key) => runsOf(scheme).map((run) => bits(run[key]));
  const differences = (key) =>
    blockedDifferences(
      values("none", key),
      others.map((scheme) => values(scheme, key)),
    );
  const [valid, test] = ["validNats", "testNats"].map(differences);
  const corrected = test[0].p === undefined ? [] : holm(test.map(({ p }) => p));
  const toNone = new Map(
    others.map((scheme, k) => [scheme, { valid: valid[k], test: test[k], p: corrected[k] }]),
  );
  const rows = schemes.map((scheme) => ({
    scheme,
    strength: runsOf(scheme)[0].setting,
    train: summarise(values(scheme, "trainNats")),
    valid: summarise(values(scheme, "validNats")),
    test: summarise(values(scheme, "testNats")),
    toNone: toNone.get(scheme),
  }));
  return rows.sort((a, b) => a.test.mean - b.test.mean);
}

/** The schemes that Wen et al. published too, best first, here and there, and how many of their pairs stand in the same order. */
export function orderBeside(rows) {
  const here = rows.map(({ scheme }) => scheme).filter((scheme) => scheme in published);
  const there = [...here].sort((a, b) => published[a] - published[b]);
  const pairs = here.flatMap((a, k) => here.slice(k + 1).map((b) => [a, b]));
  const agreeing = pairs.filter(([a, b]) => published[a] < published[b]).length;
  return { here, there, pairs: pairs.length, agreeing };
}
