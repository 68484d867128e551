/** The table that a comparison ends with. */
import type { SummaryRow } from "../../lab/index.ts";
import { fixed, whole } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";

/** Lines of the table, and what its columns mean. */
export function summaryLines(summary: readonly SummaryRow[], baseline: string): string[] {
  const right = "right" as const;
  const columns = [
    { heading: "configuration" },
    { heading: "seeds", align: right },
    { heading: "perplexity", align: right },
    { heading: "95 % interval", align: right },
    { heading: "bits/char", align: right },
    { heading: "train bits", align: right },
    { heading: "difference", align: right },
    { heading: "95 % interval", align: right },
    { heading: "p", align: right },
    { heading: "chars/s", align: right },
  ];
  return [
    ...table(columns, summary.map(cells)),
    "",
    "perplexity and bits/char: on the test text, of the best weights by validation, mean over seeds",
    "train bits: on the training text, under dropout; far below bits/char means overfitting",
    `difference: perplexity less that of ${baseline} with the same seed; p: paired t test, by Holm's method for all rows`,
  ];
}

function cells(row: SummaryRow): string[] {
  const bits = (nats: number | null): string => fixed(nats === null ? null : nats / Math.LN2, 3);
  return [
    row.config,
    String(row.seeds),
    fixed(row.perplexity, 3),
    interval(row.low, row.high),
    fixed(row.bitsPerChar, 3),
    bits(row.trainNats),
    signed(row.differenceToBaseline),
    interval(row.differenceLow, row.differenceHigh, signed),
    row.pHolm === null ? "-" : row.pHolm < 0.001 ? "< 0.001" : fixed(row.pHolm, 3),
    whole(row.charsPerSecond),
  ];
}

function interval(
  low: number | null,
  high: number | null,
  word: (value: number | null) => string = (value) => fixed(value, 3),
): string {
  return low === null || high === null ? "-" : `${word(low)} to ${word(high)}`;
}

/** With its sign: +0.123, -0.123 */
function signed(value: number | null): string {
  return value === null ? "-" : `${value > 0 ? "+" : ""}${fixed(value, 3)}`;
}
