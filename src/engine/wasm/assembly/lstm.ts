/** The LSTM over a sequence; equations and names as in reference/lstm.ts. Gates are computed in one pass over [4H]. */
import { axpy } from "./elementwise";
import { sigmoid4, tanh4 } from "./functions";
import { packB } from "./packing";
import { backwardGates, copyOrZero, directGates, forwardGates, forwardProduct, isShort, packForward, saveMasked, sumOf } from "./recurrent";
import { load, madd, splat, store } from "./simd";

/** scratch: biases [4H], packed h [B, H], packed U. */
export function lstmForward(T: i32, B: i32, H: i32, gates: usize, wHh: usize, bIh: usize, bHh: usize, hs: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, hMasked: usize, scratch: usize): void {
  const BH = B * H;
  const perGate = mask != 0 && groups > 1;
  const packedH = scratch + <usize>((4 * H + 15) & ~15) * 4;
  const packed = packedH + <usize>((BH + 15) & ~15) * 4;
  sumOf(4 * H, bIh, bHh, scratch);
  const short = isShort(T, B, mask);
  if (perGate) packForward(4, H, wHh, packed);
  else if (!short) packB(1, H, 4 * H, wHh, <usize>H * 4, packed);
  for (let t = 0; t < T; t++) {
    const hPrev = hs + <usize>(t * BH) * 4;
    const z = gates + <usize>(t * BH) * 16;
    let operand = hPrev;
    if (mask) {
      saveMasked(T, BH, t, groups, maskSteps, mask, hPrev, hMasked);
      operand = hMasked + <usize>(t * BH) * 4;
    }
    if (perGate) forwardGates(0, 4, 4, B, H, operand, <usize>(T * BH) * 4, packed, z, 1, packedH);
    else if (short) directGates(0, 4, 4, B, H, operand, wHh, z, 1);
    else forwardProduct(B, 4 * H, H, operand, packed, z, 1, packedH);
    for (let b = 0; b < B; b++) {
      const row = <usize>(b * H) * 4;
      const at = hPrev - hs + row; // the same place in hs and cs, one step earlier
      gatesForward(H, z + 4 * row, scratch, cs + at, cs + at + <usize>BH * 4, hs + at + <usize>BH * 4);
    }
  }
}

/** One row: activates z [4H] i|f|g|o in place, then c = f c' + i g and h = o tanh c. */
function gatesForward(H: i32, z: usize, bias: usize, cPrev: usize, c: usize, h: usize): void {
  const H4 = <usize>H * 4;
  for (let j = 0; j < H; j += 4) {
    const left = H - j;
    const at = <usize>j * 4;
    const i = sigmoid4(f32x4.add(load(z + at, left), load(bias + at, left)));
    const f = sigmoid4(f32x4.add(load(z + H4 + at, left), load(bias + H4 + at, left)));
    const g = tanh4(f32x4.add(load(z + 2 * H4 + at, left), load(bias + 2 * H4 + at, left)));
    const o = sigmoid4(f32x4.add(load(z + 3 * H4 + at, left), load(bias + 3 * H4 + at, left)));
    const cell = madd(f, load(cPrev + at, left), f32x4.mul(i, g));
    store(z + at, i, left);
    store(z + H4 + at, f, left);
    store(z + 2 * H4 + at, g, left);
    store(z + 3 * H4 + at, o, left);
    store(c + at, cell, left);
    store(h + at, f32x4.mul(o, tanh4(cell)), left);
  }
}

/** scratch: dh [B, H], dc [B, H], product [B, H], packed dz [B, 4H], packed U. */
export function lstmBackward(T: i32, B: i32, H: i32, gates: usize, wHh: usize, cs: usize, mask: usize, groups: i32, maskSteps: i32, dhs: usize, dhT: usize, dcT: usize, dGates: usize, dh0: usize, dc0: usize, scratch: usize): void {
  const BH = B * H;
  const size = <usize>((BH + 15) & ~15) * 4;
  const dh = scratch, dc = scratch + size, product = dc + size, packedZ = product + size, packed = packedZ + 4 * size;
  packB(0, 4 * H, H, wHh, <usize>H * 4, packed);
  copyOrZero(BH, dhT, dh);
  copyOrZero(BH, dcT, dc);
  for (let t = T - 1; t >= 0; t--) {
    const step = <usize>(t * BH) * 4;
    const dz = dGates + 4 * step;
    for (let b = 0; b < B; b++) {
      const row = <usize>(b * H) * 4;
      gatesBackward(H, gates + 4 * (step + row), cs + step + row, cs + step + row + <usize>BH * 4, dhs + step + row, dh + row, dc + row, dz + 4 * row);
    }
    if (t == 0 && !dh0) break;
    memory.fill(dh, 0, <usize>BH * 4);
    backwardGates(0, 4, 4, B, H, t, dz, packed, groups, maskSteps, mask, product, dh, packedZ);
  }
  if (dh0) axpy(BH, 1, dh, dh0);
  if (dc0) axpy(BH, 1, dc, dc0);
}

/** One row: from dh (here and from later steps) and dc to dz [4H]; dc becomes the gradient of c_{t-1}. */
function gatesBackward(H: i32, z: usize, cPrev: usize, c: usize, dhHere: usize, dhLater: usize, dc: usize, dz: usize): void {
  const H4 = <usize>H * 4;
  const one = splat(1);
  for (let j = 0; j < H; j += 4) {
    const left = H - j;
    const at = <usize>j * 4;
    const i = load(z + at, left), f = load(z + H4 + at, left), g = load(z + 2 * H4 + at, left), o = load(z + 3 * H4 + at, left);
    const tanhC = tanh4(load(c + at, left));
    const dh = f32x4.add(load(dhHere + at, left), load(dhLater + at, left));
    const dcNow = madd(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tanhC, tanhC)), load(dc + at, left));
    store(dz + at, f32x4.mul(f32x4.mul(dcNow, g), f32x4.mul(i, f32x4.sub(one, i))), left);
    store(dz + H4 + at, f32x4.mul(f32x4.mul(dcNow, load(cPrev + at, left)), f32x4.mul(f, f32x4.sub(one, f))), left);
    store(dz + 2 * H4 + at, f32x4.mul(f32x4.mul(dcNow, i), f32x4.sub(one, f32x4.mul(g, g))), left);
    store(dz + 3 * H4 + at, f32x4.mul(f32x4.mul(dh, tanhC), f32x4.mul(o, f32x4.sub(one, o))), left);
    store(dc + at, f32x4.mul(dcNow, f), left);
  }
}
