/** The mask of one site in one layer as plain numbers, whatever shape the stack takes it in. */
import {
  addScalar,
  type DropoutMask,
  KeptUnits,
  maskOfKept,
  type Tape,
  type Tensor,
} from "../../autograd/index.ts";
import type { RandomKey } from "../../engine/index.ts";
import type {
  drawMasks,
  LearnedRates,
  MaskPosition,
  MaskSizes,
  RecurrentDropout,
  RecurrentMasks,
  Site,
  WeightFlips,
} from "../../nn/index.ts";

/** Values in the order [steps, groups, rows, columns]. */
export interface MaskValues {
  readonly steps: number;
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
  /** for the site `cell`: what stands on h where it is read */
  readonly reading: number;
}

/** What a mask is drawn for. */
export interface MaskRequest {
  readonly tape: Tape;
  readonly dropout: RecurrentDropout;
  readonly sizes: MaskSizes;
  /** V; undefined with one-hot input */
  readonly types: number | undefined;
  readonly key: RandomKey;
  /** logits of the rates that the network learns */
  readonly rates: LearnedRates;
  readonly at: MaskPosition;
}

/** Types that are looked at: each twice, in a window that holds all of them. */
const MOST_TYPES = 16384;

/**
 * Draws the mask of a site alone: a mask depends on no other site. Under `embedding` tied to more than a step the window
 * holds every type twice, so that columns are types, and steps their first and second place.
 *
 * @returns undefined when nothing is masked there
 */
export function maskValues(
  draw: typeof drawMasks,
  { tape, dropout, sizes, types, key, rates, at }: MaskRequest,
  site: Site,
  layer: number,
): MaskValues | undefined {
  const rule = dropout.sites[site]!;
  const isByType = site === "embedding" && rule.tie !== "step";
  const alone: RecurrentDropout = { name: dropout.name, sites: { [site]: rule } };
  const V = Math.min(types ?? 0, MOST_TYPES);
  const steps = isByType ? 2 * V : sizes.steps;
  return tape.step(() => {
    const ids = types
      ? tape.ids(
          Array.from({ length: steps * sizes.rows }, (_, k) => Math.floor(k / sizes.rows) % V),
          [steps, sizes.rows],
        )
      : undefined;
    const ofTypes = ids && { ids, vocabSize: types as number };
    const masks = draw(tape, alone, { ...sizes, steps }, key, at, ofTypes, rates);
    const mask = maskOf(masks, site, layer);
    if (!mask) return undefined;
    const full = mask instanceof KeptUnits ? maskOfKept(mask, [1, 1, sizes.rows, mask.size]) : mask;
    const values = valuesOf(full);
    const reading = site === "cell" ? readingOf(masks.recurrent[layer]) : 1;
    if (!isByType) return { ...axesOf(full, site), values, reading };
    return {
      steps: 2,
      groups: 1,
      rows: sizes.rows,
      columns: V,
      values: typesLast(values, sizes.rows, V),
      reading,
    };
  });
}

/** A copy of a tensor's values, which outlives its step. */
export function valuesOf(tensor: Tensor): Float32Array | Float64Array {
  return tensor.tape.engine.memory.floats(tensor.ptr, tensor.size).slice();
}

function maskOf(masks: RecurrentMasks, site: Site, layer: number): DropoutMask | undefined {
  switch (site) {
    case "embedding":
    case "token":
      return masks.embedding;
    case "input":
    case "layers":
      return masks.input[layer];
    case "output":
      return masks.output;
    case "feedForward":
      return masks.feedForward;
    case "zoneoutCell":
      return masks.keepCell?.[layer];
    case "zoneoutHidden":
      return masks.keepHidden?.[layer];
    case "inputWeights":
    case "recurrentWeights":
      return masks[site]?.[layer] ?? unturned(flipsOf(masks, site, layer));
    default:
      return masks[site]?.[layer];
  }
}

/** Flipout at a site of weights, if it has any. */
export function flipsOf(
  masks: RecurrentMasks,
  site: "inputWeights" | "recurrentWeights",
  layer: number,
): WeightFlips | undefined {
  return (site === "inputWeights" ? masks.inputFlips : masks.recurrentFlips)?.[layer];
}

/** The mask that a row would see whose signs are all 1. */
function unturned(flips: WeightFlips | undefined): Tensor | undefined {
  return flips && addScalar(flips.noise, 1);
}

function axesOf({ shape }: Tensor, site: Site): Pick<MaskValues, "steps" | "groups" | "rows" | "columns"> {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (site === "recurrentWeights" || site === "inputWeights")
    return { steps: 1, groups: 1, rows: 1, columns: a * b };
  if (site === "embedding" || site === "token") return { steps: a, groups: 1, rows: b, columns: 1 };
  if (shape.length === 3) return { steps: a, groups: 1, rows: b, columns: c };
  return { steps: a, groups: b, rows: c, columns: d };
}

/** The factor on h under a mask on the cell; NaN when it is not one number. */
function readingOf(mask: DropoutMask | undefined): number {
  if (!mask) return 1;
  if (mask instanceof KeptUnits) return Number.NaN;
  const values = valuesOf(mask);
  return values.every((value) => value === values[0]) ? values[0]! : Number.NaN;
}

/** [2 V, B] to [2, 1, B, V] */
function typesLast(values: Float32Array | Float64Array, rows: number, V: number): Float64Array {
  const turned = new Float64Array(values.length);
  for (let k = 0; k < values.length; k++) {
    const place = Math.floor(k / rows);
    turned[(Math.floor(place / V) * rows + (k % rows)) * V + (place % V)] = values[k]!;
  }
  return turned;
}
