/** The LSTM over a sequence; equations and names as in reference/lstm.ts. Gates are computed in one pass over [4H]. */
import { axpy } from "./elementwise";
import { addFlipped, flippedBackward } from "./flipout";
import { ONE, sigmoid4, tanh4, the } from "./functions";
import { addGained, normaliseProducts, normaliseProductsBackward, normaliseRow, normaliseRowBackward } from "./layerNorm";
import { atRow, atStep, backwardGates, between, copyOrZero, forwardGates, forwardProduct, saveMasked, sumOf } from "./recurrent";
import { load, madd, store } from "./simd";

/**
 * U is [4H, K], `packed` the same in panels, or Uᵀ [K, 4H] for BLAS: of each gate on its own when masks are per gate.
 * Flipout (delta is not 0): Δ packed as U with K = H, the signs r, m ⊙ s and where h under it is put.
 * With layer normalisation (`gain`, the other arrays of CellNorm with it) products are made in `normalised` [T, B, 4H].
 * scratch: biases [4H], operand [rows, H], and products [rows, 4H] under Flipout.
 */
export function lstmForward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, bIh: usize, bHh: usize, hs: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, hMasked: usize, delta: usize, packedDelta: usize, signs: usize, flipMask: usize, flipMasked: usize, noise: usize, noiseSteps: i32, noiseCell: usize, noiseCellSteps: i32, keepCell: usize, keepCellSteps: i32, keepHidden: usize, keepHiddenSteps: i32, gain: usize, epsilon: f32, normalised: usize, inverse: usize, cellGain: usize, cellBias: usize, cellNormalised: usize, scratch: usize): void {
  const BH = <usize>(B * H) * 4;
  const noisy = (noise | noiseCell | keepCell | keepHidden | gain) != 0;
  const operandOfGates = scratch + <usize>((4 * H + 15) & ~15) * 4;
  sumOf(4 * H, bIh, bHh, scratch);
  for (let t = 0; t < T; t++) {
    const step = <usize>t * BH;
    const hPrev = hs + step, z = gates + 4 * step;
    let operand = hPrev;
    if (hMasked) {
      saveMasked(T, B, rows, H, K, t, groups, maskSteps, mask, kept, hPrev, hMasked);
      operand = hMasked + <usize>(t * B * K) * 4;
    }
    const product = gain ? normalised + 4 * step : z, onto: i32 = gain ? 0 : 1;
    if (groups > 1) forwardGates(way, 0, 4, 4, rows, H, K, operand, <usize>T * BH, u, packed, product, onto, operandOfGates);
    else forwardProduct(way, rows, 4 * H, K, operand, u, packed, product, 4 * H, onto, operandOfGates);
    if (delta) {
      saveMasked(T, B, rows, H, H, t, groups, maskSteps, flipMask, 0, hPrev, flipMasked);
      addFlipped(way, groups == 1, 0, 4, 4, rows, H, flipMasked + step, <usize>T * BH, delta, packedDelta, signs, product, operandOfGates);
    }
    if (gain) {
      normaliseProducts(rows, 4 * H, 4 * H, product, epsilon, inverse + <usize>(t * B) * 4, 0);
      addGained(rows, 4 * H, gain, product, z);
    }
    if (noisy) {
      const m = atStep(noise, noiseSteps, t, BH), mC = atStep(noiseCell, noiseCellSteps, t, BH);
      const kC = atStep(keepCell, keepCellSteps, t, BH), kH = atStep(keepHidden, keepHiddenSteps, t, BH);
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        const at = step + row; // the same place in hs and cs, one step earlier
        if (gain) normedForward(H, z + 4 * row, scratch, cs + at, cs + at + BH, hs + at, hs + at + BH, atRow(m, row), atRow(mC, row), atRow(kC, row), atRow(kH, row), cellGain, cellBias, epsilon, inverse + <usize>((T + t) * B + b) * 4, cellNormalised + at);
        else noisyForward(H, z + 4 * row, scratch, cs + at, cs + at + BH, hs + at, hs + at + BH, atRow(m, row), atRow(mC, row), atRow(kC, row), atRow(kH, row));
      }
    } else {
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        const at = step + row;
        gatesForward(H, z + 4 * row, scratch, cs + at, cs + at + BH, hs + at + BH);
      }
    }
  }
}

/** One row: activates z [4H] i|f|g|o in place, then c = f c' + i g and h = o tanh c. */
function gatesForward(H: i32, z: usize, bias: usize, cPrev: usize, c: usize, h: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsForward(4, false, at, H4, z, bias, cPrev, c, 0, h, 0, 0, 0, 0, 0);
  if (H & 3) unitsForward(H & 3, false, at, H4, z, bias, cPrev, c, 0, h, 0, 0, 0, 0, 0);
}

/** The same with factors m, m_c, k_c, k_h on the state, each of which may be absent. */
function noisyForward(H: i32, z: usize, bias: usize, cPrev: usize, c: usize, hPrev: usize, h: usize, m: usize, mC: usize, kC: usize, kH: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsForward(4, true, at, H4, z, bias, cPrev, c, hPrev, h, m, mC, kC, kH, 0);
  if (H & 3) unitsForward(H & 3, true, at, H4, z, bias, cPrev, c, hPrev, h, m, mC, kC, kH, 0);
}

/** The same where h reads the normalised cell: gates and ĉ of the whole row first, then its x̂, then h = o tanh(α x̂ + β). */
function normedForward(H: i32, z: usize, bias: usize, cPrev: usize, c: usize, hPrev: usize, h: usize, m: usize, mC: usize, kC: usize, kH: usize, cellGain: usize, cellBias: usize, epsilon: f32, inverse: usize, fresh: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsForward(4, true, at, H4, z, bias, cPrev, c, hPrev, h, m, mC, kC, kH, fresh);
  if (H & 3) unitsForward(H & 3, true, at, H4, z, bias, cPrev, c, hPrev, h, m, mC, kC, kH, fresh);
  f32.store(inverse, normaliseRow(H, fresh, epsilon, fresh));
  const o = z + 3 * H4;
  at = 0;
  for (let left = H; left > 0; left -= 4, at += 16) {
    const out = f32x4.mul(load(o + at, left), tanh4(readCell(at, left, cellGain, cellBias, fresh)));
    store(h + at, kH ? between(load(kH + at, left), load(hPrev + at, left), out) : out, left);
  }
}

/** α x̂ + β */
// @ts-ignore: decorator
@inline
function readCell(at: usize, left: i32, cellGain: usize, cellBias: usize, normalised: usize): v128 {
  return madd(load(cellGain + at, left), load(normalised + at, left), load(cellBias + at, left));
}

/**
 * Four units, or the last `left` of them; inlined with left = 4 and noisy known, every question about them is answered when compiling.
 * Where `fresh` is given ĉ is stored there, and h is not computed.
 */
// @ts-ignore: decorator
@inline
function unitsForward(left: i32, noisy: bool, at: usize, H4: usize, z: usize, bias: usize, cPrev: usize, c: usize, hPrev: usize, h: usize, m: usize, mC: usize, kC: usize, kH: usize, fresh: usize): void {
  const zi = z + at, zf = zi + H4, zg = zf + H4, zo = zg + H4;
  const bi = bias + at, bf = bi + H4, bg = bf + H4, bo = bg + H4;
  const i = sigmoid4(f32x4.add(load(zi, left), load(bi, left)));
  store(zi, i, left);
  const g = tanh4(f32x4.add(load(zg, left), load(bg, left)));
  store(zg, g, left);
  const f = sigmoid4(f32x4.add(load(zf, left), load(bf, left)));
  store(zf, f, left);
  const cell = freshCell(left, noisy, at, i, f, g, cPrev, m, mC);
  store(c + at, noisy && kC ? between(load(kC + at, left), load(cPrev + at, left), cell) : cell, left);
  const o = sigmoid4(f32x4.add(load(zo, left), load(bo, left)));
  store(zo, o, left);
  if (fresh) {
    store(fresh + at, cell, left);
    return;
  }
  const out = f32x4.mul(o, tanh4(cell));
  store(h + at, noisy && kH ? between(load(kH + at, left), load(hPrev + at, left), out) : out, left);
}

/** ĉ = m_c (f c' + i m g) */
// @ts-ignore: decorator
@inline
function freshCell(left: i32, noisy: bool, at: usize, i: v128, f: v128, g: v128, cPrev: usize, m: usize, mC: usize): v128 {
  const cell = madd(f, load(cPrev + at, left), f32x4.mul(i, noisy && m ? f32x4.mul(load(m + at, left), g) : g));
  return noisy && mC ? f32x4.mul(load(mC + at, left), cell) : cell;
}

/**
 * U is [4H, K], `packed` the same in panels of its columns, and so Δ of Flipout.
 * With layer normalisation dProduct [T, B, 4H] takes the place of dGates behind it, and dCell [T, B, H] is written.
 * scratch: dh, dc, product [rows, H] each, operand [rows, 4H], and r ⊙ dz [rows, 4H] under Flipout.
 */
export function lstmBackward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, hs: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, delta: usize, packedDelta: usize, signs: usize, flipMask: usize, noise: usize, noiseSteps: i32, noiseCell: usize, noiseCellSteps: i32, keepCell: usize, keepCellSteps: i32, keepHidden: usize, keepHiddenSteps: i32, dhs: usize, dhT: usize, dcT: usize, dGates: usize, dh0: usize, dc0: usize, dMask: usize, dFlipMask: usize, gain: usize, normalised: usize, inverse: usize, cellGain: usize, cellBias: usize, cellNormalised: usize, dProduct: usize, dCell: usize, scratch: usize): void {
  const noisy = (noise | noiseCell | keepCell | keepHidden | gain) != 0;
  const BH = <usize>(B * H) * 4;
  const n = rows * H;
  const size = <usize>((n + 15) & ~15) * 4;
  const dh = scratch, dc = scratch + size, product = dc + size, operand = product + size;
  copyOrZero(n, dhT, dh);
  copyOrZero(n, dcT, dc);
  for (let t = T - 1; t >= 0; t--) {
    const step = <usize>t * BH;
    const dz = dGates + 4 * step;
    let dp = dz; // of the products with U
    if (noisy) {
      const m = atStep(noise, noiseSteps, t, BH), mC = atStep(noiseCell, noiseCellSteps, t, BH);
      const kC = atStep(keepCell, keepCellSteps, t, BH), kH = atStep(keepHidden, keepHiddenSteps, t, BH);
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        if (gain) readBackward(H, gates + 4 * (step + row) + <usize>(3 * H) * 4, dhs + step + row, dh + row, dz + 4 * row + <usize>(3 * H) * 4, atRow(kH, row), cellGain, cellBias, cellNormalised + step + row, f32.load(inverse + <usize>((T + t) * B + b) * 4), dCell + step + row, product + row);
        noisyBackward(H, gates + 4 * (step + row), cs + step + row, cs + step + row + BH, dhs + step + row, dh + row, dc + row, dz + 4 * row, atRow(m, row), atRow(mC, row), atRow(kC, row), atRow(kH, row), gain ? product + row : 0);
      }
    } else {
      for (let b = 0; b < rows; b++) {
        const row = <usize>(b * H) * 4;
        gatesBackward(H, gates + 4 * (step + row), cs + step + row, cs + step + row + BH, dhs + step + row, dh + row, dc + row, dz + 4 * row);
      }
    }
    if (gain) {
      dp = dProduct + 4 * step;
      normaliseProductsBackward(rows, 4 * H, 4 * H, dz, gain, normalised + 4 * step, inverse + <usize>(t * B) * 4, 0, dp);
    }
    if (t == 0 && !dh0 && !dMask && !dFlipMask) break;
    backwardGates(way, 0, 4, 4, B, rows, H, K, t, dp, u, packed, groups, maskSteps, mask, kept, hs + step, dMask, product, dh, keepHidden != 0, operand);
    if (delta) flippedBackward(way, 4, 4, B, rows, H, t, dp, delta, packedDelta, signs, groups, maskSteps, flipMask, hs + step, dFlipMask, product, dh, operand, operand + 4 * size);
  }
  if (dh0) axpy(n, 1, dh, dh0);
  if (dc0) axpy(n, 1, dc, dc0);
}

/** One row: from dh (here and from later steps) and dc to dz [4H]; dc becomes the gradient of c_{t-1}. */
function gatesBackward(H: i32, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsBackward(4, false, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz, 0, 0, 0, 0, 0);
  if (H & 3) unitsBackward(H & 3, false, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz, 0, 0, 0, 0, 0);
}

/**
 * The same with factors on the state; where h keeps a part of what it was, dhLater becomes the gradient of that part. With `dRead`, what
 * h gives to ĉ, dz_o and dhLater are there already.
 */
function noisyBackward(H: i32, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize, m: usize, mC: usize, kC: usize, kH: usize, dRead: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsBackward(4, true, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz, m, mC, kC, kH, dRead);
  if (H & 3) unitsBackward(H & 3, true, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz, m, mC, kC, kH, dRead);
}

/** One row of h = o tanh(u), u = α x̂ + β: dz_o, du and, as dRead, what reaches ĉ; dhLater as above. */
function readBackward(H: i32, zo: usize, dhHere: usize, dhLater: usize, dOut: usize, kH: usize, cellGain: usize, cellBias: usize, normalised: usize, inverse: f32, du: usize, dRead: usize): void {
  const one = the(ONE);
  for (let left = H, at: usize = 0; left > 0; left -= 4, at += 16) {
    const o = load(zo + at, left), tanhU = tanh4(readCell(at, left, cellGain, cellBias, normalised));
    let dh = f32x4.add(load(dhHere + at, left), load(dhLater + at, left));
    if (kH) {
      const k = load(kH + at, left);
      store(dhLater + at, f32x4.mul(k, dh), left);
      dh = f32x4.mul(f32x4.sub(one, k), dh);
    }
    store(du + at, f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tanhU, tanhU))), left);
    store(dOut + at, f32x4.mul(f32x4.mul(dh, tanhU), f32x4.mul(o, f32x4.sub(one, o))), left);
  }
  normaliseRowBackward(H, du, cellGain, normalised, inverse, dRead, 0);
}

// @ts-ignore: decorator
@inline
function unitsBackward(left: i32, noisy: bool, at: usize, H4: usize, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize, m: usize, mC: usize, kC: usize, kH: usize, dRead: usize): void {
  const one = the(ONE);
  const zi = z + at, zf = zi + H4, zg = zf + H4, zo = zg + H4;
  const di = dz + at, df = di + H4, dg = df + H4, dOut = dg + H4;
  const i = load(zi, left), f = load(zf, left), g = load(zg, left);
  let dh = the(ONE), tanhC = dh, o = dh; // not used with dRead
  let dcNow = load(dc + at, left), dcKept = dcNow;
  if (!dRead) {
    o = load(zo, left);
    tanhC = tanh4(noisy && kC ? freshCell(left, noisy, at, i, f, g, cPrev, m, mC) : load(c + at, left));
    dh = f32x4.add(load(dhHere + at, left), load(dhLater + at, left));
    if (noisy && kH) {
      const k = load(kH + at, left);
      store(dhLater + at, f32x4.mul(k, dh), left);
      dh = f32x4.mul(f32x4.sub(one, k), dh);
    }
  }
  if (noisy && kC) {
    const k = load(kC + at, left);
    dcKept = f32x4.mul(k, dcNow);
    dcNow = f32x4.mul(f32x4.sub(one, k), dcNow);
  }
  if (dRead) dcNow = f32x4.add(dcNow, load(dRead + at, left));
  else dcNow = madd(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tanhC, tanhC)), dcNow);
  if (noisy && mC) dcNow = f32x4.mul(load(mC + at, left), dcNow);
  let dIn = dcNow; // of i g
  if (noisy && m) dIn = f32x4.mul(load(m + at, left), dIn);
  store(di, f32x4.mul(f32x4.mul(dIn, g), f32x4.mul(i, f32x4.sub(one, i))), left);
  store(df, f32x4.mul(f32x4.mul(dcNow, load(cPrev + at, left)), f32x4.mul(f, f32x4.sub(one, f))), left);
  store(dg, f32x4.mul(f32x4.mul(dIn, i), f32x4.sub(one, f32x4.mul(g, g))), left);
  if (!dRead) store(dOut, f32x4.mul(f32x4.mul(dh, tanhC), f32x4.mul(o, f32x4.sub(one, o))), left);
  store(dc + at, noisy && kC ? madd(dcNow, f, dcKept) : f32x4.mul(dcNow, f), left);
}
