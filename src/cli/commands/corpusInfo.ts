/** tidegate corpus info */
import { perplexity } from "../../lm/index.ts";
import { Vocabulary } from "../../text/index.ts";
import { readCorpus } from "../corpus/readCorpus.ts";
import { createConsole } from "../terminal/console.ts";
import { fixed, whole } from "../terminal/numbers.ts";
import { facts } from "../terminal/table.ts";

/** Prints the size of a corpus and what to know about it. */
export async function corpusInfo(
  named: readonly string[],
  { json }: { readonly json?: boolean },
): Promise<void> {
  const { name, text, sources, entropyRate, split, advice } = await readCorpus(named, "corpus info");
  const vocabulary = Vocabulary.fromText(text);
  const chars = vocabulary.encode(text).length;
  const bytes = new TextEncoder().encode(text).length;
  const words = text.match(/\S+/g)?.length ?? 0;
  const console = createConsole(json);
  console.result(
    ...facts(
      [
        ["name", name],
        ["characters", whole(chars)],
        ["bytes", whole(bytes)],
        ["words", whole(words)],
        ["vocabulary", `${vocabulary.size} symbols`],
        ...(split ? [["split", split.map((part) => Number(part.toFixed(4))).join(", ")] as const] : []),
        ...(entropyRate === undefined
          ? []
          : [
              [
                "entropy",
                `${fixed(entropyRate, 4)} nats, ${fixed(entropyRate / Math.LN2, 4)} bits, perplexity ${fixed(perplexity(entropyRate), 4)} per character`,
              ] as const,
            ]),
        ...(advice === undefined ? [] : [["note", advice] as const]),
        ...sources.map(({ path }) => ["file", path] as const),
      ],
      "",
    ),
  );
  console.json({
    name,
    chars,
    bytes,
    words,
    vocabularySize: vocabulary.size,
    split: split ?? null,
    entropyRate: entropyRate ?? null,
    sources,
  });
}
