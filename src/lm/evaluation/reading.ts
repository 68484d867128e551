/**
 * Reading a text to score it: every target exactly once, with the state carried, in windows of parallel rows.
 *
 * All modes read with this, so that all of them score the same targets; a score is kept at its place in the text, so that
 * scores of two modes, models or layouts can be paired.
 */
import { crossEntropy, scale, type Tensor } from "../../autograd/index.ts";
import type { Floats } from "../../engine/index.ts";
import { evaluationStreams, NOT_SCORED } from "../../text/index.ts";
import { breathe } from "../breathe.ts";
import {
  type CarriedState,
  carry,
  createCarriedState,
  releaseCarriedState,
  resetCarriedState,
} from "../carriedState.ts";
import type { LanguageModel, MaskSource } from "../languageModel.ts";

/** Symbols that a row reads before its first scored one, so that its start from a zero state is forgotten. */
export const WARM_UP = 128;

/** How a text is read. */
export interface Reading {
  readonly rows: number;
  readonly sequenceLength: number;
  /** Symbols that a row but the first reads before its first scored one. Default 128. */
  readonly warmUp?: number;
  /** false: every window of `sequenceLength` symbols is read from the zero state, in one row or in many the same. Default true. */
  readonly carryState?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each window with the share of the text that has been read, in (0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** One window of all rows. Arrays are time-major [T, B]. */
export interface Window {
  readonly steps: number;
  readonly rows: number;
  /** how many windows came before */
  readonly number: number;
  /** whether the state is zeroed before it */
  readonly restart: boolean;
  /** symbols that are read; padding reads the first symbol of the text */
  readonly inputs: Int32Array;
  /** symbols that follow; -1 where nothing is scored */
  readonly targets: Int32Array;
  /** symbols that follow, scored or not */
  readonly next: Int32Array;
  /** for each target its place among the scores, k for symbol k + 1 of the text; -1 where nothing is scored */
  readonly places: Int32Array;
}

/**
 * Runs `body` for every window of a text, in order, between breaths, until the signal aborts.
 *
 * @param ids - symbol numbers, [N]
 * @throws CorpusError when the text has fewer than 2 symbols
 * @throws the signal's reason when it aborts
 */
export async function forEachWindow(
  ids: Int32Array,
  { rows, sequenceLength, warmUp = WARM_UP, carryState = true, signal, onProgress }: Reading,
  body: (window: Window) => void | Promise<void>,
): Promise<void> {
  // the streams cut a text of positions, so that each target says where in the text it is
  const positions = ids.map((_, position) => position);
  const cut = carryState ? { warmUp } : { warmUp: 0, wholeWindows: true };
  const streams = evaluationStreams(positions, { rows, sequenceLength, ...cut });
  let number = 0;
  let scored = 0;
  for (const batch of streams.batches()) {
    signal?.throwIfAborted();
    const symbolAt = (position: number): number => (position < 0 ? NOT_SCORED : ids[position]!);
    await body({
      steps: batch.steps,
      rows: batch.rows,
      number: number++,
      restart: !carryState,
      inputs: batch.inputs.map(symbolAt),
      targets: batch.targets.map(symbolAt),
      next: batch.inputs.map((position) => ids[position + 1]!),
      places: batch.targets.map((position) => (position < 0 ? NOT_SCORED : position - 1)),
    });
    scored += batch.scored;
    onProgress?.(scored / streams.scored);
    await breathe();
  }
}

/** What a model says about a window. Tensors of the open step. */
export interface Predictions {
  /** [T, B, V] */
  readonly logits: Tensor;
  /** [T, B, F], what the decoder reads: the output of the top layer, or of the feed-forward layer above it */
  readonly features: Tensor;
  /** [T, B]: -ln p of each target in nats, 0 where nothing is scored; valid until the next allocation */
  readonly losses: Floats;
}

export interface WindowOptions {
  /** Default none. */
  readonly masks?: MaskSource;
  /** Divides the logits that are scored. Default 1: they are scored as they are, to the bit. */
  readonly temperature?: number;
}

/** Reads a window without a gradient, from the zero state if it restarts, and carries the state on. `visit` runs inside the step. */
export function readWindow(
  model: LanguageModel,
  window: Window,
  carried: CarriedState,
  { masks, temperature = 1 }: WindowOptions,
  visit: (predictions: Predictions) => void,
): void {
  const { tape } = model;
  if (window.restart) resetCarriedState(tape, carried);
  tape.noGrad(() =>
    tape.step(() => {
      const shape = [window.steps, window.rows];
      const { logits, features, state } = model.forward(tape.ids(window.inputs, shape), {
        state: carried.state,
        masks,
      });
      carry(tape, carried, state);
      const scored = temperature === 1 ? logits : scale(logits, 1 / temperature);
      const losses = crossEntropy(scored, tape.ids(window.targets, shape), { reduction: "none" });
      visit({ logits, features, losses: tape.engine.memory.floats(losses.ptr, losses.size) });
    }),
  );
}

/** Calls `visit` for every scored target of a window: its index in [T, B] and its place among the scores. */
export function forEachTarget({ places }: Window, visit: (index: number, place: number) => void): void {
  for (let k = 0; k < places.length; k++) if (places[k]! >= 0) visit(k, places[k]!);
}

/** A carried state for the rows that a text is cut into, made at the first window and given back at the end. */
export async function withCarriedState<T>(
  model: LanguageModel,
  body: (stateOf: (window: Window) => CarriedState) => Promise<T>,
): Promise<T> {
  let carried: CarriedState | undefined;
  try {
    return await body(({ rows }) => {
      carried ??= createCarriedState(model, rows);
      return carried;
    });
  } finally {
    if (carried) releaseCarriedState(model.tape, carried);
  }
}
