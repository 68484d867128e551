/** A corpus as training, validation and test texts, by fractions or by separate files. */
import { ConfigError } from "../../errors.ts";
import { type Corpus, parseSplit, readText, splitText } from "../../text/index.ts";
import { readCorpus } from "./readCorpus.ts";

/** What is trained with when nothing else is said and the corpus has no split of its own. */
const USUAL_SPLIT = [0.9, 0.1];

/** A part, and where it came from, for errors. */
export interface Part {
  readonly text: string;
  readonly source: string;
}

export interface Parts {
  readonly corpus: Corpus;
  readonly train: Part;
  readonly valid: Part | undefined;
  readonly test: Part | undefined;
}

/** Which text becomes which part. */
export interface PartFlags {
  readonly split?: string | undefined;
  readonly valid?: string | undefined;
  readonly test?: string | undefined;
}

/**
 * Reads a corpus and cuts it.
 *
 * Validation and test texts may come from files of their own; what no file gives is cut from the corpus.
 *
 * @throws ConfigError when the split and the files give one part twice
 * @throws CorpusError when a text cannot be read or is too short to split
 * @example await readParts(["novel.txt"], { split: "0.8,0.1,0.1" }, "train")
 */
export async function readParts(named: readonly string[], flags: PartFlags, command: string): Promise<Parts> {
  const given = flags.split === undefined ? undefined : parseSplit(flags.split, "--split");
  refuseTwice(given, flags);
  const corpus = await readCorpus(named, command);
  const file = async (path: string | undefined): Promise<Part | undefined> =>
    path === undefined ? undefined : { text: (await readText(path, { where: command })).text, source: path };
  const [valid, test] = [await file(flags.valid), await file(flags.test)];
  const own = valid || test ? undefined : corpus.split;
  const fractions = given ?? own ?? (valid ? [1] : USUAL_SPLIT);
  const cut = fractions.length === 1 ? [corpus.text] : splitText(corpus.text, fractions);
  const part = (k: number, name: string): Part | undefined =>
    cut[k] === undefined ? undefined : { text: cut[k], source: `the ${name} part of ${corpus.name}` };
  return {
    corpus,
    train: { text: cut[0]!, source: corpus.name },
    valid: valid ?? part(1, "validation"),
    test: test ?? part(2, "test"),
  };
}

function refuseTwice(split: number[] | undefined, { valid, test }: PartFlags): void {
  const twice =
    split && (valid !== undefined ? "--valid" : test !== undefined && split.length > 2 ? "--test" : "");
  if (!twice) return;
  throw new ConfigError(`the split and ${twice} both give a part`, {
    where: "--split",
    expected: `either --split or ${twice}`,
    got: "both",
    mend:
      twice === "--test"
        ? "With --test, give two fractions: training and validation"
        : "With --valid, the whole corpus is trained on",
  });
}
