/**
 * The sequences that recurrent kernels are tried on: sizes, masks, noise, absent arrays; and the bound on their results.
 *
 * One step makes H + 8 roundings of values of order 1 (product, biases, gates, state) and calls five elementary functions;
 * a backward step as many. Rows of the recurrent weights sum to less than 1 in size, so that errors of earlier steps
 * shrink on their way, and roundings cancel. (A normalised cell has other weights, and its bound is 1/√ε as large.) So 5 functionError + (H + 8) units, times the size of the largest value of
 * the array (at least 1). Measured in November 2026: at most 0.14 of that on every engine.
 */
import type { CellNorm, Ptr, RecurrentMask, StateNoise } from "../../src/engine/index.ts";
import { lengths, type Numbers } from "./numbers.ts";
import { type Bound, none, type Pair, type Twin, UNIT } from "./pair.ts";

export interface SequenceCase {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly mask: MaskKind;
  readonly withBiases: boolean;
  /** whether dhT, dcT, dh0 and dc0 are given; odd cases leave out some of them */
  readonly ends: readonly [boolean, boolean, boolean, boolean];
  /** whether dMask is given, where the mask has factors */
  readonly dMask: boolean;
  /** the noise on the state, each kind the same at all steps or not */
  readonly noise: readonly { readonly kind: NoiseKind; readonly perStep: boolean }[];
  /** whether U differs from row to row. Default false */
  readonly flipout?: boolean;
  /** whether the cell is layer-normalised. Default false */
  readonly isNormed?: boolean;
}

/** Where noise stands. */
export type NoiseKind = keyof StateNoise;

/** How a recurrent mask is tied; "none" is no mask. */
export type MaskKind =
  | "none"
  | "tied, shared"
  | "tied, per gate"
  | "per step, shared"
  | "per step, per gate"
  | "kept units";
export const maskKinds: readonly MaskKind[] = [
  "none",
  "tied, shared",
  "tied, per gate",
  "per step, shared",
  "per step, per gate",
  "kept units",
];

/** Every H with the kinds of mask in turn; T, B, biases and absent arrays take turns, T = 1 and B = 1 among them. */
export function sequenceCases(
  masks: readonly MaskKind[],
  noiseKinds: readonly NoiseKind[] = [],
  { flipout = false, isNormed = false }: { flipout?: boolean; isNormed?: boolean } = {},
): SequenceCase[] {
  return lengths.flatMap((H, turn) =>
    [0, 1].map((variant) => {
      const k = 2 * turn + variant;
      return {
        T: [1, 2, 5][k % 3]!,
        B: [1, 3, 2, 9, 5][k % 5]!,
        H,
        mask: masks[Math.floor(k / 3) % masks.length]!, // each kind with every T
        withBiases: k % 4 !== 3,
        ends: [k % 2 === 0, k % 3 !== 0, k % 2 === 1, k % 5 !== 0] as const,
        dMask: k % 4 < 2,
        noise: noiseKinds.map((kind, place) => ({ kind, perStep: (k + place) % 2 === 0 })),
        flipout,
        isNormed,
      };
    }),
  );
}

export const showCase = (c: SequenceCase): string => {
  const { T, B, H, mask, withBiases, ends, dMask, noise, flipout, isNormed } = c;
  return [
    `T=${T} B=${B} H=${H} mask=${mask} biases=${withBiases} dhT,dcT,dh0,dc0=${ends.map(Number)} dMask=${dMask}`,
    ...noise.map(({ kind, perStep }) => `${kind} ${perStep ? "per step" : "tied"}`),
    ...(flipout ? ["flipout"] : []),
    ...(isNormed ? ["layer-normalised"] : []),
  ].join(", ");
};

/** The mask of a case as both engines see it. `G` is the number of gates. */
export interface TwinMask {
  readonly twin: Twin;
  /** ids of the units that are kept, for a mask over the batch */
  readonly kept: Twin;
  readonly groups: number;
  readonly steps: number;
  /** size of hMasked */
  readonly masked: number;
  /** columns of U */
  readonly columns: number;
}

/** The mask for one engine. */
export function maskOf({ twin, kept, groups, steps }: TwinMask, at: (array: Twin) => Ptr): RecurrentMask {
  return { ptr: at(twin), groups, steps, kept: at(kept), count: kept.size };
}

export function makeMask(pair: Pair, numbers: Numbers, { T, B, H, mask }: SequenceCase, G: number): TwinMask {
  if (mask === "none") return { twin: none, kept: none, groups: 1, steps: 1, masked: 0, columns: H };
  if (mask === "kept units") {
    const kept = keptOf(H);
    return {
      twin: none,
      kept: pair.ids(kept),
      groups: 1,
      steps: 1,
      masked: T * B * kept.length,
      columns: kept.length,
    };
  }
  const groups = mask.endsWith("per gate") ? G : 1;
  const steps = mask.startsWith("per step") ? T : 1;
  const twin = pair.input(numbers.mask(steps * groups * B * H));
  return { twin, kept: none, groups, steps, masked: groups * T * B * H, columns: H };
}

/** The noise of a case as both engines see it. */
export type TwinNoise = Readonly<Record<NoiseKind, { readonly twin: Twin; readonly steps: number }>>;

/** Factors on what enters as a mask has them; on the state 0, 1 and what lies between. */
export function makeNoise(pair: Pair, numbers: Numbers, { T, B, H, noise }: SequenceCase): TwinNoise {
  const factors = (kind: NoiseKind): TwinNoise[NoiseKind] => {
    const given = noise.find((part) => part.kind === kind);
    if (!given) return { twin: none, steps: 1 };
    const steps = given.perStep ? T : 1;
    const n = steps * B * H;
    const values =
      kind === "candidate"
        ? numbers.mask(n)
        : numbers.uniform(n, -0.5, 1.5).map((u) => Math.min(Math.max(u, 0), 1));
    return { twin: pair.input(values), steps };
  };
  return {
    candidate: factors("candidate"),
    cell: factors("cell"),
    keepCell: factors("keepCell"),
    keepHidden: factors("keepHidden"),
  };
}

/** The noise for one engine. */
export function noiseOf(noise: TwinNoise, at: (array: Twin) => Ptr): StateNoise {
  const factors = ({ twin, steps }: TwinNoise[NoiseKind]) => ({ ptr: at(twin), steps });
  return {
    candidate: factors(noise.candidate),
    cell: factors(noise.cell),
    keepCell: factors(noise.keepCell),
    keepHidden: factors(noise.keepHidden),
  };
}

/** The gradient of the mask of a case, to be added to; none where it is not wanted. */
export function maskGradient(
  pair: Pair,
  numbers: Numbers,
  { dMask }: SequenceCase,
  { twin }: TwinMask,
): Twin {
  return dMask && twin.size ? pair.output(numbers.uniform(twin.size)) : none;
}

/** Some units of H in no pattern, at least one: all of them, one of them, about half of them. */
function keptOf(H: number): number[] {
  const units = Array.from({ length: H }, (_, j) => j);
  if (H % 3 === 0) return units;
  if (H % 5 === 0) return [H - 1];
  return units.filter((j) => (j * 7) % 11 < 6);
}

/** Weights [G·H, columns] whose rows sum to less than 1 in size. */
export function contractive(numbers: Numbers, G: number, H: number, columns: number): number[] {
  return numbers.uniform(G * H * columns, -1 / H, 1 / H);
}

/** An array [T+1, B, H] whose first row is given and whose rest is yet to be written. */
export function statesFrom(pair: Pair, first: readonly number[], T: number): Twin {
  return pair.output([...first, ...new Array<number>(T * first.length).fill(9)]);
}

/** The arrays of a layer-normalised cell as both engines see them. */
export interface TwinNorm {
  readonly gain: Twin;
  readonly normalised: Twin;
  readonly inverse: Twin;
  /** LSTM only, else none */
  readonly cellGain: Twin;
  readonly cellBias: Twin;
  readonly cellNormalised: Twin;
}

export function makeNorm(pair: Pair, numbers: Numbers, { T, B, H }: SequenceCase, G: number): TwinNorm {
  const ofCell = <Made>(make: () => Made): Made | Twin => (G === 4 ? make() : none);
  return {
    gain: pair.input(numbers.uniform(G * H, 0.5, 1.5)),
    normalised: pair.output(T * B * G * H),
    inverse: pair.output(new Array<number>(2 * T * B).fill(0)), // an LSTM writes both halves, a GRU too
    cellGain: ofCell(() => pair.input(numbers.uniform(H, 0.5, 1.5))),
    cellBias: ofCell(() => pair.input(numbers.uniform(H))),
    cellNormalised: ofCell(() => pair.output(T * B * H)),
  };
}

/** Those of its arrays that forward writes. */
export function written(norm: TwinNorm | undefined): Record<string, Twin> {
  if (!norm) return {};
  const { normalised, inverse, cellNormalised } = norm;
  return { normalised, inverse, cellNormalised };
}

/** Every value of a record through `f`. */
export function mapped<V>(record: Readonly<Record<string, V>>, f: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]));
}

/** The norm for one engine. ε keeps rows that are nearly even from making their roundings large. */
export function normOf(norm: TwinNorm, at: (array: Twin) => Ptr): CellNorm {
  return {
    gain: at(norm.gain),
    epsilon: EPSILON,
    normalised: at(norm.normalised),
    inverse: at(norm.inverse),
    cellGain: at(norm.cellGain),
    cellBias: at(norm.cellBias),
    cellNormalised: at(norm.cellNormalised),
  };
}

/** As float32 has it, so that both engines add the same number. */
export const EPSILON: number = Math.fround(0.03);

/** What a normalisation makes of a rounding, at most. */
const NORMED = 1 / Math.sqrt(EPSILON);

/** The bound at the top of this file, for one array. */
export function sequenceBound(
  pair: Pair,
  array: Twin,
  { H, isNormed }: SequenceCase,
  functionError: number,
): Bound {
  const values = pair.result(array);
  const size = values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
  const allowed = (5 * functionError + (H + 8) * UNIT) * size * (isNormed ? NORMED : 1);
  return () => allowed;
}
