/** tidegate eval */
import type { EngineName, Seed } from "../../engine/index.ts";
import { ConfigError, CorpusError } from "../../errors.ts";
import { type EvaluationMode, evaluate, type TrainedModel } from "../../lm/index.ts";
import { recurrentDropout } from "../../nn/index.ts";
import { parseSplit, splitText } from "../../text/index.ts";
import { encodePart } from "../corpus/encodePart.ts";
import type { Part } from "../corpus/parts.ts";
import { readCorpus } from "../corpus/readCorpus.ts";
import { createConsole } from "../terminal/console.ts";
import { fixed, whole } from "../terminal/numbers.ts";
import { facts } from "../terminal/table.ts";
import { openModel } from "./openModel.ts";

export interface EvalFlags {
  readonly split?: string;
  readonly part?: "train" | "valid" | "test" | "all";
  readonly mode: "expectation" | "mc";
  readonly passes: number;
  readonly dropout?: unknown;
  readonly seed?: Seed;
  readonly rows: number;
  readonly engine?: EngineName;
  readonly words?: boolean;
  readonly json?: boolean;
}

const partNames = ["train", "valid", "test"] as const;

/** Scores a text with a trained model. */
export async function evaluateCheckpoint(
  checkpoint: string,
  named: readonly string[],
  flags: EvalFlags,
): Promise<void> {
  const console = createConsole(flags.json);
  const trained = await openModel(checkpoint, flags.engine);
  const mode = evaluationMode(trained, flags);
  const part = await scoredPart(named, flags);
  console.notes.print(`scoring ${part.source} with ${checkpoint}`);
  const ids = encodePart(trained.vocabulary, part, {
    command: "eval",
    whose: `the vocabulary of ${checkpoint}`,
    mend: "A model trained with --min-count 2, or with --tokenizer byte, can read any text",
  });
  const evaluation = await evaluate(trained.model, ids, { mode, rows: flags.rows });
  const { chars, nats, bitsPerChar, perplexity } = evaluation;
  const words = flags.words ? wordCount(part) : undefined;
  const perplexityPerWord = words === undefined ? undefined : Math.exp((nats * chars) / words);
  console.result(
    ...facts(
      [
        ["characters", whole(chars)],
        ["nats/char", fixed(nats, 4)],
        ["bits/char", fixed(bitsPerChar, 4)],
        ["perplexity", `${fixed(perplexity, 4)} per character`],
        ...(words === undefined
          ? []
          : [["per word", `${fixed(perplexityPerWord, 2)} over ${whole(words)} words`] as const]),
        ["mode", flags.mode === "mc" ? `Monte-Carlo dropout, ${flags.passes} passes` : "expectation"],
      ],
      "",
    ),
  );
  console.json({
    checkpoint,
    chars,
    nats,
    bitsPerChar,
    perplexity,
    mode: flags.mode,
    ...(flags.mode === "mc" && { passes: flags.passes }),
    ...(words !== undefined && { words, perplexityPerWord }),
  });
}

/** The text that is scored; see the help of the command. */
async function scoredPart(named: readonly string[], { split, part }: EvalFlags): Promise<Part> {
  const given = split === undefined ? undefined : parseSplit(split, "--split");
  const corpus = await readCorpus(named, "eval");
  const fractions = given ?? corpus.split ?? [0.9, 0.1];
  const last = partNames[fractions.length - 1]!;
  const wanted = part ?? (given || corpus.split ? last : "all");
  if (wanted === "all") return { text: corpus.text, source: corpus.name };
  const index = partNames.indexOf(wanted);
  if (index >= fractions.length) {
    throw new ConfigError("the split has no test part", {
      where: "--part",
      expected: "train or valid, or a split of three parts",
      got: `test of ${fractions.join(", ")}`,
      mend: "For example --split 0.8,0.1,0.1",
    });
  }
  return { text: splitText(corpus.text, fractions)[index]!, source: `the ${wanted} part of ${corpus.name}` };
}

function evaluationMode(
  { config }: TrainedModel,
  { mode, passes, dropout, seed }: EvalFlags,
): EvaluationMode {
  if (mode === "expectation") {
    if (dropout === undefined) return { name: "expectation" };
    throw new ConfigError("the expectation masks nothing", {
      where: "--dropout",
      expected: "--mode mc",
      got: "--mode expectation",
    });
  }
  const masks = dropout === undefined ? config.dropout : recurrentDropout(dropout);
  if (Object.keys(masks.sites).length === 0) {
    throw new ConfigError("there is nothing to average: no site is masked", {
      where: "--mode mc",
      expected: "a model trained with dropout, or --dropout",
      got: `dropout ${masks.name}`,
      mend: "For example --mode mc --dropout gal:0.25",
    });
  }
  return { name: "monteCarlo", passes, dropout: masks, ...(seed === undefined ? {} : { seed }) };
}

/** What white space separates. @throws CorpusError when there is none */
function wordCount({ text, source }: Part): number {
  const words = text.match(/\S+/g)?.length ?? 0;
  if (words > 0) return words;
  throw new CorpusError(`${source} has no words`, {
    where: "--words",
    expected: "something but white space",
  });
}
