/** tidegate demo */
import { join } from "node:path";
import { demoComparison } from "../../lab/index.ts";
import { showComparison } from "../comparison/showComparison.ts";

export interface DemoFlags {
  readonly quick?: boolean;
  readonly workers?: number;
  readonly outDir?: string;
  readonly json?: boolean;
}

/** Compares four dropouts on the corpus that comes along. */
export async function demo({ quick = false, workers, outDir, json }: DemoFlags): Promise<void> {
  const comparison = demoComparison({ quick });
  await showComparison(comparison, { folder: outDir ?? join("runs", comparison.name), workers, json });
}
