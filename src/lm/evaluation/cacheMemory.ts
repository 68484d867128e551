/** The last N hidden states of every row of a text, with the symbols that followed them. */
import type { Tensor } from "../../autograd/index.ts";
import type { LanguageModel } from "../languageModel.ts";
import { decoderInputSize } from "../modelConfig.ts";
import type { Window } from "./reading.ts";

/**
 * p_cache of a symbol at step t of a window, by its similarity to the N states before it; undefined while there are none.
 *
 *   Σ_i 1[w = x_{i+1}] e^(θ h_t · h_i) / Σ_i e^(θ h_t · h_i)
 */
export type Similar = (t: number, theta: number, symbol: number) => number | undefined;

export interface CacheMemory {
  /**
   * Calls `visit` for every row of a window, and then remembers its states. Runs inside the open step.
   * @param y - [T, B, H]
   */
  readonly visitRows: (y: Tensor, window: Window, visit: (row: number, similar: Similar) => void) => void;
  /** Gives the memory back. */
  readonly release: () => void;
}

/** An empty memory. @param rows - B @param size - N */
export function createCacheMemory(model: LanguageModel, rows: number, size: number): CacheMemory {
  const { tape } = model;
  const { engine } = tape;
  const { memory } = engine;
  const H = decoderInputSize(model.config);
  const N = size;
  const states = tape.constant([rows, N, H]); // oldest first; the first N - filled are not there yet
  const followers = Array.from({ length: rows }, () => new Int32Array(N));
  let filled = 0;

  function visitRow(
    b: number,
    y: Tensor,
    { steps: T, rows: B, next }: Window,
    visit: (similar: Similar) => void,
  ): void {
    const past = states.ptr + b * N * H;
    const all = tape.scratch((N + T) * H); // what was remembered, then the states of this window
    const present = all + N * H;
    engine.scale(N * H, 1, past, all);
    engine.stridedCopy([1, 1, T, H], y.ptr + b * H, [0, 0, B * H, 1], present, [0, 0, H, 1], false);
    const products = tape.scratch(T * (N + T)); // h_t · h_i
    engine.gemm(false, true, T, N + T, H, present, H, all, H, products, N + T, false);
    engine.scale(N * H, 1, all + T * H, past);

    const after = new Int32Array(N + T);
    after.set(followers[b]!);
    for (let t = 0; t < T; t++) after[N + t] = next[t * B + b]!;
    followers[b]!.set(after.subarray(T));

    const dot = memory.floats(products, T * (N + T));
    visit((t, theta, symbol) => {
      const row = t * (N + T);
      const first = Math.max(t, N - filled); // the state of step t is number N + t
      const end = N + t;
      if (first === end) return undefined;
      let largest = Number.NEGATIVE_INFINITY;
      for (let i = first; i < end; i++) largest = Math.max(largest, dot[row + i]!);
      let [matching, total] = [0, 0];
      for (let i = first; i < end; i++) {
        const weight = Math.exp(theta * (dot[row + i]! - largest));
        total += weight;
        if (after[i] === symbol) matching += weight;
      }
      return matching / total;
    });
  }

  return {
    visitRows(y, window, visit) {
      for (let b = 0; b < window.rows; b++)
        tape.step(() => visitRow(b, y, window, (similar) => visit(b, similar)));
      filled = Math.min(N, filled + window.steps);
    },
    release: () => tape.release(states),
  };
}
