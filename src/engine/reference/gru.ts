/**
 * The definition of the GRU over a sequence, forward and backward in time.
 *
 *   r = σ(W_r x + b_r + U_r (h ⊙ m_r) + b'_r)       z = σ(W_z x + b_z + U_z (h ⊙ m_z) + b'_z)      h = h_{t-1}
 *   n = tanh(W_n x + b_n + r ⊙ [U_n (h ⊙ m_n) + b'_n])          reset-after (PyTorch, cuDNN)
 *   n = tanh(W_n x + b_n + U_n [r ⊙ (h ⊙ m_n)] + b'_n)          reset-before (Cho et al. 2014)
 *   h_t = z ⊙ h_{t-1} + (1 - z) ⊙ n                             the carry is the clean state, whatever the mask
 *
 * With noise on the state (factors m and k_h as in StateNoise; absent m is 1, absent k_h is 0):
 *
 *   ĥ = z ⊙ h_{t-1} + (1 - z) ⊙ (m ⊙ n)        h_t = k_h ⊙ h_{t-1} + (1 - k_h) ⊙ ĥ
 *
 * With Flipout every product U_k (…) has r_k ⊙ (Δ_k (…)) beside it, with m' = m ⊙ s in the place of m.
 *
 * With layer normalisation (RecurrentNorm; Ba, Kiros & Hinton 2016, supplement; reset-after only) α ⊙ LN(U_k (h ⊙ m_k)) stands in
 * the place of U_k (h ⊙ m_k): r and z normalised as one row, n as another.
 *
 * Sources: Cho et al. 2014; masks Gal & Ghahramani 2016; m Semeniuta et al. 2016; k_h Krueger et al. 2017; Flipout Wen et
 * al. 2018.
 * Stored per sequence, in scalars: T·B·(3H gates + H candidate + H states), and groups·T·B·H more under a mask and under
 * Flipout; T·B·(3H + 2) more with layer normalisation.
 * Example: T = 64, B = 32, H = 128 keeps 1.31 M scalars, 5.2 MB in float32.
 */
import type { GruGradients, GruSequence } from "../engine.ts";
import type { Memory } from "../memory.ts";
import { normalisedRows } from "../sequences.ts";
import { sigmoid } from "./elementwise.ts";
import {
  flipoutMaskAt,
  flippedCandidate,
  flippedProduct,
  flippedTransposed,
  saveFlipped,
} from "./flipout.ts";
import {
  keptUnits,
  maskAt,
  maskIndex,
  recurrentProduct,
  saveMasked,
  transposedProduct,
} from "./recurrent.ts";
import { normaliseProducts, normaliseProductsBackward } from "./recurrentNorm.ts";
import { factorAt } from "./stateNoise.ts";

export function gruForward(memory: Memory, sequence: GruSequence): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, bIh, bHh, hs, mask, hMasked, flipout, resetAfter, candidate, noise, norm } =
    sequence;
  const kept = keptUnits(memory, mask);
  const bias = (ptr: number, at: number): number => (ptr ? f[ptr + at]! : 0);
  for (let t = 0; t < T; t++) {
    const hPrev = hs + t * B * H;
    saveMasked(f, hPrev, hMasked, mask, kept, sequence, t);
    saveFlipped(f, hPrev, sequence, t);
    for (let b = 0; b < B; b++) {
      const z = gates + (t * B + b) * 3 * H; // [3H] r|z|n
      const cand = candidate + (t * B + b) * H;
      const product = (k: number, j: number): number =>
        recurrentProduct(f, wHh, k, j, hPrev, mask, kept, sequence, t, b) +
        flippedProduct(f, k, j, hPrev, sequence, 3, t, b);
      for (const row of norm ? normalisedRows(3) : [])
        normaliseProducts(f, norm!, row, 3, sequence, t, b, product);
      const term = (k: number, j: number): number => {
        if (!norm) return product(k, j);
        return f[norm.gain + k * H + j]! * f[norm.normalised + ((t * B + b) * 3 + k) * H + j]!;
      };
      for (let at = 0; at < 2 * H; at++) {
        const k = at < H ? 0 : 1;
        f[z + at] = sigmoid(f[z + at]! + bias(bIh, at) + bias(bHh, at) + term(k, at - k * H));
      }
      for (let j = 0; j < H; j++) {
        f[cand + j] = resetAfter
          ? term(2, j) + bias(bHh, 2 * H + j)
          : f[z + j]! * f[hPrev + b * H + j]! * maskAt(f, mask, sequence, t, 2, b, j);
        if (flipout && !resetAfter)
          f[flipout.candidate + (t * B + b) * H + j] =
            f[z + j]! * f[hPrev + b * H + j]! * flipoutMaskAt(f, sequence, t, 2, b, j);
      }
      for (let j = 0; j < H; j++) {
        let pre = f[z + 2 * H + j]! + bias(bIh, 2 * H + j);
        if (resetAfter) pre += f[z + j]! * f[cand + j]!;
        else {
          pre += bias(bHh, 2 * H + j);
          for (let l = 0; l < H; l++) pre += f[wHh + (2 * H + j) * H + l]! * f[cand + l]!;
          pre += flippedCandidate(f, j, sequence, t, b);
        }
        f[z + 2 * H + j] = Math.tanh(pre);
      }
      for (let j = 0; j < H; j++) {
        const update = f[z + H + j]!;
        const m = factorAt(f, noise.candidate, 1, sequence, t, b, j);
        const kH = factorAt(f, noise.keepHidden, 0, sequence, t, b, j);
        const old = f[hPrev + b * H + j]!;
        const fresh = update * old + (1 - update) * m * f[z + 2 * H + j]!; // ĥ
        f[hs + ((t + 1) * B + b) * H + j] = kH * old + (1 - kH) * fresh;
      }
    }
  }
}

/**
 * Back-propagation through time.
 *
 *   dz = dh ⊙ (h_{t-1} - n) ⊙ z(1-z)       dn = dh ⊙ (1-z) ⊙ (1-n²)
 *   reset-after, a = U_n(h ⊙ m_n) + b'_n:  dr = dn ⊙ a ⊙ r(1-r)      da = r ⊙ dn       dh_{t-1} += m_n ⊙ (U_nᵀ da)
 *   reset-before, q = U_nᵀ dn:             dr = q ⊙ (h ⊙ m_n) ⊙ r(1-r)                 dh_{t-1} += m_n ⊙ r ⊙ q
 *   dh_{t-1} += z ⊙ dh + m_r ⊙ (U_rᵀ dr) + m_z ⊙ (U_zᵀ dz)
 *   dm_k = h_{t-1} ⊙ (U_kᵀ da_k), da_r,z = dr, dz; reset-before dm_n = r ⊙ h_{t-1} ⊙ q; summed where a mask is shared
 *   Flipout: beside every m ⊙ (Uᵀ da) stands m' ⊙ (Δᵀ (r_k ⊙ da)), r_k the signs; so for q, dm' and the q in dr
 *
 * With noise, and e = (1 - k_h) ⊙ dh in the place of dh:
 *
 *   dz = e ⊙ (h_{t-1} - m ⊙ n) ⊙ z(1-z)    dn = e ⊙ (1-z) ⊙ m ⊙ (1-n²)    dh_{t-1} += z ⊙ e + k_h ⊙ dh + …
 *
 * With layer normalisation dp = LNᵀ(α ⊙ da), the way back through LN of each row, takes the place of da in dh_{t-1} and dm.
 */
export function gruBackward(memory: Memory, sequence: GruSequence, gradients: GruGradients): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, hs, mask, resetAfter, candidate, noise, norm } = sequence;
  const kept = keptUnits(memory, mask);
  const { dhs, dhT, dGates, dRecurrent, dProduct = 0, dh0, dMask, dFlipoutMask } = gradients;
  const dh = new Float64Array(B * H);
  for (let k = 0; k < B * H; k++) dh[k] = dhT ? f[dhT + k]! : 0;
  const back = (k: number, j: number, dz: number): number =>
    transposedProduct(f, wHh, k, j, dz, kept, sequence);
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const z = gates + (t * B + b) * 3 * H;
      const d = dGates + (t * B + b) * 3 * H;
      const dr = dRecurrent + (t * B + b) * 3 * H;
      const cand = candidate + (t * B + b) * H;
      const hPrev = hs + (t * B + b) * H;
      const carried = new Float64Array(H);
      for (let j = 0; j < H; j++) {
        const [r, update, n] = [f[z + j]!, f[z + H + j]!, f[z + 2 * H + j]!];
        const dhNow = dh[b * H + j]! + f[dhs + (t * B + b) * H + j]!;
        const m = factorAt(f, noise.candidate, 1, sequence, t, b, j);
        const kH = factorAt(f, noise.keepHidden, 0, sequence, t, b, j);
        const dFresh = (1 - kH) * dhNow;
        f[d + H + j] = dFresh * (f[hPrev + j]! - m * n) * update * (1 - update);
        f[d + 2 * H + j] = dFresh * (1 - update) * m * (1 - n * n);
        if (resetAfter) f[d + j] = f[d + 2 * H + j]! * f[cand + j]! * r * (1 - r);
        carried[j] = dFresh * update + kH * dhNow;
      }
      for (let j = 0; j < H && !resetAfter; j++) {
        const r = f[z + j]!;
        const q = back(2, j, d);
        const flipped = flippedTransposed(f, 2, j, d, sequence, 3, b);
        const m = maskAt(f, mask, sequence, t, 2, b, j);
        const mFlipped = flipoutMaskAt(f, sequence, t, 2, b, j);
        f[d + j] = q * f[hPrev + j]! * m * r * (1 - r) + flipped * f[hPrev + j]! * mFlipped * r * (1 - r);
        carried[j]! += m * r * q + mFlipped * r * flipped;
        const at = maskIndex(mask, sequence, t, 2, b, j);
        if (dMask) f[dMask + at]! += r * f[hPrev + j]! * q;
        if (dFlipoutMask) f[dFlipoutMask + at]! += r * f[hPrev + j]! * flipped;
      }
      for (let j = 0; j < H; j++) {
        f[dr + j] = f[d + j]!;
        f[dr + H + j] = f[d + H + j]!;
        f[dr + 2 * H + j] = f[d + 2 * H + j]! * (resetAfter ? f[z + j]! : 1);
      }
      const dp = norm ? dProduct + (t * B + b) * 3 * H : dr; // of the products with U
      for (const row of norm ? normalisedRows(3) : [])
        normaliseProductsBackward(f, norm!, row, 3, sequence, t, b, dr, dp);
      for (let j = 0; j < H; j++) {
        for (let k = 0; k < (resetAfter ? 3 : 2); k++) {
          const dot = back(k, j, dp);
          const flipped = flippedTransposed(f, k, j, dp, sequence, 3, b);
          carried[j]! += maskAt(f, mask, sequence, t, k, b, j) * dot;
          carried[j]! += flipoutMaskAt(f, sequence, t, k, b, j) * flipped;
          const at = maskIndex(mask, sequence, t, k, b, j);
          if (dMask) f[dMask + at]! += f[hPrev + j]! * dot;
          if (dFlipoutMask) f[dFlipoutMask + at]! += f[hPrev + j]! * flipped;
        }
        dh[b * H + j] = carried[j]!;
      }
    }
  }
  for (let k = 0; k < B * H && dh0; k++) f[dh0 + k]! += dh[k]!;
}
