/** The text that `eval` scores, and the texts that what it needs is fitted on. */
import { ConfigError } from "../../errors.ts";
import { parseSplit, readText, splitText } from "../../text/index.ts";
import type { Part } from "../corpus/parts.ts";
import { readCorpus } from "../corpus/readCorpus.ts";

export interface EvalTextFlags {
  readonly split?: string;
  readonly part?: "train" | "valid" | "test" | "all";
  readonly valid?: string;
  readonly train?: string;
}

export interface EvalTexts {
  readonly scored: Part;
  /** The validation text. @param flag - who asks @throws ConfigError when there is none, or it is what is scored */
  validation(flag: string): Promise<Part>;
  /** The training text. @param flag - who asks @throws ConfigError when there is none */
  training(flag: string): Promise<Part>;
}

const partNames = ["train", "valid", "test"] as const;
/** What `train` cuts off when nothing else is said; it matters here only with --part. */
const USUAL_SPLIT = [0.9, 0.1];

/**
 * Reads the corpus and says what is scored; see the help of the command.
 * @throws ConfigError when the split has no such part
 */
export async function evalTexts(named: readonly string[], flags: EvalTextFlags): Promise<EvalTexts> {
  const given = flags.split === undefined ? undefined : parseSplit(flags.split, "--split");
  const corpus = await readCorpus(named, "eval");
  const isSplit = Boolean(given ?? corpus.split ?? (flags.part !== undefined && flags.part !== "all"));
  const fractions = given ?? corpus.split ?? USUAL_SPLIT;
  const last = partNames[fractions.length - 1]!;
  const wanted = flags.part ?? (isSplit ? last : "all");
  const partOf = (name: (typeof partNames)[number]): Part => ({
    text: splitText(corpus.text, fractions)[partNames.indexOf(name)]!,
    source: `the ${name} part of ${corpus.name}`,
  });
  if (wanted !== "all" && partNames.indexOf(wanted) >= fractions.length) {
    throw new ConfigError("the split has no test part", {
      where: "--part",
      expected: "train or valid, or a split of three parts",
      got: `test of ${fractions.join(", ")}`,
      mend: "For example --split 0.8,0.1,0.1",
    });
  }
  const file = async (path: string): Promise<Part> => ({
    text: (await readText(path, { where: "eval" })).text,
    source: path,
  });
  return {
    scored: wanted === "all" ? { text: corpus.text, source: corpus.name } : partOf(wanted),
    async validation(flag) {
      if (flags.valid !== undefined) return file(flags.valid);
      if (isSplit && wanted !== "valid" && wanted !== "all") return partOf("valid");
      throw new ConfigError(
        isSplit
          ? "what is fitted on the text that is scored proves nothing"
          : "there is no validation text to fit on",
        {
          where: flag,
          expected: "a validation part that is not scored",
          got: isSplit ? `--part ${wanted}` : "a text that is not split",
          mend: "For example --split 0.8,0.1,0.1, or --valid FILE",
        },
      );
    },
    async training(flag) {
      if (flags.train !== undefined) return file(flags.train);
      if (isSplit) return partOf("train");
      throw new ConfigError("there is no training text", {
        where: flag,
        expected: "the text that the model was trained on",
        got: "a text that is not split",
        mend: "For example --split 0.9,0.1 as in training, or --train FILE",
      });
    },
  };
}
