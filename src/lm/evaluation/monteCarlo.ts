/**
 * Monte-Carlo dropout: S passes over the text, each with one set of masks for the whole of it, and a mean of their predictions.
 *
 *   -ln p̄_t = -[ logsumexp_s ln p_s(w_t) - ln S ]          the arithmetic mean, Gal & Ghahramani 2016, §4
 *
 * The passes go through the text side by side, window by window, so that what is kept is a window of the vocabulary and S
 * carried states, whatever the length of the text.
 */
import { randomKey, type Seed } from "../../engine/index.ts";
import { positiveInteger } from "../../errors.ts";
import { type RecurrentDropout, recurrentDropout, type Tie } from "../../nn/index.ts";
import { breathe } from "../breathe.ts";
import { type CarriedState, createCarriedState, releaseCarriedState } from "../carriedState.ts";
import type { LanguageModel, MaskSource } from "../languageModel.ts";
import type { CharScores } from "./charScores.ts";
import { logSoftmax, logSumExp } from "./logSoftmax.ts";
import { createMixture } from "./mixture.ts";
import { checkPassMean, type PassMean, type RunningMean, runningMean } from "./passMean.ts";
import { forEachTarget, forEachWindow, type Reading, readWindow, type Window } from "./reading.ts";

/** A mean over masks. */
export interface MonteCarlo {
  readonly name: "monteCarlo";
  /** S */
  readonly passes: number;
  readonly dropout: RecurrentDropout;
  /** of the masks. Default 0 */
  readonly seed?: Seed;
  /** Default arithmetic: probabilities are averaged. */
  readonly mean?: PassMean;
}

/** @throws ConfigError for fewer than one pass, an unknown mean, or a dropout that is none */
export function checkMonteCarlo({ passes, dropout, mean = "arithmetic" }: MonteCarlo): void {
  positiveInteger("evaluate", "passes", passes, 16);
  checkPassMean(mean);
  recurrentDropout(dropout);
}

/** Scores a text under S sets of masks. */
export async function monteCarlo(
  model: LanguageModel,
  ids: Int32Array,
  reading: Reading,
  { passes, dropout, seed = 0, mean = "arithmetic" }: MonteCarlo,
): Promise<CharScores> {
  const masks = { dropout: forWholeStream(recurrentDropout(dropout)), key: randomKey(seed, "monteCarlo") };
  const states: CarriedState[] = [];
  const length = Math.max(0, ids.length - 1);
  const scores = {
    nats: new Float64Array(length),
    predictiveEntropy: new Float64Array(length),
    mutualInformation: new Float64Array(length),
  };
  try {
    await forEachWindow(ids, reading, async (window) => {
      while (states.length < passes) states.push(createCarriedState(model, window.rows));
      const means = createMeans(model, window, mean, passes);
      for (let pass = 0; pass < passes; pass++) {
        reading.signal?.throwIfAborted();
        means.read(states[pass]!, maskSource(masks, pass, window));
        await breathe();
      }
      means.write(scores);
    });
  } finally {
    for (const state of states) releaseCarriedState(model.tape, state);
  }
  return { mode: "monteCarlo", ...scores };
}

/** A mask that is redrawn every step must also differ from pass to pass and window to window. */
function maskSource(
  masks: Pick<MaskSource, "dropout" | "key">,
  pass: number,
  { number }: Window,
): MaskSource {
  return { ...masks, window: pass * 0x10000 + number, stream: pass };
}

/** The means of one window over all passes. */
function createMeans(
  model: LanguageModel,
  window: Window,
  mean: PassMean,
  passes: number,
): {
  read(carried: CarriedState, masks: MaskSource): void;
  write(scores: Record<"nats" | "predictiveEntropy" | "mutualInformation", Float64Array>): void;
} {
  const { vocabSize: V, tape } = model;
  const { memory } = tape.engine;
  const n = window.places.filter((place) => place >= 0).length;
  const row = new Float64Array(V);
  const target = runningMean(mean, n, passes);
  const vocabulary: RunningMean | undefined =
    mean === "arithmetic" ? undefined : runningMean(mean, n * V, passes);
  const mixture = createMixture(n, V, passes);

  return {
    read(carried, masks) {
      readWindow(model, window, carried, { masks }, ({ logits, losses }) => {
        const values = memory.floats(logits.ptr, logits.size);
        let i = 0;
        forEachTarget(window, (k) => {
          logSoftmax(values, k * V, row);
          // the target's own logarithm is the kernel's, so that a pass without masks has the bits of the expectation
          target.add(i, -losses[k]!);
          mixture.add(i, row);
          if (vocabulary) for (let v = 0; v < V; v++) vocabulary.add(i * V + v, row[v]!);
          i++;
        });
      });
    },
    write({ nats, predictiveEntropy, mutualInformation }) {
      let i = 0;
      forEachTarget(window, (_, place) => {
        const first = i * V;
        const total = vocabulary ? logSumExp(V, (v) => vocabulary.value(first + v)) : 0;
        nats[place] = total - target.value(i);
        const entropy = mixture.entropy(i);
        predictiveEntropy[place] = entropy;
        mutualInformation[place] = mixture.information(i, entropy);
        i++;
      });
    },
  };
}

/** What a tie of training becomes. */
const overText: Readonly<Record<Tie, Tie>> = {
  ...{ sequence: "stream", batch: "stream", stream: "stream" },
  ...{ step: "step", batchStep: "step" },
};

/**
 * One mask set per pass and stream: what training ties to a window is tied to the whole text here, row by row. A mask that
 * drifts goes on drifting, and one that is new at each step stays so, row by row as well: rows here are pieces of one text.
 */
function forWholeStream(dropout: RecurrentDropout): RecurrentDropout {
  const sites = Object.fromEntries(
    Object.entries(dropout.sites).map(([site, rule]) => [
      site,
      rule.kind === "drifting" ? rule : { ...rule, tie: overText[rule.tie] },
    ]),
  );
  return recurrentDropout({ name: dropout.name, sites });
}
