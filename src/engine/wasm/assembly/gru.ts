/** The GRU over a sequence; equations and names as in reference/gru.ts. */
import { axpy, maskMul } from "./elementwise";
import { addFlipped, flip, flippedBackward } from "./flipout";
import { ONE, sigmoid4, tanh4, the } from "./functions";
import { gainRows, normaliseProducts, normaliseProductsBackward } from "./layerNorm";
import { atRow, atStep, backwardGates, backwardProduct, between, copyOrZero, forwardGates, forwardProduct, saveMasked, sumOf } from "./recurrent";
import { load, madd, store } from "./simd";

/**
 * U is [3H, K], `packed` the same in panels, or Uᵀ for BLAS: of all gates together where one product serves them all (`whole`), else of each
 * gate on its own. Kept units (K < H) are for reset-after only.
 * Flipout (delta is not 0): Δ packed as U with K = H, the signs r, m ⊙ s, where h under it is put, and r ⊙ that for reset-before.
 * With layer normalisation (`gain`; reset-after) products are made in `normalised` [T, B, 3H], and α x̂ stands where they stand.
 * scratch: biases of both sides [3H] each, products [rows, 3H], operand [rows, H], and products with Δ [rows, 3H].
 */
export function gruForward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, bIh: usize, bHh: usize, hs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, hMasked: usize, delta: usize, packedDelta: usize, signs: usize, flipMask: usize, flipMasked: usize, flipCandidate: usize, resetAfter: i32, candidate: usize, noise: usize, noiseSteps: i32, keepHidden: usize, keepHiddenSteps: i32, gain: usize, epsilon: f32, normalised: usize, inverse: usize, scratch: usize): void {
  const BH = <usize>(B * H) * 4;
  const biasSize = <usize>((3 * H + 15) & ~15) * 4;
  const bi = scratch, bh = scratch + biasSize, rec = bh + biasSize;
  const operandOfGates = rec + <usize>((3 * rows * H + 15) & ~15) * 4;
  copyOrZero(3 * H, bIh, bi);
  copyOrZero(3 * H, bHh, bh);
  const whole = resetAfter != 0 && groups == 1;
  const groupStride: usize = groups > 1 ? <usize>T * BH : 0;
  for (let t = 0; t < T; t++) {
    const step = <usize>t * BH;
    const hPrev = hs + step, h = hPrev + BH, z = gates + 3 * step, cand = candidate + step;
    let operand = hPrev;
    if (hMasked) {
      saveMasked(T, B, rows, H, K, t, groups, maskSteps, mask, kept, hPrev, hMasked);
      operand = hMasked + <usize>(t * B * K) * 4;
    }
    const product = gain ? normalised + 3 * step : rec;
    if (whole) forwardProduct(way, rows, 3 * H, K, operand, u, packed, product, 3 * H, 0, operandOfGates);
    else forwardGates(way, 0, resetAfter ? 3 : 2, 3, rows, H, K, operand, groupStride, u, packed, product, 0, operandOfGates);
    const flipped = flipMasked + step;
    if (delta) {
      saveMasked(T, B, rows, H, H, t, groups, maskSteps, flipMask, 0, hPrev, flipMasked);
      addFlipped(way, whole, 0, resetAfter ? 3 : 2, 3, rows, H, flipped, groupStride, delta, packedDelta, signs, product, operandOfGates);
    }
    if (gain) {
      normaliseProducts(rows, 3 * H, 2 * H, product, epsilon, inverse + <usize>(t * B) * 4, <usize>(T * B) * 4);
      gainRows(rows, 3 * H, gain, product, rec);
    }
    for (let b = 0; b < rows; b++) {
      const row = <usize>(b * H) * 4;
      sigmoidGates(2 * H, z + 3 * row, rec + 3 * row, bi, bh);
      if (resetAfter) sumOf(H, rec + 3 * row + <usize>H * 8, bh + <usize>H * 8, cand + row);
      else maskMul(1, H, z + 3 * row, operand + 2 * groupStride + row, 1, cand + row, 0);
    }
    if (!resetAfter) {
      forwardGates(way, 2, 3, 3, rows, H, K, cand, 0, u, packed, rec, 0, operandOfGates);
      if (delta) {
        const operands = flipCandidate + step;
        for (let b = 0; b < rows; b++) {
          const row = <usize>(b * H) * 4;
          maskMul(1, H, z + 3 * row, flipped + 2 * groupStride + row, 1, operands + row, 0);
        }
        addFlipped(way, false, 2, 3, 3, rows, H, operands, 0, delta, packedDelta, signs, rec, operandOfGates);
      }
    }
    for (let b = 0; b < rows; b++) {
      const row = <usize>(b * H) * 4;
      if (resetAfter) newState(H, z + 3 * row, bi, cand + row, hPrev + row, h + row);
      else newStateBefore(H, z + 3 * row, bi, bh, rec + 3 * row + <usize>H * 8, hPrev + row, h + row);
    }
    if (!(noise | keepHidden)) continue;
    const m = atStep(noise, noiseSteps, t, BH), kH = atStep(keepHidden, keepHiddenSteps, t, BH);
    for (let b = 0; b < rows; b++) {
      const row = <usize>(b * H) * 4;
      noisyState(H, z + 3 * row, atRow(m, row), atRow(kH, row), hPrev + row, h + row);
    }
  }
}

/** z[n] = σ(z + rec + b + b'): the reset and update gates of one row. */
function sigmoidGates(n: i32, z: usize, rec: usize, bi: usize, bh: usize): void {
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const bias = f32x4.add(load(bi + at, left), load(bh + at, left));
    store(z + at, sigmoid4(f32x4.add(f32x4.add(load(z + at, left), load(rec + at, left)), bias)), left);
  }
}

/** Reset-after: n = tanh(z_n + b_n + r cand), h = u h' + (1 - u) n. */
function newState(H: i32, z: usize, bi: usize, cand: usize, hPrev: usize, h: usize): void {
  const H4 = <usize>H * 4;
  for (let j = 0; j < H; j += 4) {
    const at = <usize>j * 4, left = H - j;
    const r = load(z + at, left), u = load(z + H4 + at, left);
    const n = tanh4(madd(r, load(cand + at, left), f32x4.add(load(z + 2 * H4 + at, left), load(bi + 2 * H4 + at, left))));
    store(z + 2 * H4 + at, n, left);
    store(h + at, madd(u, load(hPrev + at, left), f32x4.mul(f32x4.sub(the(ONE), u), n)), left);
  }
}

/** Reset-before: n = tanh(z_n + b_n + b'_n + rec_n), the same state. */
function newStateBefore(H: i32, z: usize, bi: usize, bh: usize, rec: usize, hPrev: usize, h: usize): void {
  const H4 = <usize>H * 4;
  for (let j = 0; j < H; j += 4) {
    const at = <usize>j * 4, left = H - j;
    const u = load(z + H4 + at, left);
    const bias = f32x4.add(load(bi + 2 * H4 + at, left), load(bh + 2 * H4 + at, left));
    const n = tanh4(f32x4.add(f32x4.add(load(z + 2 * H4 + at, left), load(rec + at, left)), bias));
    store(z + 2 * H4 + at, n, left);
    store(h + at, madd(u, load(hPrev + at, left), f32x4.mul(f32x4.sub(the(ONE), u), n)), left);
  }
}

/** The same state anew under factors m on n and k_h on the old state, from the gates that have been found. */
function noisyState(H: i32, z: usize, m: usize, kH: usize, hPrev: usize, h: usize): void {
  const H4 = <usize>H * 4;
  for (let j = 0; j < H; j += 4) {
    const at = <usize>j * 4, left = H - j;
    const old = load(hPrev + at, left);
    let fresh = load(h + at, left);
    if (m) fresh = between(load(z + H4 + at, left), old, f32x4.mul(load(m + at, left), load(z + 2 * H4 + at, left)));
    store(h + at, kH ? between(load(kH + at, left), old, fresh) : fresh, left);
  }
}

/**
 * U is [3H, K], `packed` the same in panels of its columns, and so Δ of Flipout.
 * With layer normalisation dProduct [T, B, 3H] takes the place of dRecurrent behind it.
 * scratch: dh, product [rows, H] each, operand [rows, 3H], and under Flipout r ⊙ da [rows, 3H] and its product [rows, H].
 */
export function gruBackward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, hs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, delta: usize, packedDelta: usize, signs: usize, flipMask: usize, resetAfter: i32, candidate: usize, noise: usize, noiseSteps: i32, keepHidden: usize, keepHiddenSteps: i32, dhs: usize, dhT: usize, dGates: usize, dRecurrent: usize, dh0: usize, dMask: usize, dFlipMask: usize, gain: usize, normalised: usize, inverse: usize, dProduct: usize, scratch: usize): void {
  const BH = <usize>(B * H) * 4;
  const n = rows * H;
  const size = <usize>((n + 15) & ~15) * 4;
  const dh = scratch, product = scratch + size, operand = product + size;
  const flipped = operand + 3 * size, productOfDelta = flipped + 3 * size;
  copyOrZero(n, dhT, dh);
  for (let t = T - 1; t >= 0; t--) {
    const step = <usize>t * BH;
    const z = gates + 3 * step, dz = dGates + 3 * step, dr = dRecurrent + 3 * step;
    const hPrev = hs + step, cand = candidate + step;
    if (noise | keepHidden) {
      const m = atStep(noise, noiseSteps, t, BH), kH = atStep(keepHidden, keepHiddenSteps, t, BH);
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        updateBackward(H, true, resetAfter, z + 3 * row, hPrev + row, cand + row, dhs + step + row, dh + row, dz + 3 * row, dr + 3 * row, atRow(m, row), atRow(kH, row));
      }
    } else {
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        updateBackward(H, false, resetAfter, z + 3 * row, hPrev + row, cand + row, dhs + step + row, dh + row, dz + 3 * row, dr + 3 * row, 0, 0);
      }
    }
    if (!resetAfter) {
      // q = U_nᵀ dn reaches the reset gate and, through r, the masked state
      backwardProduct(way, 2, 1, 3, rows, H, K, dz, u, packed, product, operand);
      if (delta) {
        flip(2, 3, 3, rows, H, dz, signs, flipped);
        backwardProduct(way, 2, 1, 3, rows, H, H, flipped, delta, packedDelta, productOfDelta, operand);
      }
      const maskStep = maskSteps == 1 ? 0 : t;
      const group = groups == 1 ? 0 : 2;
      const at = <usize>(maskStep * groups + group) * BH;
      const m: usize = mask ? mask + at : 0;
      const dm: usize = dMask ? dMask + at : 0;
      const mFlip: usize = delta ? flipMask + at : 0;
      const dmFlip: usize = dFlipMask ? dFlipMask + at : 0;
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        resetBackward(H, z + 3 * row, hPrev + row, atRow(m, row), atRow(dm, row), product + row, atRow(mFlip, row), atRow(dmFlip, row), productOfDelta + row, dh + row, dz + 3 * row, dr + 3 * row);
      }
    }
    let dp = dr; // of the products with U
    if (gain) {
      dp = dProduct + 3 * step;
      normaliseProductsBackward(rows, 3 * H, 2 * H, dr, gain, normalised + 3 * step, inverse + <usize>(t * B) * 4, <usize>(T * B) * 4, dp);
    }
    if (t == 0 && !dh0 && !dMask && !dFlipMask) break;
    backwardGates(way, 0, resetAfter ? 3 : 2, 3, B, rows, H, K, t, dp, u, packed, groups, maskSteps, mask, kept, hPrev, dMask, product, dh, true, operand);
    if (delta) flippedBackward(way, resetAfter ? 3 : 2, 3, B, rows, H, t, dp, delta, packedDelta, signs, groups, maskSteps, flipMask, hPrev, dFlipMask, product, dh, operand, flipped);
  }
  if (dh0) axpy(n, 1, dh, dh0);
}

/** One row: dz, dn and, for reset-after, dr and da; dh becomes the carried part z ⊙ dh, with noise z ⊙ e + k_h ⊙ dh. */
// @ts-ignore: decorator
@inline
function updateBackward(H: i32, noisy: bool, resetAfter: i32, z: usize, hPrev: usize, cand: usize, dhHere: usize, dh: usize, dz: usize, dr: usize, m: usize, kH: usize): void {
  const H4 = <usize>H * 4;
  const one = the(ONE);
  for (let j = 0; j < H; j += 4) {
    const at = <usize>j * 4, left = H - j;
    const r = load(z + at, left), u = load(z + H4 + at, left), n = load(z + 2 * H4 + at, left);
    const gradient = f32x4.add(load(dh + at, left), load(dhHere + at, left));
    let grad = gradient, into = n, k = one;
    if (noisy && kH) {
      k = load(kH + at, left);
      grad = f32x4.mul(f32x4.sub(one, k), gradient);
    }
    if (noisy && m) into = f32x4.mul(load(m + at, left), n);
    const du = f32x4.mul(f32x4.mul(grad, f32x4.sub(load(hPrev + at, left), into)), f32x4.mul(u, f32x4.sub(one, u)));
    let dn = f32x4.mul(f32x4.mul(grad, f32x4.sub(one, u)), f32x4.sub(one, f32x4.mul(n, n)));
    if (noisy && m) dn = f32x4.mul(load(m + at, left), dn);
    store(dz + H4 + at, du, left);
    store(dr + H4 + at, du, left);
    store(dz + 2 * H4 + at, dn, left);
    if (resetAfter) {
      const dReset = f32x4.mul(f32x4.mul(dn, load(cand + at, left)), f32x4.mul(r, f32x4.sub(one, r)));
      store(dz + at, dReset, left);
      store(dr + at, dReset, left);
      store(dr + 2 * H4 + at, f32x4.mul(r, dn), left);
    } else store(dr + 2 * H4 + at, dn, left);
    store(dh + at, noisy && kH ? madd(k, gradient, f32x4.mul(grad, u)) : f32x4.mul(grad, u), left);
  }
}

/** One row of reset-before: dr = q ⊙ h̃ ⊙ r(1-r), dh += m ⊙ r ⊙ q, dm += h ⊙ r ⊙ q; q ⊙ m with that of Flipout beside it. */
function resetBackward(H: i32, z: usize, hPrev: usize, m: usize, dm: usize, q: usize, mFlip: usize, dmFlip: usize, qFlip: usize, dh: usize, dz: usize, dr: usize): void {
  const one = the(ONE);
  for (let j = 0; j < H; j += 4) {
    const at = <usize>j * 4, left = H - j;
    const r = load(z + at, left);
    let masked = load(q + at, left);
    if (dm) store(dm + at, madd(f32x4.mul(r, load(hPrev + at, left)), masked, load(dm + at, left)), left);
    if (m) masked = f32x4.mul(masked, load(m + at, left));
    if (mFlip) {
      const flipped = load(qFlip + at, left);
      if (dmFlip) store(dmFlip + at, madd(f32x4.mul(r, load(hPrev + at, left)), flipped, load(dmFlip + at, left)), left);
      masked = madd(flipped, load(mFlip + at, left), masked);
    }
    const dReset = f32x4.mul(f32x4.mul(masked, load(hPrev + at, left)), f32x4.mul(r, f32x4.sub(one, r)));
    store(dz + at, dReset, left);
    store(dr + at, dReset, left);
    store(dh + at, madd(r, masked, load(dh + at, left)), left);
  }
}
