/**
 * The tables and pictures of a comparison.
 *
 *   node examples/dropout-results/report.mjs [runs/dropout-results]      Markdown on stdout; lstm.svg and gru.svg beside the runs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { holm, pairedDifference, summarise } from "tidegate/lab";
import { picture } from "./picture.mjs";
import { dropoutOf, published, titleOf } from "./schemes.mjs";

const folder = process.argv[2] ?? "runs/dropout-results";
const results = JSON.parse(readFileSync(`${folder}/results.json`, "utf8"));
const bits = (nats) => nats / Math.LN2;

const { corpus, split, base, seeds, date, version, node, machine } = results;
console.log(
  `Bits per character on ${corpus}, split ${split.join(", ")}; ${JSON.stringify(base)}; seeds ${seeds.join(", ")}; ` +
    `tidegate ${version}, Node ${node}, ${machine}, ${date}`,
);
for (const { cell, learningRate, tried, final } of results.cells) {
  const rows = rowsOf(final);
  console.log(`\n## ${cell.toUpperCase()}\n\n${table(cell, rows)}`);
  console.log(`\nValidation of the runs that chose, seed 1:\n\n${tuning(tried, learningRate)}`);
  writeFileSync(`${folder}/${cell}.svg`, picture(cell, rows));
}

/** One row per scheme, in the order of test loss: bits per character with 95 % t intervals over the seeds. */
function rowsOf(final) {
  const none = final.filter(({ scheme }) => scheme === "none");
  const schemes = [...new Set(final.map(({ scheme }) => scheme))];
  const rows = schemes.map((scheme) => {
    const runs = final.filter((run) => run.scheme === scheme);
    const test = summarise(runs.map(({ testNats }) => bits(testNats)));
    const difference =
      scheme === "none"
        ? undefined
        : pairedDifference(
            runs.map(({ testNats }) => bits(testNats)),
            runs.map(({ seed }) => bits(none.find((run) => run.seed === seed).testNats)),
          );
    const valid = summarise(runs.map(({ validNats }) => bits(validNats))).mean;
    const train = summarise(runs.map(({ trainNats }) => bits(trainNats))).mean;
    return { scheme, strength: runs[0].setting, seeds: runs.length, valid, train, test, difference };
  });
  const tested = rows.filter(({ difference }) => difference?.p !== undefined);
  const corrected = tested.length > 0 ? holm(tested.map(({ difference }) => difference.p)) : [];
  return rows
    .map((row) => ({ ...row, p: corrected[tested.indexOf(row)] }))
    .sort((a, b) => a.test.mean - b.test.mean);
}

function table(cell, rows) {
  const lines = rows.map(({ scheme, strength, valid, test, difference, p }) =>
    [
      `${titleOf(scheme)}`,
      scheme === "none" ? "" : rates(cell, scheme, strength),
      valid.toFixed(3),
      `**${test.mean.toFixed(3)}** ± ${half(test)}`,
      difference ? `${signed(difference.mean)} ± ${half(difference)}` : "",
      p === undefined ? "" : p < 0.001 ? "< 0.001" : p.toFixed(3),
      published[scheme]?.toFixed(3) ?? "",
    ].join(" | "),
  );
  return [
    "| scheme | rates | valid | test | to none | p (Holm) | Wen et al., PTB |",
    "|---|---|---|---|---|---|---|",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

/** The rates in use; of learned ones, where they begin. */
function rates(cell, scheme, strength) {
  return Object.entries(dropoutOf(cell, scheme, strength))
    .map(([site, { rate, kind }]) => `${site} ${kind === "concrete" ? "learned from " : ""}${rate}`)
    .join(", ");
}

function tuning(tried, learningRate) {
  const schemes = [...new Set(tried.map(({ scheme }) => scheme))].filter((scheme) => scheme !== "none");
  const valid = (scheme, setting) =>
    bits(tried.find((run) => run.scheme === scheme && run.setting === setting).validNats);
  const row = (scheme, settings) => {
    const values = settings.map((setting) => valid(scheme, setting));
    const cells = values.map((value) =>
      value === Math.min(...values) ? `**${value.toFixed(3)}**` : value.toFixed(3),
    );
    return `| ${titleOf(scheme)} | ${cells.join(" | ")} |`;
  };
  const none = row("none", results.learningRates);
  return [
    `| none, learning rate | ${results.learningRates.join(" | ")} |`,
    `|---|${results.learningRates.map(() => "---|").join("")}`,
    `${none.replace("| none |", `| all others then have ${learningRate} |`)}`,
    "",
    `| strength: share of the preset's rates | ${results.strengths.join(" | ")} |`,
    `|---|${results.strengths.map(() => "---|").join("")}`,
    ...schemes.map((scheme) => row(scheme, results.strengths)),
  ].join("\n");
}

function half({ low, high }) {
  return low === undefined ? "-" : ((high - low) / 2).toFixed(3);
}

function signed(value) {
  return value < 0 ? `−${(-value).toFixed(3)}` : `+${value.toFixed(3)}`;
}
