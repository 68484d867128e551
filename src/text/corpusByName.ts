/**
 * A corpus by its name or path: the one door through which the command line and experiment files come to a text.
 */

import { CorpusError, nearest } from "../errors.ts";
import { bracketLanguage } from "./brackets.ts";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";
import { cachedFiles } from "./fetchCorpus.ts";
import { markovSource } from "./markov.ts";
import { nodeModule } from "./nodeModule.ts";
import { packageFolder } from "./packageFolder.ts";
import { readText, type TextSource } from "./readText.ts";
import type { SyntheticSource } from "./syntheticSource.ts";

/** A text, ready to be split and encoded. */
export interface Corpus {
  /** The name or path it was asked for by. */
  readonly name: string;
  readonly text: string;
  /** The files it came from; none when it was generated. */
  readonly sources: TextSource[];
  /** Of a generated text: the lowest loss that is possible in the long run, in nats per symbol. */
  readonly entropyRate?: number;
  /** How it is split by custom: contiguous fractions for `splitText`. */
  readonly split?: readonly number[];
  /** What a person should know before comparing results on it. */
  readonly advice?: string;
}

/** How to load a corpus. */
export interface LoadCorpusOptions {
  /** Where downloaded corpora are kept. Default `cacheFolder()`. */
  readonly cacheFolder?: string;
  /** Names the caller in errors. Default `loadCorpus`. */
  readonly where?: string;
}

/** Length of the generated corpora in symbols: their loss under the true model is within 0.4 % of the rate. */
const GENERATED_LENGTH = 200_000;
/** Generated corpora by name; a source is built only when it is asked for. */
const GENERATED: Readonly<Record<string, () => SyntheticSource>> = {
  markov: () => markovSource(),
  brackets: () => bracketLanguage(),
};
const EMBEDDED = "tideland";
const USUAL_SPLIT: readonly number[] = [0.8, 0.1, 0.1];

/** All names that `loadCorpus` knows, for help texts: embedded, generated, downloadable. */
export function corpusNames(): string[] {
  return [EMBEDDED, ...Object.keys(GENERATED), ...catalogue.map(({ name }) => name)];
}

/**
 * Loads a corpus by name, or else reads the path. A name wins over a file that is called like it; write `./markov` for the file.
 *
 * - `tideland`: the prose that comes with the package
 * - `markov`, `brackets`: 200,000 generated symbols with a known entropy rate
 * - names of the catalogue: from the cache; nothing is ever downloaded here
 * - a path of a file or folder, or `-` for the standard input
 *
 * @throws CorpusError when there is no such name and no such file, the corpus is not in the cache, or it is not text
 * @example const { text, split } = await loadCorpus("tideland");
 */
export async function loadCorpus(nameOrPath: string, options: LoadCorpusOptions = {}): Promise<Corpus> {
  const where = options.where ?? "loadCorpus";
  if (nameOrPath === EMBEDDED) return loadEmbedded(where);
  if (Object.hasOwn(GENERATED, nameOrPath)) return generateCorpus(nameOrPath);
  const entry = catalogue.find(({ name }) => name === nameOrPath);
  if (entry) return loadCached(entry, where, options.cacheFolder);
  if (nameOrPath !== "-" && !(await exists(nameOrPath))) throw unknownName(nameOrPath, where);
  return { name: nameOrPath, ...(await readText(nameOrPath, { where })) };
}

async function loadEmbedded(where: string): Promise<Corpus> {
  const { join } = nodeModule<typeof import("node:path")>("node:path");
  const folder = join(await packageFolder(where), "corpora", EMBEDDED);
  const read = await readText(folder, { where });
  return { name: EMBEDDED, ...read, split: USUAL_SPLIT, advice: "Original prose and dialogue, CC0 1.0" };
}

function generateCorpus(name: string): Corpus {
  const source = GENERATED[name]!();
  const { entropyRate } = source;
  const text = source.generate(GENERATED_LENGTH, 1);
  const advice = `No model's loss is below ${entropyRate.toFixed(4)} nats per symbol in the long run`;
  return { name, text, sources: [], entropyRate, split: USUAL_SPLIT, advice };
}

async function loadCached(entry: CatalogueEntry, where: string, cache?: string): Promise<Corpus> {
  const { name, advice } = entry;
  const { folder, files } = await cachedFiles(entry, cache);
  const there = await Promise.all(files.map(exists));
  if (there.includes(false)) {
    throw new CorpusError(`the corpus ${name} has not been downloaded`, {
      where,
      expected: `its files in ${folder}`,
      got: there.includes(true) ? "only some of them" : "none",
      mend: `Run "tidegate corpus fetch ${name}" first`,
    });
  }
  const sources: TextSource[] = [];
  const texts: string[] = [];
  for (const file of files) {
    const read = await readText(file, { where });
    sources.push(...read.sources);
    texts.push(entry.trimLines ? trimLines(read.text) : read.text);
  }
  const text = texts.join("");
  const split = entry.split ?? texts.map((part) => part.length / text.length);
  return { name, text, sources, split, advice };
}

/** Removes the spaces that open and close each line of a tokenised file. */
function trimLines(text: string): string {
  return text.replace(/^ +| +$/gm, "");
}

async function exists(path: string): Promise<boolean> {
  const { access } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}

function unknownName(name: string, where: string): CorpusError {
  const names = corpusNames();
  const near = nearest(name, names);
  return new CorpusError(`"${name}" is neither a corpus nor a file`, {
    where,
    expected: `one of ${names.join(", ")}, or the path of a text file or folder`,
    got: `"${name}"`,
    ...(near ? { mend: `Did you mean "${near}"?` } : {}),
  });
}
