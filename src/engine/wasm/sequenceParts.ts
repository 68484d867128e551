/**
 * Arguments of the recurrent kernels for some rows of a batch.
 *
 * Rows never meet inside a sequence: a thread takes its rows through all steps. Every array of rows is passed from its
 * first row on; the kernels know B for the distance between steps. Scratch sizes are those named in assembly/lstm.ts, gru.ts.
 */
import type {
  FlipoutSide,
  GruGradients,
  GruSequence,
  LstmGradients,
  LstmSequence,
  Ptr,
  RecurrentMask,
  StateNoise,
} from "../engine.ts";
import type { Range } from "./ranges.ts";
import { aligned } from "./sharing.ts";

/** How the products are made, with what, and where the kernel may scribble. Byte offsets. */
export interface PartPlace {
  readonly way: number;
  /** U as the way takes it: in panels, or Uᵀ for BLAS */
  readonly packed: number;
  /** Δ of Flipout in the same way */
  readonly packedDelta: number;
  readonly scratch: number;
}

/** Columns of U: all units, or those that a mask over the batch has kept. */
export function operandWidth({ H, mask }: { readonly H: number; readonly mask: RecurrentMask }): number {
  return mask.kept ? mask.count : H;
}

export function lstmForwardPart(s: LstmSequence, range: Range, place: PartPlace): number[] {
  const [from] = range;
  const { H, mask } = s;
  return [
    ...common(s, 4, range, place),
    at(s.bIh, 0),
    at(s.bHh, 0),
    at(s.hs, from * H),
    at(s.cs, from * H),
    at(mask.ptr, from * H),
    mask.groups,
    mask.steps,
    at(mask.kept, 0),
    at(s.hMasked, from * operandWidth(s)),
    ...flipout(s, 4, from, place),
    at(s.flipout?.hMasked ?? 0, from * H),
    ...factors(s.noise, ["candidate", "cell", "keepCell", "keepHidden"], from * H),
    at(s.norm?.gain ?? 0, 0),
    s.norm?.epsilon ?? 0,
    at(s.norm?.normalised ?? 0, 4 * from * H),
    at(s.norm?.inverse ?? 0, from),
    at(s.norm?.cellGain ?? 0, 0),
    at(s.norm?.cellBias ?? 0, 0),
    at(s.norm?.cellNormalised ?? 0, from * H),
    place.scratch,
  ];
}

export function lstmForwardScratch(H: number, rows: number, flipout: boolean): number {
  return aligned(4 * H) + aligned(rows * H) + (flipout ? aligned(4 * rows * H) : 0);
}

export function lstmBackwardPart(
  s: LstmSequence,
  g: LstmGradients,
  range: Range,
  place: PartPlace,
): number[] {
  const [from] = range;
  const { H, mask } = s;
  const row = from * H;
  return [
    ...common(s, 4, range, place),
    at(s.hs, row),
    at(s.cs, row),
    at(mask.ptr, row),
    mask.groups,
    mask.steps,
    at(mask.kept, 0),
    ...flipout(s, 4, from, place),
    ...factors(s.noise, ["candidate", "cell", "keepCell", "keepHidden"], row),
    at(g.dhs, row),
    at(g.dhT, row),
    at(g.dcT, row),
    at(g.dGates, 4 * row),
    at(g.dh0, row),
    at(g.dc0, row),
    at(g.dMask, row),
    at(g.dFlipoutMask ?? 0, row),
    at(s.norm?.gain ?? 0, 0),
    at(s.norm?.normalised ?? 0, 4 * row),
    at(s.norm?.inverse ?? 0, from),
    at(s.norm?.cellGain ?? 0, 0),
    at(s.norm?.cellBias ?? 0, 0),
    at(s.norm?.cellNormalised ?? 0, row),
    at(s.norm ? g.dProduct! : 0, 4 * row),
    at(s.norm ? g.dCell! : 0, row),
    place.scratch,
  ];
}

export function lstmBackwardScratch(H: number, rows: number, flipout: boolean): number {
  return (flipout ? 11 : 7) * aligned(rows * H);
}

export function gruForwardPart(s: GruSequence, range: Range, place: PartPlace): number[] {
  const [from] = range;
  const { H, mask } = s;
  return [
    ...common(s, 3, range, place),
    at(s.bIh, 0),
    at(s.bHh, 0),
    at(s.hs, from * H),
    at(mask.ptr, from * H),
    mask.groups,
    mask.steps,
    at(mask.kept, 0),
    at(s.hMasked, from * operandWidth(s)),
    ...flipout(s, 3, from, place),
    at(s.flipout?.hMasked ?? 0, from * H),
    at(s.flipout?.candidate ?? 0, from * H),
    +s.resetAfter,
    at(s.candidate, from * H),
    ...factors(s.noise, ["candidate", "keepHidden"], from * H),
    at(s.norm?.gain ?? 0, 0),
    s.norm?.epsilon ?? 0,
    at(s.norm?.normalised ?? 0, 3 * from * H),
    at(s.norm?.inverse ?? 0, from),
    place.scratch,
  ];
}

export function gruForwardScratch(H: number, rows: number, flipout: boolean): number {
  return gruProducts(H) + aligned(3 * rows * H) + aligned(rows * H) + (flipout ? aligned(3 * rows * H) : 0);
}

/** Where in that scratch the products with U [rows, 3H] stand. */
export function gruProducts(H: number): number {
  return 2 * aligned(3 * H);
}

export function gruBackwardPart(s: GruSequence, g: GruGradients, range: Range, place: PartPlace): number[] {
  const [from] = range;
  const { H, mask } = s;
  const row = from * H;
  return [
    ...common(s, 3, range, place),
    at(s.hs, row),
    at(mask.ptr, row),
    mask.groups,
    mask.steps,
    at(mask.kept, 0),
    ...flipout(s, 3, from, place),
    +s.resetAfter,
    at(s.candidate, row),
    ...factors(s.noise, ["candidate", "keepHidden"], row),
    at(g.dhs, row),
    at(g.dhT, row),
    at(g.dGates, 3 * row),
    at(g.dRecurrent, 3 * row),
    at(g.dh0, row),
    at(g.dMask, row),
    at(g.dFlipoutMask ?? 0, row),
    at(s.norm?.gain ?? 0, 0),
    at(s.norm?.normalised ?? 0, 3 * row),
    at(s.norm?.inverse ?? 0, from),
    at(s.norm ? g.dProduct! : 0, 3 * row),
    place.scratch,
  ];
}

export function gruBackwardScratch(H: number, rows: number, flipout: boolean): number {
  return (flipout ? 9 : 5) * aligned(rows * H);
}

/** What all recurrent kernels begin with: the way, the sizes, and the gates and weights of a cell of G gates. */
function common(s: LstmSequence | GruSequence, G: number, [from, rows]: Range, place: PartPlace): number[] {
  const { T, B, H } = s;
  const K = operandWidth(s);
  return [place.way, T, B, rows, H, K, at(s.gates, from * G * H), at(s.wHh, 0), place.packed];
}

/** Flipout for the rows from `from` on: Δ as it lies and as the way takes it, the signs of the outputs, and its mask. */
function flipout(
  { H, flipout: side }: { readonly H: number; readonly flipout?: FlipoutSide | undefined },
  G: number,
  from: number,
  place: PartPlace,
): number[] {
  if (!side) return [0, 0, 0, 0];
  return [at(side.delta, 0), place.packedDelta, at(side.outputSigns, from * G * H), at(side.mask, from * H)];
}

/** Byte offset and steps of each kind of noise, from the row on that begins at `element`. */
function factors(noise: StateNoise, kinds: readonly (keyof StateNoise)[], element: number): number[] {
  const result: number[] = []; // a loop: while sampling this runs for every symbol
  for (const kind of kinds) result.push(at(noise[kind].ptr, element), noise[kind].steps);
  return result;
}

/** Byte offset of an element of an array; 0 when there is no array. */
function at(array: Ptr, element: number): number {
  return array ? (array + element) * 4 : 0;
}
