/** What mask kernels are given: what masks and noise are drawn from, and rows of a table under masks. Conventions as in engine.ts. */
import type { Ptr } from "./engine.ts";

/** What a mask is drawn from: a key made of the seed, and the counters that say which mask it is. */
export interface MaskDraw {
  /** [steps, rows, columns], written: 0 with probability `rate`, else `kept` */
  readonly y: Ptr;
  readonly steps: number;
  readonly rows: number;
  readonly columns: number;
  /** fraction dropped, in [0, 1) */
  readonly rate: number;
  /** Default 1/(1-rate) */
  readonly kept?: number | undefined;
  /** two 32-bit words made of the seed */
  readonly key: readonly [number, number];
  /** which window or stream: 32 bits */
  readonly counter: number;
  /** which site, layer and gate: 32 bits */
  readonly lane: number;
}

/** What noise is drawn from: a table of quantiles, and key and counters as those of a mask. */
export interface NoiseDraw {
  /** [steps, rows, columns], written: mean ± scale q */
  readonly y: Ptr;
  readonly steps: number;
  /** elements from one step to the next; at least rows · columns */
  readonly stepSize: number;
  readonly rows: number;
  readonly columns: number;
  /** q of 32,768 numbers, the upper half of a distribution that is even; an engine may keep a copy, so it must not change */
  readonly quantiles: Float64Array;
  readonly mean: number;
  readonly scale: number;
  readonly key: MaskDraw["key"];
  readonly counter: number;
  readonly lane: number;
}

/**
 * Rows of a table, looked up and masked on their way into a weight. Row i is
 *
 *   x_i = f_i (E[ids[i]] ⊙ m[maskRows[i]])        and stands at the places starts[i] .. starts[i+1] - 1 of the list `places`
 *
 * Most numbers of a mask are one value, `usual`: 1/(1-p), or 0. What they give is a product of the table alone, made once;
 * the kernels add the few that differ.
 */
export interface MaskedRows {
  readonly N: number;
  /** rows of the table */
  readonly V: number;
  /** D: numbers of a row of the table, of the mask and of the weight */
  readonly D: number;
  /** gate columns: rows of the weight */
  readonly columns: number;
  /** row length of z, of `base` and of `sums` */
  readonly ld: number;
  /** int32 [N]: rows of the table; on the way back ascending */
  readonly ids: Ptr;
  /** int32 [N]: rows of the mask */
  readonly maskRows: Ptr;
  /** f [N], or 0: all are 1 */
  readonly factors: Ptr;
  /** int32 [N+1], ascending from 0 */
  readonly starts: Ptr;
  /** int32: rows of z, none named twice */
  readonly places: Ptr;
  /** m, rows [D] */
  readonly mask: Ptr;
  readonly usual: number;
  /** E [V, D] */
  readonly table: Ptr;
  /** W [columns, D] */
  readonly weight: Ptr;
}

/** Where `maskedRowsBackward` adds. With g_i the sum of dz over the places of row i: */
export interface MaskedRowsGradients {
  /** E's [V, D] += Σ_i f_i (m_i - usual) ⊙ (g_i W), row i into row ids[i] */
  readonly dTable: Ptr;
  /** W's [columns, D] += Σ_i g_iᵀ (f_i (m_i - usual) ⊙ E[ids[i]]) */
  readonly dWeight: Ptr;
  /** [V, ld] += Σ_i f_i g_i, row i into row ids[i] */
  readonly sums: Ptr;
  /** [columns] += Σ_i g_i, or 0 when it is not wanted */
  readonly total: Ptr;
}
