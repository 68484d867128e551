/**
 * The GRU over a sequence as one operation: the whole of back-propagation through time is in its backward.
 *
 *   r   = σ(W_r (x ⊙ m^x_r) + b_r + U_r (h_{t-1} ⊙ m^h_r) + b'_r)
 *   z   = σ(W_z (x ⊙ m^x_z) + b_z + U_z (h_{t-1} ⊙ m^h_z) + b'_z)
 *   n   = tanh(W_n (x ⊙ m^x_n) + b_n + r ⊙ [U_n (h_{t-1} ⊙ m^h_n) + b'_n])        reset-after
 *   n   = tanh(W_n (x ⊙ m^x_n) + b_n + U_n [r ⊙ (h_{t-1} ⊙ m^h_n)] + b'_n)        reset-before
 *   h_t = z ⊙ h_{t-1} + (1 - z) ⊙ n                                               the carry is the clean state
 *
 *   dz_k by BPTT (engine.gruBackward), and da_k as the recurrent side sees it: da_r,z = dz_r,z; da_n = r ⊙ dz_n for
 *   reset-after, dz_n for reset-before. Then over all T·B at once
 *   dW_k += dz_kᵀ (x ⊙ m^x_k)    db += Σ dz    dx += Σ_k m^x_k ⊙ (dz_k W_k)    db' += Σ da
 *   dU_k += da_kᵀ (h_prev ⊙ m^h_k), but for reset-before dU_n += da_nᵀ (r ⊙ h_prev ⊙ m^h_n)
 *
 * Masks to train get dm^x_k += x ⊙ (dz_k W_k), dm^h_k += h_prev ⊙ (da_k U_k), for the n of reset-before r ⊙ that.
 *
 * With noise on the state, m candidateMask and k_h keepHidden (absent m is 1, absent k_h is 0):
 *   ĥ   = z ⊙ h_{t-1} + (1 - z) ⊙ (m ⊙ n)        h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ ĥ
 *
 * With Flipout row b sees U + Δ ⊙ (r_b s_bᵀ), and likewise W: recurrent/flipout.ts.
 * With layer normalisation (recurrent/sequenceNorm.ts) of the gains α, reset-after only:
 *   r, z as above from LN(W (x ⊙ m^x)) ⊙ α_ih + b + LN(U (h_{t-1} ⊙ m^h)) ⊙ α_hh + b', both gates as one row of 2H
 *   n   = tanh(LN(W_n (x ⊙ m^x_n)) ⊙ α_ih,n + b_n + r ⊙ [LN(U_n (h_{t-1} ⊙ m^h_n)) ⊙ α_hh,n + b'_n])
 *
 * Source: Cho et al. 2014 (reset-before); reset-after as cuDNN and PyTorch; masks Gal & Ghahramani 2016; m Semeniuta et
 * al. 2016; k_h Krueger et al. 2017; layer normalisation Ba, Kiros & Hinton 2016, supplement · h_t in the form of PyTorch
 * and Keras, where z keeps the old state.
 *
 * Stored for backward, in scalars: T·B·3H gates, T·B·H candidates, (T+1)·B·H states, and per group of masks T·B·D
 * (input) and T·B·H (recurrent); less under a mask that keeps the same units in all rows (recurrent/recurrentSide.ts,
 * keptProduct.ts); for noise nothing. While backward runs, T·B·6H more. Example: T = 64, B = 32, D = 64, H = 128 without
 * masks keeps 1.31 M scalars, 5.3 MB in float32; shared masks on both sides add 0.39 M, 1.6 MB.
 */
import type { GruSequence, Ptr, StateNoise } from "../../engine/index.ts";
import { ConfigError } from "../../errors.ts";
import { KeptUnits, maskOfKept } from "../keptUnits.ts";
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
import { type BlockSizes, equalBlocks, type GateBlock } from "./recurrent/gateBlocks.ts";
import { type InputBackward, projectInput } from "./recurrent/inputProjection.ts";
import { addRecurrentGradient, maskGradient, recurrentSide } from "./recurrent/recurrentSide.ts";
import { addGainGradient, normSources, recurrentNorm } from "./recurrent/sequenceNorm.ts";
import {
  inputSource,
  maskSources,
  type SequenceInputs,
  type SequenceSizes,
  sequenceSizes,
} from "./recurrent/sequenceShapes.ts";
import { noiseSources, refuseCellNoise, stateNoise } from "./recurrent/stateNoise.ts";
import { outputGradient, statesFrom } from "./recurrent/states.ts";
import { settleInput } from "./recurrent/tableProjection.ts";

/** Gates of a GRU: r|z|n. */
const G = 3;

/** What a GRU takes: see SequenceInputs, with G = 3, and which of the two cells it is. */
export interface GruInputs extends SequenceInputs {
  /** true: the reset gate acts after the product with U_n, as PyTorch; false: before it, as Cho et al. 2014. Default true */
  readonly resetAfter?: boolean | undefined;
}

/** What a GRU gives. */
export interface GruOutputs {
  /** h_1 … h_T, [T, B, H] */
  readonly y: Tensor;
  /** h_T, [B, H] */
  readonly h: Tensor;
}

/**
 * Runs a GRU over a sequence. Equations, memory and sources stand at the top of this file.
 *
 * @param given - see GruInputs
 * @returns y [T, B, H] and the final state h [B, H]; gradients flow from both
 * @throws ShapeError when an argument does not fit the others, or an id is outside [0, D)
 * @throws ConfigError when noise, signs of Flipout, or a mask on ids, requires a gradient; noise on a cell c is given; or layer
 *   normalisation of reset-before
 * @example
 * const { y, h } = gruSequence({ x, h0, wIh, wHh, bIh, bHh, resetAfter: true });
 */
export function gruSequence(given: GruInputs): GruOutputs {
  const { h0, wIh, wHh, bIh, bHh } = given;
  const { tape } = wHh;
  const sizes = sequenceSizes("gruSequence", G, given);
  const inputs = settleInput(withFactors(given, sizes));
  const { T, B, H } = sizes;
  refuseCellNoise("gruSequence", inputs);
  refuseNormBefore(inputs);
  const noise = stateNoise("gruSequence", inputs, sizes);
  const flipout = settleFlipout("gruSequence", inputs, sizes);
  const sources = [
    inputSource(inputs),
    h0,
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
  const y = tape.view(hs + B * H, [T, B, H], sources);
  const h = tape.view(hs + T * B * H, [B, H], sources);
  if (!tape.needsGradient(sources)) {
    tape.step(() => forward(inputs, sizes, noise, flipout, hs)); // gates and masked operands are given back at once
    return { y, h };
  }
  const saved = forward(inputs, sizes, noise, flipout, hs);
  tape.record([y, h], () => backwardStep(tape, sources, () => backward(inputs, sizes, saved, { y, h })));
  return { y, h };
}

/** Reset-before multiplies r into the masked state before U_n: its kernel knows no kept units, and gets the same mask as factors. */
function withFactors(given: GruInputs, { B, H }: SequenceSizes): GruInputs {
  const { recurrentMask: mask, resetAfter = true } = given;
  if (resetAfter || !(mask instanceof KeptUnits)) return given;
  return { ...given, recurrentMask: maskOfKept(mask, [1, 1, B, H]) };
}

/** Reset-before multiplies r into the state before U_n: the product has no normalisation in the paper, whose GRU is reset-after. */
function refuseNormBefore({ layerNorm, resetAfter = true }: GruInputs): void {
  if (!layerNorm || resetAfter) return;
  throw new ConfigError("a layer-normalised GRU is reset-after", {
    where: "gruSequence",
    expected: "resetAfter: true",
    got: "resetAfter: false",
    mend: "r multiplies LN(U_n h) + b'_n, as Ba, Kiros & Hinton 2016 have it; leave resetAfter out, or layerNorm",
  });
}

interface Saved {
  readonly sequence: GruSequence;
  readonly inputBackward: InputBackward;
  readonly flipout: FlipoutSides;
}

function forward(
  inputs: GruInputs,
  sizes: SequenceSizes,
  noise: StateNoise,
  flipout: FlipoutSides,
  hs: number,
): Saved {
  const { wHh, bIh, bHh, resetAfter = true } = inputs;
  const { tape } = wHh;
  const { T, B, H } = sizes;
  const gates = tape.scratch(T * B * G * H); // [T, B, 3H]
  const inputBackward = projectInput(inputs, sizes, flipout.input, gates);
  const sequence: GruSequence = {
    T,
    B,
    H,
    gates,
    bIh: bIh?.ptr ?? 0,
    bHh: bHh?.ptr ?? 0,
    hs,
    ...recurrentSide(inputs, sizes),
    flipout: flipoutSide(flipout.recurrent, sizes, !resetAfter),
    noise,
    resetAfter,
    candidate: tape.scratch(T * B * H),
    norm: inputs.layerNorm && recurrentNorm(inputs.layerNorm, sizes),
  };
  tape.engine.gruForward(sequence);
  return { sequence, inputBackward, flipout };
}

function backward(inputs: GruInputs, sizes: SequenceSizes, saved: Saved, outputs: GruOutputs): void {
  const { h0, wHh, bIh, bHh, layerNorm } = inputs;
  const { sequence, inputBackward, flipout } = saved;
  const { tape } = wHh;
  const { engine } = tape;
  const { T, B, H } = sizes;
  const dGates = tape.scratch(T * B * G * H); // [T, B, 3H], as the input side sees it
  const dRecurrent = tape.scratch(T * B * G * H); // [T, B, 3H], as the recurrent side sees it
  const dProduct = layerNorm ? tape.scratch(T * B * G * H) : dRecurrent; // the same of U h before it was normalised
  engine.gruBackward(sequence, {
    dhs: outputGradient(outputs.y),
    dhT: outputs.h.gradientPtr,
    dGates,
    dRecurrent,
    dProduct,
    dh0: h0?.requiresGrad ? h0.gradient() : 0,
    dMask: maskGradient(inputs),
    dFlipoutMask: flipoutMaskGradient(flipout),
  });
  const summed = inputBackward(dGates);
  const matrix = { rows: T * B, columns: G * H, K: H };
  const { hMasked, hs, candidate } = sequence; // rows 0..T-1 of hs are h_{t-1}
  addRecurrentGradient(inputs, sizes, recurrentBlocks(matrix, sequence, hMasked || hs, candidate), dProduct);
  if (sequence.flipout) {
    const operands = [sequence.flipout.hMasked, sequence.flipout.candidate] as const;
    addDeltaGradient(flipout, sizes, recurrentBlocks(matrix, sequence, ...operands), dProduct);
  }
  addColumnSums(tape, summed.count, G * H, summed.ptr, [bIh]);
  addColumnSums(tape, T * B, G * H, dRecurrent, [bHh]);
  if (layerNorm && sequence.norm) addGainGradient(layerNorm, sizes, sequence.norm, dRecurrent);
}

/** What each gate's U_k or Δ_k was multiplied with: the (masked) previous state, but r ⊙ of it for the n of reset-before. */
function recurrentBlocks(
  matrix: BlockSizes,
  { H, mask, resetAfter }: GruSequence,
  states: Ptr,
  candidate: Ptr,
): GateBlock[] {
  const blocks = equalBlocks(matrix, mask.groups, states);
  if (resetAfter) return blocks;
  const resetAndUpdate = blocks.filter(({ column }) => column < 2 * H);
  return [
    ...resetAndUpdate.map((block) => ({ ...block, width: Math.min(block.width, 2 * H) })),
    { column: 2 * H, width: H, operand: candidate },
  ];
}
