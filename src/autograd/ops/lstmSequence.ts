/**
 * The LSTM over a sequence as one operation: the whole of back-propagation through time is in its backward.
 *
 *   z_k   = W_k (x_t ⊙ m^x_k) + b_k + U_k (h_{t-1} ⊙ m^h_k) + b'_k        k in i|f|g|o
 *   i,f,o = σ(z_i), σ(z_f), σ(z_o)    g = tanh(z_g)
 *   c_t   = f ⊙ c_{t-1} + i ⊙ g       h_t = o ⊙ tanh(c_t)                 the clean state is carried, never the masked one
 *
 *   dz by BPTT (engine.lstmBackward), then over all T·B at once
 *   dW_k += dz_kᵀ (x ⊙ m^x_k)    dU_k += dz_kᵀ (h_prev ⊙ m^h_k)    db, db' += Σ dz    dx += Σ_k m^x_k ⊙ (dz_k W_k)
 *   and of masks to train  dm^x_k += x ⊙ (dz_k W_k)    dm^h_k += h_prev ⊙ (dz_k U_k)
 *
 * With noise on the state, m candidateMask, m_c cellMask, k_c keepCell, k_h keepHidden (absent m is 1, absent k is 0):
 *   ĉ     = m_c ⊙ (f ⊙ c_{t-1} + i ⊙ (m ⊙ g))
 *   c_t   = k_c ⊙ c_{t-1} + (1 - k_c) ⊙ ĉ     h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ (o ⊙ tanh ĉ)     ĉ, not c_t, under tanh
 *
 * With Flipout row b sees U + Δ ⊙ (r_b s_bᵀ), and likewise W: recurrent/flipout.ts.
 * With layer normalisation (recurrent/sequenceNorm.ts) of the gains α, and β_c:
 *   z   = LN(W (x_t ⊙ m^x)) ⊙ α_ih + b + LN(U (h_{t-1} ⊙ m^h)) ⊙ α_hh + b'     over all gates as one row of 4H
 *   h_t = o ⊙ tanh(LN(ĉ) ⊙ α_c + β_c)                                           the carried c_t is not normalised
 *
 * Source: Hochreiter & Schmidhuber 1997; forget gate Gers et al. 2000; masks Gal & Ghahramani 2016; m Semeniuta et al.
 * 2016; m_c Moon et al. 2015; k_c, k_h Krueger et al. 2017; layer normalisation Ba, Kiros & Hinton 2016, supplement · two
 * biases and the gate order as PyTorch.
 *
 * Stored for backward, in scalars: T·B·4H gates, 2(T+1)·B·H states, and per group of masks T·B·D (input) and
 * T·B·H (recurrent); less under a mask that keeps the same units in all rows (recurrent/recurrentSide.ts, keptProduct.ts);
 * for noise nothing. While backward runs, T·B·4H more. Example: T = 64, B = 32, D = 64, H = 128 without masks keeps
 * 1.58 M scalars, 6.3 MB in float32; shared masks on both sides add 0.39 M, 1.6 MB.
 */
import type { LstmSequence, StateNoise } from "../../engine/index.ts";
import type { Tensor } from "../tensor.ts";
import { addColumnSums } from "./columnSum.ts";
import { backwardStep } from "./recurrent/backwardStep.ts";
import {
  addDeltaGradient,
  type FlipoutSides,
  flipoutMaskGradient,
  flipoutSide,
  flipoutSources,
  settleFlipout,
} from "./recurrent/flipout.ts";
import { equalBlocks } from "./recurrent/gateBlocks.ts";
import { type InputBackward, projectInput } from "./recurrent/inputProjection.ts";
import { addRecurrentGradient, maskGradient, recurrentSide } from "./recurrent/recurrentSide.ts";
import {
  addCellNormGradient,
  addGainGradient,
  cellNorm,
  type LstmNormInputs,
  normSources,
} from "./recurrent/sequenceNorm.ts";
import {
  checkState,
  inputSource,
  maskSources,
  type SequenceInputs,
  type SequenceSizes,
  sequenceSizes,
} from "./recurrent/sequenceShapes.ts";
import { type CellNoiseInputs, noiseSources, stateNoise } from "./recurrent/stateNoise.ts";
import { outputGradient, statesFrom } from "./recurrent/states.ts";
import { settleInput } from "./recurrent/tableProjection.ts";

/** Gates of an LSTM: i|f|g|o. */
const G = 4;

/** What an LSTM takes: see SequenceInputs, with G = 4, and CellNoiseInputs; and the initial cell. */
export interface LstmInputs extends SequenceInputs, CellNoiseInputs {
  /** [B, H]. Default zeros */
  readonly c0?: Tensor | undefined;
  /** Gains of a layer-normalised LSTM. Default: nothing is normalised */
  readonly layerNorm?: LstmNormInputs | undefined;
}

/** What an LSTM gives. */
export interface LstmOutputs {
  /** h_1 … h_T, [T, B, H] */
  readonly y: Tensor;
  /** h_T, [B, H] */
  readonly h: Tensor;
  /** c_T, [B, H] */
  readonly c: Tensor;
}

/**
 * Runs an LSTM over a sequence. Equations, memory and sources stand at the top of this file.
 *
 * @param given - see LstmInputs
 * @returns y [T, B, H] and the final state h, c [B, H]; gradients flow from all three
 * @throws ShapeError when an argument does not fit the others, or an id is outside [0, D)
 * @throws ConfigError when noise, signs of Flipout, or a mask on ids, requires a gradient
 * @example
 * const { y, h, c } = lstmSequence({ x, h0, c0, wIh, wHh, bIh, bHh });
 */
export function lstmSequence(given: LstmInputs): LstmOutputs {
  const inputs = settleInput(given);
  const { h0, c0, wIh, wHh, bIh, bHh } = inputs;
  const { tape } = wHh;
  const sizes = sequenceSizes("lstmSequence", G, inputs);
  const { T, B, H } = sizes;
  if (c0) checkState("lstmSequence", "c0", c0, B, H);
  const noise = stateNoise("lstmSequence", inputs, sizes);
  const flipout = settleFlipout("lstmSequence", inputs, sizes);
  const sources = [
    inputSource(inputs),
    h0,
    c0,
    wIh,
    wHh,
    bIh,
    bHh,
    ...maskSources(inputs),
    ...noiseSources(inputs),
    ...flipoutSources(flipout),
    ...normSources(inputs.layerNorm),
  ];

  const hs = statesFrom(tape, h0, sizes);
  const cs = statesFrom(tape, c0, sizes);
  const y = tape.view(hs + B * H, [T, B, H], sources);
  const h = tape.view(hs + T * B * H, [B, H], sources);
  const c = tape.view(cs + T * B * H, [B, H], sources);
  if (!tape.needsGradient(sources)) {
    tape.step(() => forward(inputs, sizes, noise, flipout, hs, cs)); // gates and masked operands are given back at once
    return { y, h, c };
  }
  const saved = forward(inputs, sizes, noise, flipout, hs, cs);
  tape.record([y, h, c], () =>
    backwardStep(tape, sources, () => backward(inputs, sizes, saved, { y, h, c })),
  );
  return { y, h, c };
}

interface Saved {
  readonly sequence: LstmSequence;
  readonly inputBackward: InputBackward;
  readonly flipout: FlipoutSides;
}

function forward(
  inputs: LstmInputs,
  sizes: SequenceSizes,
  noise: StateNoise,
  flipout: FlipoutSides,
  hs: number,
  cs: number,
): Saved {
  const { wHh, bIh, bHh } = inputs;
  const { tape } = wHh;
  const { T, B, H } = sizes;
  const gates = tape.scratch(T * B * G * H); // [T, B, 4H]
  const inputBackward = projectInput(inputs, sizes, flipout.input, gates);
  const sequence: LstmSequence = {
    T,
    B,
    H,
    gates,
    bIh: bIh?.ptr ?? 0,
    bHh: bHh?.ptr ?? 0,
    hs,
    cs,
    ...recurrentSide(inputs, sizes),
    flipout: flipoutSide(flipout.recurrent, sizes),
    noise,
    norm: inputs.layerNorm && cellNorm(inputs.layerNorm, sizes),
  };
  tape.engine.lstmForward(sequence);
  return { sequence, inputBackward, flipout };
}

function backward(inputs: LstmInputs, sizes: SequenceSizes, saved: Saved, outputs: LstmOutputs): void {
  const { h0, c0, wHh, bIh, bHh, layerNorm } = inputs;
  const { sequence, inputBackward, flipout } = saved;
  const { tape } = wHh;
  const { engine } = tape;
  const { T, B, H } = sizes;
  const dGates = tape.scratch(T * B * G * H); // [T, B, 4H]
  const dProduct = layerNorm ? tape.scratch(T * B * G * H) : dGates; // of U h, which is dGates unless it was normalised
  const dCell = layerNorm ? tape.scratch(T * B * H) : 0;
  engine.lstmBackward(sequence, {
    dhs: outputGradient(outputs.y),
    dhT: outputs.h.gradientPtr,
    dcT: outputs.c.gradientPtr,
    dGates,
    dProduct,
    dCell,
    dh0: h0?.requiresGrad ? h0.gradient() : 0,
    dc0: c0?.requiresGrad ? c0.gradient() : 0,
    dMask: maskGradient(inputs),
    dFlipoutMask: flipoutMaskGradient(flipout),
  });
  const summed = inputBackward(dGates);
  const { mask, hMasked, hs } = sequence;
  const matrix = { rows: T * B, columns: G * H, K: H };
  const blocks = equalBlocks(matrix, mask.groups, hMasked || hs); // rows 0..T-1 of hs are h_{t-1}
  addRecurrentGradient(inputs, sizes, blocks, dProduct);
  if (sequence.flipout)
    addDeltaGradient(flipout, sizes, equalBlocks(matrix, mask.groups, sequence.flipout.hMasked), dProduct);
  addColumnSums(tape, summed.count, G * H, summed.ptr, [bIh, bHh]);
  if (!layerNorm || !sequence.norm) return;
  addGainGradient(layerNorm, sizes, sequence.norm, dGates);
  addCellNormGradient(tape, layerNorm, sizes, sequence.norm, dCell);
}
