/** tidegate eval */
import { CorpusError } from "../../errors.ts";
import { type CharScores, scoreInDetail, summariseScores } from "../../lm/index.ts";
import { encodePart } from "../corpus/encodePart.ts";
import type { Part } from "../corpus/parts.ts";
import type { EngineFlags } from "../engine/openEngine.ts";
import { evalFacts, evalJson, type ResetEvery } from "../evaluation/evalReport.ts";
import { type EvalTextFlags, evalTexts } from "../evaluation/evalTexts.ts";
import { type PreparedMode, prepareMode } from "../evaluation/evaluationMode.ts";
import { checkModeFlags, type ModeFlags } from "../evaluation/modeFlags.ts";
import { writeScores } from "../evaluation/scoresFile.ts";
import { Interrupted } from "../exitCodes.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { bar } from "../terminal/bar.ts";
import { type Console, createConsole } from "../terminal/console.ts";
import { duration } from "../terminal/numbers.ts";
import { facts } from "../terminal/table.ts";
import { checkNewFile } from "../training/outputFile.ts";
import { openModel } from "./openModel.ts";

export interface EvalFlags extends ModeFlags, EvalTextFlags, EngineFlags {
  readonly rows?: number;
  readonly resetEvery?: number;
  readonly words?: boolean;
  readonly scores?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Scores a text with a trained model. */
export async function evaluateCheckpoint(
  checkpoint: string,
  named: readonly string[],
  flags: EvalFlags,
): Promise<void> {
  const console = createConsole(flags.json);
  checkModeFlags(flags);
  const trained = await openModel(checkpoint, flags, console);
  const texts = await evalTexts(named, flags);
  const encode = (part: Part): Int32Array =>
    encodePart(trained.vocabulary, part, {
      command: "eval",
      whose: `the vocabulary of ${checkpoint}`,
      mend: "A model trained with --min-count 2, or with --tokenizer byte, can read any text",
    });
  const ids = encode(texts.scored);
  if (flags.scores !== undefined) checkNewFile(flags.scores, "--scores", flags.force);
  const { rows, resetEvery } = flags;
  const reading = {
    ...(rows !== undefined && { rows }),
    ...(resetEvery !== undefined && { carryState: false, sequenceLength: resetEvery }),
  };
  const { prepared, scores } = await interruptible(console, async (signal, show) => {
    const prepared = await prepareMode(flags, { trained, texts, encode, reading, signal, show });
    const what = `scoring ${texts.scored.source} with ${checkpoint}`;
    console.notes.print(what);
    const scores = await scoreInDetail(trained.model, ids, {
      mode: prepared.mode,
      ...reading,
      signal,
      onProgress: (share) => show("scoring", share),
    });
    return { prepared, scores };
  });
  if (flags.scores !== undefined) writeScores(flags.scores, scores, ids, trained.vocabulary);
  report(console, checkpoint, { ...prepared, resetEvery }, scores, flags.words ? texts.scored : undefined);
}

/** Runs `body` with a signal that Ctrl-C aborts, and a line that shows how far it is. @throws Interrupted after Ctrl-C */
async function interruptible<T>(
  { notes }: Console,
  body: (signal: AbortSignal, show: (what: string, share?: number) => void) => Promise<T>,
): Promise<T> {
  const interrupt = listenForInterrupt(() => {});
  const { signal } = interrupt;
  let [stage, started] = ["", 0];
  const show = (what: string, share?: number): void => {
    if (stage !== what) [stage, started] = [what, performance.now()];
    const seconds = (performance.now() - started) / 1000;
    const fields =
      share === undefined
        ? [what]
        : [
            `${bar(share, 12)} ${what}`,
            `${Math.round(100 * share)} %`,
            `${duration(seconds * (1 / share - 1))} left`,
          ];
    notes.set([fields]);
  };
  try {
    return await body(signal, show);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted();
  } finally {
    notes.clear();
    interrupt.release();
  }
}

function report(
  console: Console,
  checkpoint: string,
  prepared: PreparedMode & ResetEvery,
  scores: CharScores,
  counted: Part | undefined,
): void {
  const evaluation = summariseScores(scores);
  const words = counted && wordCount(counted);
  const perWord =
    words === undefined
      ? undefined
      : { words, perplexityPerWord: Math.exp((evaluation.nats * evaluation.chars) / words) };
  console.result(...facts(evalFacts(evaluation, prepared, perWord), ""));
  console.json(evalJson(checkpoint, evaluation, prepared, perWord));
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
