/** The text that a command is given: a corpus by name, files, a folder, or the standard input. */
import { basename, extname } from "node:path";
import { type Corpus, loadCorpus, readText } from "../../text/index.ts";

/**
 * Reads what was named. One argument may be the name of a corpus; several are paths.
 *
 * @param command - names the caller in errors
 * @throws CorpusError when a source is missing, empty, binary or not UTF-8
 */
export async function readCorpus(named: readonly string[], command: string): Promise<Corpus> {
  if (named.length === 1) return loadCorpus(named[0]!, { where: command });
  return { name: named.join(" "), ...(await readText(named, { where: command })) };
}

/** A name for files that are made from a corpus: "novel" for texts/novel.txt, "tidegate" for the standard input. */
export function fileNameOf(named: readonly string[]): string {
  const name = basename(named[0]!, extname(named[0]!)).replace(/[^\w.-]+/g, "_");
  return /\w/.test(name) ? name : "tidegate";
}
