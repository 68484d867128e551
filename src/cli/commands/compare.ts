/** tidegate compare */
import { basename, join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { comparisonConfig } from "../../lab/index.ts";
import { loadCorpus, parseSplit } from "../../text/index.ts";
import { readConfigurations } from "../comparison/configurations.ts";
import { showComparison } from "../comparison/showComparison.ts";
import { fileNameOf } from "../corpus/readCorpus.ts";
import { checkBlas, type EngineFlags } from "../engine/openEngine.ts";
import { type GivenFlags, givenOptions } from "../flags/trainingOptions.ts";
import { createConsole } from "../terminal/console.ts";
import { recipeLines } from "../training/recipeLines.ts";

export interface CompareFlags extends GivenFlags, EngineFlags {
  readonly recipe?: string;
  readonly dropouts?: string;
  readonly configs?: string;
  readonly baseline?: string;
  readonly seeds?: readonly (number | string)[];
  readonly workers?: number;
  readonly split?: string;
  readonly chars?: number;
  readonly outDir?: string;
  readonly json?: boolean;
}

/** Compares configurations by test perplexity. */
export async function compare(named: readonly string[], flags: CompareFlags): Promise<void> {
  if (named.includes("-")) {
    throw new ConfigError("a comparison cannot read the standard input", {
      where: "compare",
      expected: "paths or the name of a corpus: every run reads the text itself",
      got: "-",
      mend: "Write the text to a file first",
    });
  }
  const { baseline, seeds, chars, engine, threads, blas, workers, json } = flags;
  const folder = flags.outDir ?? join("runs", fileNameOf(named));
  const base = await givenOptions(flags);
  if (flags.recipe !== undefined) createConsole(json).notes.print(...recipeLines(flags.recipe, base));
  const configurations = await readConfigurations(flags);
  const corpus = named.length === 1 ? named[0]! : named;
  const split = await threeParts(named, flags.split);
  checkBlas(engine ?? "auto", blas);
  const comparison = comparisonConfig({
    name: basename(folder).replace(/[^\w.-]+/g, "_") || "comparison",
    corpus,
    base,
    configurations,
    ...(split && { split }),
    ...(baseline !== undefined && { baseline }),
    ...(seeds && { seeds }),
    ...(chars !== undefined && { chars }),
    ...(engine !== undefined && { engine }),
  });
  await showComparison(comparison, { folder, workers, threads, blas, json });
}

/** The fractions given, or the corpus' own; undefined for the usual ones. @throws ConfigError for other than three */
async function threeParts(
  named: readonly string[],
  given: string | undefined,
): Promise<readonly number[] | undefined> {
  if (given === undefined) {
    const corpus = named.length === 1 ? await loadCorpus(named[0]!, { where: "compare" }) : undefined;
    return corpus?.split?.length === 3 ? corpus.split : undefined;
  }
  const fractions = parseSplit(given, "--split");
  if (fractions.length === 3) return fractions;
  throw new ConfigError("a comparison needs a test part", {
    where: "--split",
    expected: "three fractions: training, validation, test",
    got: given,
    mend: "For example --split 0.8,0.1,0.1",
  });
}
