/** Which runs a comparison consists of, and what identifies each of them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EngineName } from "../engine/index.ts";
import type { TrainingConfig } from "../lm/index.ts";
import { type ComparisonConfig, resolvedConfig } from "./comparisonConfig.ts";
import { VERSION } from "./version.ts";

/** One run: everything that a worker needs to know. Plain data, sent between processes. */
export interface Run {
  /** hash of (configuration and its name, seed, data, engine, version): the same run is never done twice, a changed one never mistaken for it */
  readonly id: string;
  readonly configuration: string;
  readonly seed: number | string;
  readonly config: TrainingConfig;
  readonly engine: EngineName;
  /** the engine, and whatever else the bits depend on: of a BLAS, which it is and on how many threads */
  readonly engineIdentity: string;
  readonly corpus: string | readonly string[];
  readonly chars: number | null;
  readonly split: readonly [number, number, number];
  readonly folder: string;
}

/**
 * Lists the runs of a comparison, all configurations of a seed together, so that pairs are complete early.
 * @param text - the text that is trained on, whose hash is part of every run's identity
 * @param engineIdentity - default the engine's name
 */
export function runPlan(
  comparison: ComparisonConfig,
  text: string,
  folder: string,
  engineIdentity: string = comparison.engine,
): Run[] {
  const data = sha256(text);
  const { corpus, chars, split, engine } = comparison;
  return comparison.seeds.flatMap((seed) =>
    Object.keys(comparison.configurations).map((configuration) => {
      const config = resolvedConfig(comparison, configuration, seed);
      const id = sha256(JSON.stringify([configuration, config, data, split, engineIdentity, VERSION])).slice(
        0,
        12,
      );
      const name = `${configuration.replace(/[^\w.-]/g, "_")}-seed${String(seed).replace(/[^\w.-]/g, "_")}-${id}`;
      return {
        ...{ id, configuration, seed, config, engine, engineIdentity, corpus, chars, split },
        folder: join(folder, name),
      };
    }),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
