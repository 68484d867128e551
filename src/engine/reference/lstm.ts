/**
 * The definition of the LSTM over a sequence, forward and backward in time.
 *
 *   z_k = W_k x_t + b_k + U_k (h_{t-1} ⊙ m_k) + b'_k        k in i|f|g|o
 *   i,f,o = σ(z_i), σ(z_f), σ(z_o)    g = tanh(z_g)
 *   c_t = f ⊙ c_{t-1} + i ⊙ g        h_t = o ⊙ tanh(c_t)    the clean state is carried
 *
 * With noise on the state (factors m, m_c, k_c, k_h as in StateNoise; absent m is 1, absent k is 0):
 *
 *   ĉ   = m_c ⊙ (f ⊙ c_{t-1} + i ⊙ (m ⊙ g))
 *   c_t = k_c ⊙ c_{t-1} + (1 - k_c) ⊙ ĉ        h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ (o ⊙ tanh ĉ)
 *
 * With Flipout z_k has r_k ⊙ (Δ_k (h_{t-1} ⊙ m'_k)) beside U_k's product, m' = m ⊙ s.
 *
 * With layer normalisation (RecurrentNorm; Ba, Kiros & Hinton 2016, supplement, eq. 20 to 22) α ⊙ LN(U (h_{t-1} ⊙ m)), over
 * all gates as one row, stands in the place of U (h_{t-1} ⊙ m), and α_c ⊙ LN(ĉ) + β_c under tanh in the place of ĉ.
 *
 * Sources: Hochreiter & Schmidhuber 1997; forget gate Gers et al. 2000; masks Gal & Ghahramani 2016; m Semeniuta et al.
 * 2016; m_c Moon et al. 2015; k_c and k_h Krueger et al. 2017; Flipout Wen et al. 2018.
 * Stored per sequence, in scalars: T·B·(4H gates + 2H states), and groups·T·B·H more under a mask and under Flipout; for
 * noise nothing; T·B·(5H + 2) more with layer normalisation.
 * Example: T = 64, B = 32, H = 128 keeps 1.57 M scalars, 6.3 MB in float32.
 */
import type { LstmGradients, LstmSequence } from "../engine.ts";
import type { Memory } from "../memory.ts";
import { normalisedRows } from "../sequences.ts";
import { sigmoid } from "./elementwise.ts";
import { flipoutMaskAt, flippedProduct, flippedTransposed, saveFlipped } from "./flipout.ts";
import {
  keptUnits,
  maskAt,
  maskIndex,
  recurrentProduct,
  saveMasked,
  transposedProduct,
} from "./recurrent.ts";
import {
  normaliseCell,
  normaliseCellBackward,
  normaliseProducts,
  normaliseProductsBackward,
  readCell,
} from "./recurrentNorm.ts";
import { factorAt } from "./stateNoise.ts";

export function lstmForward(memory: Memory, sequence: LstmSequence): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, bIh, bHh, hs, cs, mask, hMasked, noise, norm } = sequence;
  const kept = keptUnits(memory, mask);
  for (let t = 0; t < T; t++) {
    const hPrev = hs + t * B * H;
    saveMasked(f, hPrev, hMasked, mask, kept, sequence, t);
    saveFlipped(f, hPrev, sequence, t);
    for (let b = 0; b < B; b++) {
      const z = gates + (t * B + b) * 4 * H; // [4H] i|f|g|o
      const product = (k: number, j: number): number =>
        recurrentProduct(f, wHh, k, j, hPrev, mask, kept, sequence, t, b) +
        flippedProduct(f, k, j, hPrev, sequence, 4, t, b);
      for (const row of norm ? normalisedRows(4) : [])
        normaliseProducts(f, norm!, row, 4, sequence, t, b, product);
      for (let k = 0; k < 4; k++) {
        for (let j = 0; j < H; j++) {
          const at = k * H + j;
          const pre =
            f[z + at]! +
            (bIh ? f[bIh + at]! : 0) +
            (bHh ? f[bHh + at]! : 0) +
            (norm ? f[norm.gain + at]! * f[norm.normalised + (t * B + b) * 4 * H + at]! : product(k, j));
          f[z + at] = k === 2 ? Math.tanh(pre) : sigmoid(pre);
        }
      }
      const fresh = new Float64Array(H); // ĉ
      for (let j = 0; j < H; j++) {
        const [i, forget, g] = [f[z + j]!, f[z + H + j]!, f[z + 2 * H + j]!];
        const at = (t * B + b) * H + j;
        const m = factorAt(f, noise.candidate, 1, sequence, t, b, j);
        const mC = factorAt(f, noise.cell, 1, sequence, t, b, j);
        const kC = factorAt(f, noise.keepCell, 0, sequence, t, b, j);
        fresh[j] = mC * (forget * f[cs + at]! + i * m * g);
        f[cs + B * H + at] = kC * f[cs + at]! + (1 - kC) * fresh[j]!;
      }
      const read = norm ? normaliseCell(f, norm, sequence, t, b, fresh) : fresh;
      for (let j = 0; j < H; j++) {
        const at = (t * B + b) * H + j;
        const kH = factorAt(f, noise.keepHidden, 0, sequence, t, b, j);
        f[hs + B * H + at] = kH * f[hs + at]! + (1 - kH) * f[z + 3 * H + j]! * Math.tanh(read[j]!);
      }
    }
  }
}

/**
 * Back-propagation through time.
 *
 *   dc += dh ⊙ o ⊙ (1 - tanh²c)      dz_o = dh ⊙ tanh c ⊙ o(1-o)
 *   dz_i = dc ⊙ g ⊙ i(1-i)   dz_f = dc ⊙ c_{t-1} ⊙ f(1-f)   dz_g = dc ⊙ i ⊙ (1-g²)
 *   dc_{t-1} = dc ⊙ f               dh_{t-1} = Σ_k m_k ⊙ (U_kᵀ dz_k)
 *   dm_k = h_{t-1} ⊙ (U_kᵀ dz_k), summed over the steps and gates that share a mask
 *   Flipout: dh_{t-1} += Σ_k m'_k ⊙ (Δ_kᵀ (r_k ⊙ dz_k)), dm'_k = h_{t-1} ⊙ (Δ_kᵀ (r_k ⊙ dz_k))
 *
 * With noise the same in terms of ĉ, whose gradient takes the place of dc, and of e = (1 - k_h) ⊙ dh in the place of dh:
 *
 *   dĉ = m_c ⊙ [(1 - k_c) ⊙ dc + e ⊙ o ⊙ (1 - tanh²ĉ)]      dz_o = e ⊙ tanh ĉ ⊙ o(1-o)
 *   dz_i = dĉ ⊙ m ⊙ g ⊙ i(1-i)   dz_f = dĉ ⊙ c_{t-1} ⊙ f(1-f)   dz_g = dĉ ⊙ m ⊙ i ⊙ (1-g²)
 *   dc_{t-1} = k_c ⊙ dc + dĉ ⊙ f    dh_{t-1} = k_h ⊙ dh + Σ_k m_k ⊙ (U_kᵀ dz_k)
 *
 * With layer normalisation, u = α_c ⊙ LN(ĉ) + β_c under tanh and LNᵀ the way back through LN:
 *
 *   du = e ⊙ o ⊙ (1 - tanh²u)      dĉ = m_c ⊙ [(1 - k_c) ⊙ dc + LNᵀ(α_c ⊙ du)]      dz_o = e ⊙ tanh u ⊙ o(1-o)
 *   dp = LNᵀ(α ⊙ dz), over the gates that are one row, takes the place of dz in dh_{t-1} and dm
 *
 * ĉ is computed again, because c_t does not tell it where k_c keeps the old cell.
 */
export function lstmBackward(memory: Memory, sequence: LstmSequence, gradients: LstmGradients): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, hs, cs, mask, noise, norm } = sequence;
  const kept = keptUnits(memory, mask);
  const { dhs, dhT, dcT, dGates, dProduct = 0, dCell = 0, dh0, dc0, dMask, dFlipoutMask } = gradients;
  const dh = new Float64Array(B * H); // flows from step t+1 to step t
  const dc = new Float64Array(B * H);
  for (let k = 0; k < B * H; k++) {
    dh[k] = dhT ? f[dhT + k]! : 0;
    dc[k] = dcT ? f[dcT + k]! : 0;
  }
  const freshAt = (t: number, b: number, j: number): number => {
    const at = (t * B + b) * H + j;
    const z = gates + (t * B + b) * 4 * H + j;
    const m = factorAt(f, noise.candidate, 1, sequence, t, b, j);
    const mC = factorAt(f, noise.cell, 1, sequence, t, b, j);
    return mC * (f[z + H]! * f[cs + at]! + f[z]! * m * f[z + 2 * H]!); // ĉ
  };
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const z = (t * B + b) * 4 * H;
      let dRead: Float64Array = new Float64Array(H); // gradient of what stands under tanh, then of ĉ
      for (let j = 0; j < H; j++) {
        const at = (t * B + b) * H + j;
        const o = f[gates + z + 3 * H + j]!;
        const kH = factorAt(f, noise.keepHidden, 0, sequence, t, b, j);
        const tanhC = Math.tanh(norm ? readCell(f, norm, norm.cellNormalised + at - j, j) : freshAt(t, b, j));
        const dhNow = dh[b * H + j]! + f[dhs + at]!;
        const dOut = (1 - kH) * dhNow;
        dRead[j] = dOut * o * (1 - tanhC * tanhC);
        f[dGates + z + 3 * H + j] = dOut * tanhC * o * (1 - o);
        dh[b * H + j] = kH * dhNow;
      }
      if (norm) {
        f.set(dRead, dCell + (t * B + b) * H);
        dRead = normaliseCellBackward(f, norm, sequence, t, b, dRead);
      }
      for (let j = 0; j < H; j++) {
        const at = (t * B + b) * H + j;
        const [i, forget, g] = [f[gates + z + j]!, f[gates + z + H + j]!, f[gates + z + 2 * H + j]!];
        const m = factorAt(f, noise.candidate, 1, sequence, t, b, j);
        const mC = factorAt(f, noise.cell, 1, sequence, t, b, j);
        const kC = factorAt(f, noise.keepCell, 0, sequence, t, b, j);
        const dcNow = dc[b * H + j]!;
        const dFresh = mC * ((1 - kC) * dcNow + dRead[j]!);
        f[dGates + z + j] = dFresh * m * g * i * (1 - i);
        f[dGates + z + H + j] = dFresh * f[cs + at]! * forget * (1 - forget);
        f[dGates + z + 2 * H + j] = dFresh * m * i * (1 - g * g);
        dc[b * H + j] = kC * dcNow + dFresh * forget;
      }
      const dz = (norm ? dProduct : dGates) + z; // of the product with U
      for (const row of norm ? normalisedRows(4) : [])
        normaliseProductsBackward(f, norm!, row, 4, sequence, t, b, dGates + z, dz);
      for (let j = 0; j < H; j++) {
        for (let k = 0; k < 4; k++) {
          const dot = transposedProduct(f, wHh, k, j, dz, kept, sequence);
          dh[b * H + j]! += maskAt(f, mask, sequence, t, k, b, j) * dot;
          const flipped = flippedTransposed(f, k, j, dz, sequence, 4, b);
          dh[b * H + j]! += flipoutMaskAt(f, sequence, t, k, b, j) * flipped;
          const at = maskIndex(mask, sequence, t, k, b, j);
          const h = f[hs + (t * B + b) * H + j]!;
          if (dMask) f[dMask + at]! += h * dot;
          if (dFlipoutMask) f[dFlipoutMask + at]! += h * flipped;
        }
      }
    }
  }
  for (let k = 0; k < B * H; k++) {
    if (dh0) f[dh0 + k]! += dh[k]!;
    if (dc0) f[dc0 + k]! += dc[k]!;
  }
}
