/**
 * The tables and pictures of a comparison.
 *
 *   node examples/dropout-results/report.mjs RESULTS.json                         Markdown on stdout; pictures beside the file
 *   node examples/dropout-results/report.mjs RESULTS.json --page docs/results.md  fills the page's blocks of this study; pictures beside the page
 *
 * A block of a page stands between `<!-- STUDY CELL table -->` (or tuning, order) and `<!-- end -->`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { picture } from "./picture.mjs";
import { orderBeside, rowsOf } from "./rows.mjs";
import { finalTable, orderTable, tuningTables } from "./tables.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { page: { type: "string" } } });
const [path] = positionals;
if (!path)
  throw new Error("which results? For example: node report.mjs runs/dropout-results/whole/results.json");
const results = JSON.parse(readFileSync(path, "utf8"));
const { study, corpus, share, base, seeds, date, version, node, machine } = results;

const made =
  `Bits per character on ${corpus}, ${share === 1 ? "all" : `the first ${share}`} of the training part; ` +
  `${JSON.stringify(base)}; seeds ${seeds.join(", ")}; tidegate ${version}, Node ${node}, ${machine}, ${date}`;
const blocks = results.cells.flatMap((compared) => {
  const rows = rowsOf(compared.final);
  const name = `${study} ${compared.cell}`;
  const svg = join(dirname(values.page ?? path), `results-${study}-${compared.cell}.svg`);
  const masked = rows.filter(({ toNone }) => toNone).map(({ scheme, toNone }) => ({ scheme, ...toNone }));
  const of = share === 1 ? "" : ` on ${share * 100} % of the training text`;
  writeFileSync(svg, picture(`${compared.cell.toUpperCase()}${of}: each dropout against none`, masked));
  return [
    [`${name} table`, finalTable(compared.cell, rows)],
    [`${name} order`, orderTable(orderBeside(rows))],
    [`${name} tuning`, tuningTables(results, compared)],
  ];
});

if (values.page) writeFileSync(values.page, blocks.reduce(filled, readFileSync(values.page, "utf8")));
else console.log([made, ...blocks.map(([name, text]) => `## ${name}\n\n${text}`)].join("\n\n"));

/** The page with one block's text replaced; a page need not have every block. */
function filled(page, [name, text]) {
  const start = `<!-- ${name} -->`;
  const [before, after] = page.split(start);
  if (after === undefined) return page;
  return `${before}${start}\n\n${text}\n\n${after.slice(after.indexOf("<!-- end -->"))}`;
}
