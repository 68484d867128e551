/** Runs a comparison and shows it, for `compare` and `demo`. */
import { TidegateError } from "../../errors.ts";
import { type ComparisonConfig, type ComparisonResult, runComparison } from "../../lab/index.ts";
import { Interrupted } from "../exitCodes.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { type Console, createConsole } from "../terminal/console.ts";
import { facts } from "../terminal/table.ts";
import { ComparisonReport } from "./comparisonReport.ts";
import { summaryLines } from "./summaryTable.ts";

export interface ShowOptions {
  readonly folder: string;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly blas?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Runs a comparison to its end or to Ctrl-C, with progress on stderr and the table on stdout.
 * @throws Interrupted after Ctrl-C, when all runs are saved
 */
export async function showComparison(
  comparison: ComparisonConfig,
  { folder, workers, threads, blas, json }: ShowOptions,
): Promise<void> {
  const console = createConsole(json);
  const { notes, colour } = console;
  notes.print(colour("bold", `tidegate ${comparison.name}`), ...comparisonLines(comparison));
  const report = new ComparisonReport(console);
  const interrupt = listenForInterrupt(() =>
    notes.print(colour("yellow", "Finishing the updates and saving; Ctrl-C again ends at once.")),
  );
  let result: ComparisonResult;
  try {
    result = await runComparison(comparison, {
      folder,
      workers,
      threads,
      blas,
      signal: interrupt.signal,
      onEvent: (event) => report.show(event),
    });
  } finally {
    report.end();
    interrupt.release();
  }
  tell(result, console);
  if (result.interrupted) throw new Interrupted();
  refuseFailures(result);
}

function comparisonLines({ corpus, split, configurations, seeds, baseline }: ComparisonConfig): string[] {
  return facts([
    ["corpus", typeof corpus === "string" ? corpus : corpus.join(" ")],
    ["split", split.map((part) => Number(part.toFixed(4))).join(", ")],
    ["compared", Object.keys(configurations).join(", ")],
    ["baseline", baseline],
    ["seeds", seeds.join(", ")],
  ]);
}

function tell({ summary, baseline, files, runs, interrupted }: ComparisonResult, console: Console): void {
  if (summary.length > 0) console.result("", ...summaryLines(summary, baseline), "");
  console.result(...files.map((file) => `wrote ${file}`));
  console.json({ runs, summary });
  if (interrupted) console.notes.print("Stopped and saved. The same command goes on from here.");
}

/** Failed runs make the comparison fail, after what succeeded has been shown. */
function refuseFailures({ failures, runs, folder }: ComparisonResult): void {
  if (failures.length === 0) return;
  throw new TidegateError(`${failures.length} of ${runs.length + failures.length} runs failed`, {
    where: folder,
    expected: "every run to end",
    got: failures.map(({ config, seed, message }) => `${config} seed ${seed}: ${message}`).join("; "),
  });
}
