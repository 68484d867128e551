/** The text of a comparison, and its parts as symbol numbers. */
import { CorpusError } from "../errors.ts";
import { loadCorpus, readText, splitText, Vocabulary } from "../text/index.ts";
import type { Run } from "./runPlan.ts";

/** Reads a corpus by name or paths, cut to its first `chars` characters. */
export async function corpusText(corpus: string | readonly string[], chars: number | null): Promise<string> {
  const { text } = typeof corpus === "string" ? await loadCorpus(corpus) : await readText(corpus);
  if (chars === null) return text;
  if (text.length < chars) {
    throw new CorpusError("the corpus is shorter than asked for", {
      where: "comparison.chars",
      expected: `at least ${chars} characters`,
      got: `${text.length}`,
    });
  }
  const inPair = /[\uD800-\uDBFF]/.test(text.charAt(chars - 1)); // half an emoji is no character
  return text.slice(0, inPair ? chars - 1 : chars);
}

/** Training, validation and test text of a run. The vocabulary is that of the whole text, so that every part can be scored. */
export async function corpusParts({
  corpus,
  chars,
  split,
  config,
}: Run): Promise<{ vocabulary: Vocabulary; train: Int32Array; valid: Int32Array; test: Int32Array }> {
  const text = await corpusText(corpus, chars);
  const vocabulary = Vocabulary.fromText(text, { tokenizer: config.tokenizer, minCount: config.minCount });
  const [train, valid, test] = splitText(text, split).map((part) => vocabulary.encode(part)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  return { vocabulary, train, valid, test };
}
