/** The file of --metrics: one JSON object per update and validation. */
import { existsSync } from "node:fs";
import { JsonLines, readJsonLines, writeFileAtomicSync } from "../../io/index.ts";
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
  const kept =
    isResumed && existsSync(path) ? readJsonLines(path).filter((line) => Number(line["step"]) <= step) : [];
  if (existsSync(path)) writeFileAtomicSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return JsonLines.open(path);
}
