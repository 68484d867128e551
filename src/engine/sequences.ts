/**
 * What a recurrent kernel is given: one sequence of an LSTM or a GRU, its masks and the noise on its state, and gradients.
 *
 * Letters and conventions are those of engine.ts. With everything absent these are the plain cells.
 */
import type { Ptr } from "./engine.ts";

/**
 * Masks on the recurrent connection of a sequence: factors, or the units that a mask tied over time and batch has kept.
 *
 * With kept units the products shrink: U then is [GH, count], the kept columns of the weights with the scale 1/(1-p) in
 * them, and hMasked [T, B, count]. One step, one group; not for GRU reset-before, whose r ⊙ h meets U elsewhere.
 */
export interface RecurrentMask {
  /** [steps, groups, B, H], already scaled by 1/(1-p); 0 when there are no factors. */
  readonly ptr: Ptr;
  /** int32 [count], ascending: the units that are kept; 0 when the mask is none or given by factors. */
  readonly kept: Ptr;
  /** How many are kept; at least 1 */
  readonly count: number;
  /** 1: one mask for all gates; G (4 for LSTM, 3 for GRU): a mask per gate. */
  readonly groups: number;
  /** 1 when the mask is tied over time, T when each step has its own. */
  readonly steps: number;
}

/**
 * Flipout: beside the product with U a second one, whose signs differ from row to row. Row b then sees U + Δ ⊙ (r_b s_bᵀ).
 *
 *   U_k (h_{t-1} ⊙ m_k) + r_k ⊙ (Δ_k (h_{t-1} ⊙ m_k ⊙ s))        the same r and s at all steps
 *
 * Source: Wen et al. 2018, §3.1. The second product has the steps and groups of the mask; under kept units it is whole.
 */
export interface FlipoutSide {
  /** Δ [GH, H] */
  readonly delta: Ptr;
  /** r [B, GH]: 1 or -1 */
  readonly outputSigns: Ptr;
  /** m ⊙ s, [steps, groups, B, H]: s alone where there is no mask, factors where the mask is kept units */
  readonly mask: Ptr;
  /** [groups, T, B, H], written: h_{t-1} ⊙ m ⊙ s, for the gradient of Δ */
  readonly hMasked: Ptr;
  /** [T, B, H], written by a GRU reset-before: r ⊙ h_{t-1} ⊙ m_n ⊙ s, the operand of Δ_n; else 0 */
  readonly candidate: Ptr;
}

/**
 * Layer normalisation inside a cell: of the products with the recurrent weights, several gates as one row.
 *
 *   LSTM  the product of all gates as one row of 4H        GRU (reset-after)  r and z as one row of 2H, n as a row of H
 *   x̂ = LN(U (h_{t-1} ⊙ m)), and α ⊙ x̂ stands where the product stands without it
 *
 * Of the input side the kernels see nothing: `gates` come in normalised. Source: Ba, Kiros & Hinton 2016, supplement.
 */
export interface RecurrentNorm {
  /** α [GH] */
  readonly gain: Ptr;
  /** Added to the variance; positive */
  readonly epsilon: number;
  /** [T, B, GH], written: x̂ */
  readonly normalised: Ptr;
  /** [2, T, B], written: 1/√(var + ε), LSTM of the product and of the cell, GRU of r|z and of n */
  readonly inverse: Ptr;
}

/** Gates first .. last - 1, which a normalised cell takes as one row; `inverse` is which of its arrays of 1/√(var + ε) is theirs. */
export interface GateRow {
  readonly first: number;
  readonly last: number;
  readonly inverse: 0 | 1;
}

/** All gates of an LSTM together; r and z of a GRU, and n alone. */
export function normalisedRows(G: number): readonly GateRow[] {
  if (G === 4) return [{ first: 0, last: 4, inverse: 0 }];
  return [
    { first: 0, last: 2, inverse: 0 },
    { first: 2, last: 3, inverse: 1 },
  ];
}

/** The LSTM normalises the cell as well, where it is read: h_t = o ⊙ tanh(α_c ⊙ LN(ĉ) + β_c). The carried c_t is not normalised. */
export interface CellNorm extends RecurrentNorm {
  /** α_c [H] */
  readonly cellGain: Ptr;
  /** β_c [H] */
  readonly cellBias: Ptr;
  /** [T, B, H], written: LN(ĉ) before its gain */
  readonly cellNormalised: Ptr;
}

/** Factors on a state [B, H]. */
export interface StateFactors {
  /** [steps, B, H], or 0 when absent */
  readonly ptr: Ptr;
  /** 1 when the factors are the same at every step, T when each step has its own. */
  readonly steps: number;
}

/**
 * What disturbs the state inside a cell. Every part may be absent, and then its factor stands nowhere in the equations.
 *
 *   LSTM  ĉ = m_c ⊙ (f ⊙ c_{t-1} + i ⊙ (m ⊙ g))       c_t = k_c ⊙ c_{t-1} + (1 - k_c) ⊙ ĉ
 *                                                      h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ (o ⊙ tanh ĉ)
 *   GRU   ĥ = z ⊙ h_{t-1} + (1 - z) ⊙ (m ⊙ n)          h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ ĥ
 *
 * The factors are constants: no gradient is computed for them.
 */
export interface StateNoise {
  /** m, on what enters the state: Semeniuta et al. 2016. Already scaled by 1/(1-p). */
  readonly candidate: StateFactors;
  /** m_c, on the new cell, which is carried with it: Moon et al. 2015. LSTM only. Not scaled: 1/(1-p) would grow with each step. */
  readonly cell: StateFactors;
  /** k_c in [0, 1], the part of the old cell that is kept: zoneout, Krueger et al. 2017. LSTM only. */
  readonly keepCell: StateFactors;
  /** k_h in [0, 1], the part of the old h that is kept: zoneout. tanh stands over ĉ, not over c_t, as in the paper. */
  readonly keepHidden: StateFactors;
}

const ABSENT: StateFactors = { ptr: 0, steps: 1 };

/** The equations of the cell as they are. */
export const NO_NOISE: StateNoise = {
  candidate: ABSENT,
  cell: ABSENT,
  keepCell: ABSENT,
  keepHidden: ABSENT,
};

/** Arguments of `lstmForward` and, with what it saved, of `lstmBackward`. Gate order i|f|g|o. */
export interface LstmSequence {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  /** [T, B, 4H]. In: input projections W_ih x_t. Out: activated gates i|f|g|o. */
  readonly gates: Ptr;
  /** U [4H, H]; [4H, count] with kept units */
  readonly wHh: Ptr;
  /** U by `packRow`, taken where T B is small and there is no mask; absent or 0 when it is not at hand. */
  readonly packed?: Ptr;
  /** [4H] each, or 0; both are added to the pre-activations. */
  readonly bIh: Ptr;
  readonly bHh: Ptr;
  /** [T+1, B, H]. Row 0 holds the initial state on entry; rows 1..T are written. The clean state is carried, never the masked one. */
  readonly hs: Ptr;
  /** [T+1, B, H], as hs. */
  readonly cs: Ptr;
  readonly mask: RecurrentMask;
  /** [groups, T, B, H]: masked h_{t-1}, written when there is a mask, for the weight gradient; [T, B, count]: its kept units; else 0. */
  readonly hMasked: Ptr;
  /** Absent: U is the same for all rows. */
  readonly flipout?: FlipoutSide | undefined;
  readonly noise: StateNoise;
  /** Absent: nothing is normalised. */
  readonly norm?: CellNorm | undefined;
}

/** Gradients that flow through an LSTM sequence. */
export interface LstmGradients {
  /** [T, B, H]: gradient of every output h_t */
  readonly dhs: Ptr;
  /** [B, H] or 0: gradient of the final h beyond dhs[T-1] */
  readonly dhT: Ptr;
  /** [B, H] or 0: gradient of the final c */
  readonly dcT: Ptr;
  /** [T, B, 4H]: gradient of the pre-activations */
  readonly dGates: Ptr;
  /** [T, B, 4H] with `norm`: gradient of the product with U, before it was normalised */
  readonly dProduct?: Ptr;
  /** [T, B, H] with `norm`: gradient of α_c ⊙ LN(ĉ) + β_c */
  readonly dCell?: Ptr;
  /** [B, H] or 0, `+=` */
  readonly dh0: Ptr;
  /** [B, H] or 0, `+=` */
  readonly dc0: Ptr;
  /** [steps, groups, B, H] as the mask, or 0, `+=`: dm_k += h_{t-1} ⊙ (U_kᵀ dz_k), over the gates and steps that share a factor. Not for kept units. */
  readonly dMask: Ptr;
  /** As the mask of Flipout, absent or 0, `+=`: the same for m ⊙ s, over Δ_kᵀ (r_k ⊙ dz_k) */
  readonly dFlipoutMask?: Ptr;
}

/** Arguments of `gruForward` and `gruBackward`. Gate order r|z|n. */
export interface GruSequence {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  /** [T, B, 3H]. In: input projections W_ih x_t. Out: activated r|z|n. */
  readonly gates: Ptr;
  /** U [3H, H]; [3H, count] with kept units */
  readonly wHh: Ptr;
  /** As for the LSTM; reset-before: each gate's U by `packRow`, one after another. */
  readonly packed?: Ptr;
  readonly bIh: Ptr;
  readonly bHh: Ptr;
  /** [T+1, B, H]; row 0 is the initial state. */
  readonly hs: Ptr;
  readonly mask: RecurrentMask;
  /** [groups, T, B, H] or 0, as for the LSTM. */
  readonly hMasked: Ptr;
  readonly flipout?: FlipoutSide | undefined;
  /** true: n = tanh(W x + b + r (U h + b')), as PyTorch and cuDNN; false: n = tanh(W x + b + U (r h) + b'), Cho et al. 2014. */
  readonly resetAfter: boolean;
  /** [T, B, H]. Written: reset-after U_n h + b'_n, reset-before r h (the operand of U_n). */
  readonly candidate: Ptr;
  readonly noise: StateNoise;
  /** Reset-after only. Absent: nothing is normalised. */
  readonly norm?: RecurrentNorm | undefined;
}

/** Gradients that flow through a GRU sequence. */
export interface GruGradients {
  readonly dhs: Ptr;
  readonly dhT: Ptr;
  /** [T, B, 3H]: gradient of the pre-activations as the input side sees them */
  readonly dGates: Ptr;
  /** [T, B, 3H]: the same as the recurrent side sees them; differs in n for reset-after (r dn) and equals dGates for reset-before */
  readonly dRecurrent: Ptr;
  /** [T, B, 3H] with `norm`: gradient of the product with U, before it was normalised (dRecurrent is that of what came of it) */
  readonly dProduct?: Ptr;
  readonly dh0: Ptr;
  /** As for the LSTM; for the n of reset-before dm_n += r ⊙ h_{t-1} ⊙ (U_nᵀ dz_n). */
  readonly dMask: Ptr;
  readonly dFlipoutMask?: Ptr;
}
