/**
 * How well a model predicts a text: every target exactly once, with the state carried.
 *
 *   L = (1/N) Σ_t -ln p(w_t)          nats per character; bits = L / ln 2; perplexity = e^L
 *
 * Under Monte-Carlo dropout p is the average of S passes, each with one set of masks for the whole text:
 *
 *   -ln p̄_t = -[ logsumexp_s ln p_s(w_t) - ln S ]          Gal & Ghahramani 2016, §4
 */
import { crossEntropy } from "../autograd/index.ts";
import { randomKey, type Seed } from "../engine/index.ts";
import { oneOf, positiveInteger } from "../errors.ts";
import { type RecurrentDropout, recurrentDropout } from "../nn/index.ts";
import { evaluationStreams } from "../text/index.ts";
import { breathe } from "./breathe.ts";
import { carry, createCarriedState, releaseCarriedState } from "./carriedState.ts";
import type { LanguageModel, MaskSource } from "./languageModel.ts";
import { bitsPerChar, perplexity } from "./metrics.ts";

/** How the prediction is made: with the weights as they are, or averaged over masks. */
export type EvaluationMode =
  | { readonly name: "expectation" }
  | {
      readonly name: "monteCarlo";
      readonly passes: number;
      readonly dropout: RecurrentDropout;
      readonly seed?: Seed;
    };

/** Symbols that a row reads before its first scored one, so that its start from a zero state is forgotten. */
const WARM_UP = 128;

export interface EvaluateOptions {
  /** Default expectation: no masks. */
  readonly mode?: EvaluationMode;
  /** Rows read in parallel; each but the first is warmed up on the text before it. Default 16; 1 is the exact definition. */
  readonly rows?: number;
  /** Steps per window. Default 128. It does not change what is computed, only in what pieces. */
  readonly sequenceLength?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Evaluation {
  /** scored targets: one less than symbols of the text, whose first is never predicted */
  readonly chars: number;
  /** nats per character */
  readonly nats: number;
  readonly bitsPerChar: number;
  readonly perplexity: number;
  readonly mode: "expectation" | "monteCarlo";
}

/**
 * Scores a text.
 *
 * @param ids - symbol numbers of the text, [N]
 * @throws CorpusError when the text has fewer than 2 symbols
 * @throws ConfigError for an unknown mode or fewer than one pass
 * @example const { perplexity } = await evaluate(model, vocabulary.encode(text));
 */
export async function evaluate(
  model: LanguageModel,
  ids: Int32Array,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const scores = await scoreChars(model, ids, options);
  const nats = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return {
    chars: scores.length,
    nats,
    bitsPerChar: bitsPerChar(nats),
    perplexity: perplexity(nats),
    mode: options.mode?.name ?? "expectation",
  };
}

/**
 * The score of every character, -ln p in nats, in the order in which windows are read: the same for all models on one text
 * with the same rows and sequenceLength, so that scores can be paired.
 */
export async function scoreChars(
  model: LanguageModel,
  ids: Int32Array,
  { mode = { name: "expectation" }, rows = 16, sequenceLength = 128, signal }: EvaluateOptions = {},
): Promise<Float64Array> {
  oneOf("evaluate", "mode", mode.name, ["expectation", "monteCarlo"]);
  const layout = { rows, sequenceLength };
  if (mode.name === "expectation") return onePass(model, ids, layout, undefined, signal);
  const passes = positiveInteger("evaluate", "passes", mode.passes, 16);
  const dropout = forWholeStream(recurrentDropout(mode.dropout));
  const key = randomKey(mode.seed ?? 0, "monteCarlo");
  let sum: Float64Array | undefined; // running logsumexp of ln p, per character
  for (let pass = 0; pass < passes; pass++) {
    const scores = await onePass(model, ids, layout, { dropout, key, window: 0, stream: pass }, signal);
    if (!sum) sum = scores.map((score) => -score);
    else for (const [t, score] of scores.entries()) sum[t] = logAddExp(sum[t]!, -score);
  }
  return sum!.map((logSum) => Math.log(passes) - logSum);
}

async function onePass(
  model: LanguageModel,
  ids: Int32Array,
  layout: { rows: number; sequenceLength: number },
  masks: MaskSource | undefined,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { tape } = model;
  const streams = evaluationStreams(ids, { ...layout, warmUp: WARM_UP });
  const scores = new Float64Array(streams.scored);
  let filled = 0;
  let carried: ReturnType<typeof createCarriedState> | undefined;
  let window = 0;
  try {
    for (const batch of streams.batches()) {
      signal?.throwIfAborted();
      carried ??= createCarriedState(model, batch.rows);
      tape.noGrad(() =>
        tape.step(() => {
          const shape = [batch.steps, batch.rows];
          // a mask that is redrawn every step must also differ from pass to pass and window to window
          const source = masks && { ...masks, window: masks.stream * 0x10000 + window };
          const { logits, state } = model.forward(tape.ids(batch.inputs, shape), {
            state: carried!.state,
            masks: source,
          });
          const losses = crossEntropy(logits, tape.ids(batch.targets, shape), { reduction: "none" });
          const values = tape.engine.memory.floats(losses.ptr, losses.size);
          for (let k = 0; k < values.length; k++) if (batch.targets[k]! >= 0) scores[filled++] = values[k]!;
          carry(tape, carried!, state);
        }),
      );
      window++;
      await breathe();
    }
  } finally {
    if (carried) releaseCarriedState(tape, carried);
  }
  return scores;
}

/** One mask set per pass and stream: what training ties to a window is tied to the whole text here. */
function forWholeStream(dropout: RecurrentDropout): RecurrentDropout {
  const sites = Object.fromEntries(
    Object.entries(dropout.sites).map(([site, rule]) => [
      site,
      rule.tie === "sequence" ? { ...rule, tie: "stream" } : rule,
    ]),
  );
  return recurrentDropout({ name: dropout.name, sites });
}

/** ln(e^a + e^b) */
function logAddExp(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
