/** The tables of a comparison in Markdown. */
import { bits } from "./rows.mjs";
import { dropoutOf, published, titleOf } from "./schemes.mjs";

/** The final runs: validation and test with intervals, the difference to `none`, and what was published for such an LSTM. */
export function finalTable(cell, rows) {
  const beside = cell === "lstm";
  const lines = rows.map(({ scheme, strength, train, valid, test, toNone }) => [
    titleOf(scheme),
    scheme === "none" ? "" : rates(cell, scheme, strength),
    train.mean.toFixed(3),
    `${valid.mean.toFixed(3)} ± ${half(valid)}`,
    `**${test.mean.toFixed(3)}** ± ${half(test)}`,
    ...(toNone ? [`${signed(toNone.test.mean)} ± ${half(toNone.test)}`, inWords(toNone.p)] : ["", ""]),
    ...(beside ? [published[scheme]?.toFixed(3) ?? ""] : []),
  ]);
  const heads = ["scheme", "rates", "training", "validation", "test", "test, to none", "p (Holm)"];
  return markdown([...heads, ...(beside ? ["Wen et al., PTB, test"] : [])], lines);
}

/** Validation of the runs that chose, seed 1, the chosen in bold. */
export function tuningTables({ learningRates, strengths }, { tried, learningRate }) {
  const schemes = [...new Set(tried.map(({ scheme }) => scheme))].filter((scheme) => scheme !== "none");
  const row = (scheme, settings) => {
    const values = settings.map((setting) =>
      bits(tried.find((run) => run.scheme === scheme && run.setting === setting).validNats),
    );
    const lowest = Math.min(...values);
    return values.map((value) => (value === lowest ? `**${value.toFixed(3)}**` : value.toFixed(3)));
  };
  return [
    markdown(
      ["learning rate, without dropout", ...learningRates],
      [[`validation; all schemes then have ${learningRate}`, ...row("none", learningRates)]],
    ),
    markdown(
      ["strength: share of the preset's rates", ...strengths],
      schemes.map((scheme) => [titleOf(scheme), ...row(scheme, strengths)]),
    ),
  ].join("\n\n");
}

/** The order of the schemes that were published, best first, beside the published one. */
export function orderTable({ here, there, pairs, agreeing }) {
  const inWords = (schemes) => schemes.map(titleOf).join(" < ");
  return [
    markdown(
      ["", "best first"],
      [
        ["here", inWords(here)],
        ["published", inWords(there)],
      ],
    ),
    `${agreeing} of ${pairs} pairs stand in the published order.`,
  ].join("\n\n");
}

/** The rates in use; of learned ones, where they begin. */
function rates(cell, scheme, strength) {
  return Object.entries(dropoutOf(cell, scheme, strength))
    .map(([site, { rate, kind }]) => `${site} ${kind === "concrete" ? "learned from " : ""}${rate}`)
    .join(", ");
}

function markdown(heads, lines) {
  return [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function half({ low, high }) {
  return low === undefined ? "-" : ((high - low) / 2).toFixed(3);
}

function inWords(p) {
  if (p === undefined) return "";
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

function signed(value) {
  return Number(value.toFixed(3)) < 0 ? `−${(-value).toFixed(3)}` : `+${Math.abs(value).toFixed(3)}`;
}
