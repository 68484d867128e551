/**
 * The definition of the LSTM over a sequence, forward and backward in time.
 *
 *   z_k = W_k x_t + b_k + U_k (h_{t-1} ⊙ m_k) + b'_k        k in i|f|g|o
 *   i,f,o = σ(z_i), σ(z_f), σ(z_o)    g = tanh(z_g)
 *   c_t = f ⊙ c_{t-1} + i ⊙ g        h_t = o ⊙ tanh(c_t)    the clean state is carried
 *
 * Sources: Hochreiter & Schmidhuber 1997; forget gate Gers et al. 2000; masks Gal & Ghahramani 2016.
 * Stored per sequence, in scalars: T·B·(4H gates + 2H states), and groups·T·B·H more under a mask.
 * Example: T = 64, B = 32, H = 128 keeps 1.57 M scalars, 6.3 MB in float32.
 */
import type { LstmGradients, LstmSequence } from "../engine.ts";
import type { Memory } from "../memory.ts";
import { sigmoid } from "./elementwise.ts";
import { keptUnits, maskAt, recurrentProduct, saveMasked, transposedProduct } from "./recurrent.ts";

export function lstmForward(memory: Memory, sequence: LstmSequence): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, bIh, bHh, hs, cs, mask, hMasked } = sequence;
  const kept = keptUnits(memory, mask);
  for (let t = 0; t < T; t++) {
    const hPrev = hs + t * B * H;
    saveMasked(f, hPrev, hMasked, mask, kept, sequence, t);
    for (let b = 0; b < B; b++) {
      const z = gates + (t * B + b) * 4 * H; // [4H] i|f|g|o
      for (let k = 0; k < 4; k++) {
        for (let j = 0; j < H; j++) {
          const at = k * H + j;
          const pre =
            f[z + at]! +
            (bIh ? f[bIh + at]! : 0) +
            (bHh ? f[bHh + at]! : 0) +
            recurrentProduct(f, wHh, k, j, hPrev, mask, kept, sequence, t, b);
          f[z + at] = k === 2 ? Math.tanh(pre) : sigmoid(pre);
        }
      }
      for (let j = 0; j < H; j++) {
        const [i, forget, g, o] = [f[z + j]!, f[z + H + j]!, f[z + 2 * H + j]!, f[z + 3 * H + j]!];
        const at = (t * B + b) * H + j;
        const c = forget * f[cs + at]! + i * g;
        f[cs + B * H + at] = c;
        f[hs + B * H + at] = o * Math.tanh(c);
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
 */
export function lstmBackward(memory: Memory, sequence: LstmSequence, gradients: LstmGradients): void {
  const { f } = memory;
  const { T, B, H, gates, wHh, cs, mask } = sequence;
  const kept = keptUnits(memory, mask);
  const { dhs, dhT, dcT, dGates, dh0, dc0 } = gradients;
  const dh = new Float64Array(B * H); // flows from step t+1 to step t
  const dc = new Float64Array(B * H);
  for (let k = 0; k < B * H; k++) {
    dh[k] = dhT ? f[dhT + k]! : 0;
    dc[k] = dcT ? f[dcT + k]! : 0;
  }
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const z = (t * B + b) * 4 * H;
      for (let j = 0; j < H; j++) {
        const at = (t * B + b) * H + j;
        const [i, forget, g, o] = [
          f[gates + z + j]!,
          f[gates + z + H + j]!,
          f[gates + z + 2 * H + j]!,
          f[gates + z + 3 * H + j]!,
        ];
        const tanhC = Math.tanh(f[cs + B * H + at]!);
        const dhNow = dh[b * H + j]! + f[dhs + at]!;
        const dcNow = dc[b * H + j]! + dhNow * o * (1 - tanhC * tanhC);
        f[dGates + z + j] = dcNow * g * i * (1 - i);
        f[dGates + z + H + j] = dcNow * f[cs + at]! * forget * (1 - forget);
        f[dGates + z + 2 * H + j] = dcNow * i * (1 - g * g);
        f[dGates + z + 3 * H + j] = dhNow * tanhC * o * (1 - o);
        dc[b * H + j] = dcNow * forget;
      }
      for (let j = 0; j < H; j++) {
        let back = 0;
        for (let k = 0; k < 4; k++) {
          const dot = transposedProduct(f, wHh, k, j, dGates + z, kept, sequence);
          back += maskAt(f, mask, sequence, t, k, b, j) * dot;
        }
        dh[b * H + j] = back;
      }
    }
  }
  for (let k = 0; k < B * H; k++) {
    if (dh0) f[dh0 + k]! += dh[k]!;
    if (dc0) f[dc0 + k]! += dc[k]!;
  }
}
