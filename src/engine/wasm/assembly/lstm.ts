/** The LSTM over a sequence; equations and names as in reference/lstm.ts. Gates are computed in one pass over [4H]. */
import { axpy } from "./elementwise";
import { ONE, sigmoid4, tanh4, the } from "./functions";
import { backwardGates, copyOrZero, forwardGates, forwardProduct, saveMasked, sumOf } from "./recurrent";
import { load, madd, store } from "./simd";

/**
 * U is [4H, K], `packed` the same in panels, or Uᵀ [K, 4H] for BLAS: of each gate on its own when masks are per gate.
 * scratch: biases [4H], operand [rows, K].
 */
export function lstmForward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, bIh: usize, bHh: usize, hs: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, hMasked: usize, scratch: usize): void {
  const BH = <usize>(B * H) * 4;
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
    if (groups > 1) forwardGates(way, 0, 4, 4, rows, H, K, operand, <usize>T * BH, u, packed, z, 1, operandOfGates);
    else forwardProduct(way, rows, 4 * H, K, operand, u, packed, z, 4 * H, 1, operandOfGates);
    for (let b = 0; b < rows; b++) {
      const row = <usize>(b * H) * 4;
      const at = step + row; // the same place in hs and cs, one step earlier
      gatesForward(H, z + 4 * row, scratch, cs + at, cs + at + BH, hs + at + BH);
    }
  }
}

/** One row: activates z [4H] i|f|g|o in place, then c = f c' + i g and h = o tanh c. */
function gatesForward(H: i32, z: usize, bias: usize, cPrev: usize, c: usize, h: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsForward(4, at, H4, z, bias, cPrev, c, h);
  if (H & 3) unitsForward(H & 3, at, H4, z, bias, cPrev, c, h);
}

/** Four units, or the last `left` of them; inlined with left = 4, every question about it is answered when compiling. */
// @ts-ignore: decorator
@inline
function unitsForward(left: i32, at: usize, H4: usize, z: usize, bias: usize, cPrev: usize, c: usize, h: usize): void {
  const zi = z + at, zf = zi + H4, zg = zf + H4, zo = zg + H4;
  const bi = bias + at, bf = bi + H4, bg = bf + H4, bo = bg + H4;
  const i = sigmoid4(f32x4.add(load(zi, left), load(bi, left)));
  store(zi, i, left);
  const g = tanh4(f32x4.add(load(zg, left), load(bg, left)));
  store(zg, g, left);
  const f = sigmoid4(f32x4.add(load(zf, left), load(bf, left)));
  store(zf, f, left);
  const cell = madd(f, load(cPrev + at, left), f32x4.mul(i, g));
  store(c + at, cell, left);
  const o = sigmoid4(f32x4.add(load(zo, left), load(bo, left)));
  store(zo, o, left);
  store(h + at, f32x4.mul(o, tanh4(cell)), left);
}

/** U is [4H, K], `packed` the same in panels of its columns. scratch: dh, dc, product [rows, H] each, operand [rows, 4H]. */
export function lstmBackward(way: i32, T: i32, B: i32, rows: i32, H: i32, K: i32, gates: usize, u: usize, packed: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, kept: usize, dhs: usize, dhT: usize, dcT: usize, dGates: usize, dh0: usize, dc0: usize, scratch: usize): void {
  const BH = <usize>(B * H) * 4;
  const n = rows * H;
  const size = <usize>((n + 15) & ~15) * 4;
  const dh = scratch, dc = scratch + size, product = dc + size, operand = product + size;
  copyOrZero(n, dhT, dh);
  copyOrZero(n, dcT, dc);
  for (let t = T - 1; t >= 0; t--) {
    const step = <usize>t * BH;
    const dz = dGates + 4 * step;
    for (let b = 0; b < rows; b++) {
      const row = <usize>(b * H) * 4;
      gatesBackward(H, gates + 4 * (step + row), cs + step + row, cs + step + row + BH, dhs + step + row, dh + row, dc + row, dz + 4 * row);
    }
    if (t == 0 && !dh0) break;
    backwardGates(way, 0, 4, 4, B, rows, H, K, t, dz, u, packed, groups, maskSteps, mask, kept, product, dh, false, operand);
  }
  if (dh0) axpy(n, 1, dh, dh0);
  if (dc0) axpy(n, 1, dc, dc0);
}

/** One row: from dh (here and from later steps) and dc to dz [4H]; dc becomes the gradient of c_{t-1}. */
function gatesBackward(H: i32, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize): void {
  const H4 = <usize>H * 4;
  let at: usize = 0;
  for (let left = H; left >= 4; left -= 4, at += 16) unitsBackward(4, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz);
  if (H & 3) unitsBackward(H & 3, at, H4, z, cPrev, c, dhHere, dhLater, dc, dz);
}

// @ts-ignore: decorator
@inline
function unitsBackward(left: i32, at: usize, H4: usize, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize): void {
  const one = the(ONE);
  const zi = z + at, zf = zi + H4, zg = zf + H4, zo = zg + H4;
  const di = dz + at, df = di + H4, dg = df + H4, dOut = dg + H4;
  const i = load(zi, left), f = load(zf, left), g = load(zg, left), o = load(zo, left);
  const tanhC = tanh4(load(c + at, left));
  const dh = f32x4.add(load(dhHere + at, left), load(dhLater + at, left));
  const dcNow = madd(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tanhC, tanhC)), load(dc + at, left));
  store(di, f32x4.mul(f32x4.mul(dcNow, g), f32x4.mul(i, f32x4.sub(one, i))), left);
  store(df, f32x4.mul(f32x4.mul(dcNow, load(cPrev + at, left)), f32x4.mul(f, f32x4.sub(one, f))), left);
  store(dg, f32x4.mul(f32x4.mul(dcNow, i), f32x4.sub(one, f32x4.mul(g, g))), left);
  store(dOut, f32x4.mul(f32x4.mul(dh, tanhC), f32x4.mul(o, f32x4.sub(one, o))), left);
  store(dc + at, f32x4.mul(dcNow, f), left);
}
