/**
 * Layer normalisation of a recurrent op: its gains, the input side outside the time loop, and what the kernels are told.
 *
 *   LSTM  z   = LN(U (h_{t-1} ⊙ m^h); α_hh) + LN(W (x_t ⊙ m^x); α_ih) + b + b'        over all gates as one row of 4H
 *         h_t = o ⊙ tanh(LN(ĉ; α_c, β_c))
 *   GRU   r, z as above over both gates as one row of 2H      n = tanh(LN(W_n x; α_ih) + b_n + r ⊙ [LN(U_n h; α_hh) + b'_n])
 *
 * The biases of the two normalisations are the op's b and b': LN(·; α, β) = LN(·; α) + β. Input projections are normalised row
 * by row; where the input is a table of symbols, the table's projections are, once for each symbol.
 *
 * Source: Ba, Kiros & Hinton 2016, supplement, eq. 20 to 22 (LSTM), and their GRU; ε as in their code.
 *
 * Stored for backward, in scalars: T·B·GH for the input side (V·GH for a table) and T·B·GH for the recurrent side, the LSTM T·B·H
 * more for its cells, and 4 per row. While backward runs, T·B·GH for each side, the LSTM T·B·H more.
 */
import { type CellNorm, normalisedRows, type Ptr, type RecurrentNorm } from "../../../engine/index.ts";
import { ConfigError, positiveNumber } from "../../../errors.ts";
import { type AxisRule, checkAxes } from "../../checkAxes.ts";
import type { Tape } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import { addColumnSums } from "../columnSum.ts";
import { LAYER_NORM_EPSILON } from "../layerNorm.ts";

/** The gains of a normalised cell. */
export interface SequenceNormInputs {
  /** α_ih [GH], of the input projections */
  readonly gainIh: Tensor;
  /** α_hh [GH], of the recurrent products */
  readonly gainHh: Tensor;
  /** ε, added to each variance: positive. Default 1e-5 */
  readonly epsilon?: number | undefined;
}

/** The LSTM normalises its cell as well, where h reads it. */
export interface LstmNormInputs extends SequenceNormInputs {
  /** α_c [H] */
  readonly gainC: Tensor;
  /** β_c [H] */
  readonly biasC: Tensor;
}

interface Sizes {
  readonly G: number;
  readonly T: number;
  readonly B: number;
  readonly H: number;
}

/** Throws a ShapeError or ConfigError unless the gains fit the cell. */
export function checkNorm(
  op: string,
  norm: SequenceNormInputs & Partial<LstmNormInputs>,
  { G, H }: Sizes,
): void {
  positiveNumber(op, "layerNorm.epsilon", norm.epsilon ?? LAYER_NORM_EPSILON);
  const gates = [`${G}H`, G * H] as const;
  const rules = { gainIh: gates, gainHh: gates, ...(G === 4 ? { gainC: ["H", H], biasC: ["H", H] } : {}) };
  for (const [name, rule] of Object.entries(rules) as [keyof LstmNormInputs, AxisRule][]) {
    const tensor = norm[name];
    if (tensor instanceof Tensor) checkAxes(op, `layerNorm.${name} does not fit wHh`, tensor.shape, [rule]);
    else throw missing(op, name, rule);
  }
}

function missing(op: string, name: string, [letter, size]: AxisRule): ConfigError {
  return new ConfigError(`layerNorm.${name} is missing`, {
    where: op,
    expected: `a tensor [${letter}=${size}]`,
    got: "undefined",
  });
}

/** What gradients flow to. */
export function normSources(
  norm: (SequenceNormInputs & Partial<LstmNormInputs>) | undefined,
): (Tensor | undefined)[] {
  return norm ? [norm.gainIh, norm.gainHh, norm.gainC, norm.biasC] : [];
}

/** Columns that are one row of a normalisation. */
function rowsOf({ G, H }: Sizes): readonly { readonly from: number; readonly width: number }[] {
  return normalisedRows(G).map(({ first, last }) => ({ from: first * H, width: (last - first) * H }));
}

/**
 * Normalises N rows of input projections `z` [N, GH] where they are; does nothing without a norm.
 *
 * @returns the way back: adds to the gradient of the gain, and turns the gradient of the result into that of the projections
 */
export function normaliseInput(
  norm: SequenceNormInputs | undefined,
  sizes: Sizes,
  N: number,
  z: Ptr,
): (dz: Ptr) => Ptr {
  if (!norm) return (dz) => dz;
  const { gainIh, epsilon = LAYER_NORM_EPSILON } = norm;
  const { tape } = gainIh;
  const { engine } = tape;
  const columns = sizes.G * sizes.H;
  const normalised = tape.scratch(N * columns);
  const rows = rowsOf(sizes).map((row) => ({ ...row, inverse: tape.scratch(N) }));
  for (const { from, width, inverse } of rows) {
    const gain = gainIh.ptr + from;
    engine.layerNorm(N, width, columns, z + from, gain, 0, epsilon, normalised + from, inverse, z + from);
  }
  return (dz) => {
    if (gainIh.requiresGrad) engine.sumProducts(N, columns, dz, normalised, gainIh.gradient());
    const d = tape.scratch(N * columns);
    for (const { from, width, inverse } of rows) {
      const gain = gainIh.ptr + from;
      const x = normalised + from;
      engine.layerNormBackward(N, width, columns, dz + from, gain, x, inverse, d + from, false);
    }
    return d;
  };
}

/** The recurrent side as the kernels take it, with room for what they save. */
export function recurrentNorm(norm: SequenceNormInputs, { G, T, B, H }: Sizes): RecurrentNorm {
  const { gainHh, epsilon = LAYER_NORM_EPSILON } = norm;
  const { tape } = gainHh;
  return {
    gain: gainHh.ptr,
    epsilon,
    normalised: tape.scratch(T * B * G * H),
    inverse: tape.scratch(2 * T * B),
  };
}

/** The same for the LSTM, with its cell. */
export function cellNorm(norm: LstmNormInputs, sizes: Sizes): CellNorm {
  const { gainC, biasC } = norm;
  const { T, B, H } = sizes;
  return {
    ...recurrentNorm(norm, sizes),
    cellGain: gainC.ptr,
    cellBias: biasC.ptr,
    cellNormalised: gainC.tape.scratch(T * B * H),
  };
}

/** dα_hh += Σ da ⊙ x̂ over all rows, da [T, B, GH] the gradient of α_hh ⊙ x̂. */
export function addGainGradient(
  { gainHh }: SequenceNormInputs,
  { G, T, B, H }: Sizes,
  { normalised }: RecurrentNorm,
  da: Ptr,
): void {
  if (gainHh.requiresGrad) gainHh.tape.engine.sumProducts(T * B, G * H, da, normalised, gainHh.gradient());
}

/** dα_c += Σ du ⊙ x̂, dβ_c += Σ du, du [T, B, H] the gradient of what stands under tanh. */
export function addCellNormGradient(
  tape: Tape,
  { gainC, biasC }: LstmNormInputs,
  { T, B, H }: Sizes,
  { cellNormalised }: CellNorm,
  du: Ptr,
): void {
  if (gainC.requiresGrad) tape.engine.sumProducts(T * B, H, du, cellNormalised, gainC.gradient());
  addColumnSums(tape, T * B, H, du, [biasC]);
}
