/** The file of --metrics: one JSON object per update and validation. */
import { JsonLines } from "../../io/index.ts";
import { checkNewFile } from "./outputFile.ts";

/**
 * Opens a metrics file for a run that stands at `step`.
 *
 * A resumed run keeps the lines up to there and drops those that a killed session wrote beyond its last checkpoint; they
 * will be written again. A new run wants a new file.
 *
 * @throws ConfigError when a new run's file exists, OutputError when it cannot be written
 */
export function openMetrics(
  path: string,
  { step, isResumed, force }: { step: number; isResumed: boolean; force?: boolean | undefined },
): JsonLines {
  if (!isResumed) checkNewFile(path, "--metrics", force);
  return JsonLines.open(path, { keep: (line) => isResumed && Number(line["step"]) <= step });
}
