/** From a dropout configuration to the masks of one window: pure in the seed, the window, the site and the share of training. */
import {
  concat,
  type DropoutMask,
  type Ids,
  KeptUnits,
  keptUnits,
  maskOfKept,
  mul,
  pickScale,
  reshape,
  scale,
  type Tape,
  type Tensor,
} from "../../autograd/index.ts";
import type { RandomKey } from "../../engine/index.ts";
import { layerSizes } from "../layerSizes.ts";
import type { WeightFlips } from "../maskedWeights.ts";
import type { StackMasks } from "../recurrentStack.ts";
import { activationMask } from "./activationMask.ts";
import { drawChoices, drawFactors, type FactorDraw } from "./drawFactors.ts";
import { drawFlipout } from "./drawFlipout.ts";
import { drawKept } from "./drawKept.ts";
import { type LearnedRates, learnedName } from "./learnedRates.ts";
import { maskBytes } from "./maskBytes.ts";
import { checkCounters, countersOf, type MaskPosition } from "./maskCounters.ts";
import { checkMaskBytes, MASK_LIMIT_BYTES, withinMemory } from "./maskMemory.ts";
import { checkNetworkFit } from "./networkFit.ts";
import { type RecurrentDropout, readDropout } from "./recurrentDropout.ts";
import { changesEachStep, rateAt, type SiteRule } from "./siteRule.ts";
import type { Site } from "./sites.ts";
import { softMask } from "./softMask.ts";

/** The sizes that masks are made for. */
export interface MaskSizes {
  /** T */
  readonly steps: number;
  /** B */
  readonly rows: number;
  /** D of the bottom layer */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  readonly layers: number;
  /** H of the last layer. Default `hiddenSize` */
  readonly lastHiddenSize?: number | null | undefined;
  /** 4 for LSTM, 3 for GRU */
  readonly gates: number;
  /** F of a feed-forward layer before the decoder. Default 0: none */
  readonly feedForwardSize?: number;
}

/** The masks of one window. */
export interface RecurrentMasks extends StackMasks {
  readonly input: readonly (DropoutMask | undefined)[];
  readonly recurrent: readonly (DropoutMask | undefined)[];
  /** [T, B]: scale of each position's embedding */
  readonly embedding: Tensor | undefined;
  /** [1 or T, B, H], or the kept of H units */
  readonly output: DropoutMask | undefined;
  /** [1 or T, B, F], or the kept of F units */
  readonly feedForward?: DropoutMask | undefined;
}

/**
 * Draws the masks of one window.
 *
 *   m = 0 with probability rate, else 1/(1 - rate), a function of (key, window or stream, pass, site, layer, gate, row, unit)
 *
 * or as the site's kind says (sites.ts). Zoneout's k is 1 with probability rate, else 0. The mask of `cell` is 0 with
 * probability rate, else 1: it is carried, and 1/(1 - rate) stands on h where it is read, so that evaluation is the identity.
 * Tied to `batch`, all rows have the mask of row 0, given as the units that it keeps (one at least: drawKept.ts); only where
 * each gate has a mask of its own it is given as factors. Tied to `batchStep`, all rows have the mask that row 0 has under
 * `step`, as factors. Weights have one mask [GH, D or H] for all steps and rows; under Flipout
 * noise [GH, D or H] and signs for each row.
 * A concrete mask requires a gradient where its rate is learned, and is otherwise one of the rate that the rule says.
 *
 * The same arguments give the same masks on every engine and whatever was drawn before.
 *
 * @param ids - [T, B] and vocabSize, for the sites `embedding` and `token`; absent when the network has no embedding
 * @param learned - the logits of sites of kind `concrete`
 * @throws ConfigError for windows of more than 65,535 steps, more than 255 layers, a window, stream or pass that is not a number
 *   of one, a configuration that `recurrentDropout` would refuse or that does not fit the network, or masks of more than 4 GB
 * @throws EngineError naming a site, when the memory cannot hold the masks
 * @example drawMasks(tape, recurrentDropout("gal2016"), sizes, randomKey(42, "masks"), { window: 7, stream: 0 })
 */
export function drawMasks(
  tape: Tape,
  specification: RecurrentDropout,
  sizes: MaskSizes,
  key: RandomKey,
  position: MaskPosition,
  types?: { readonly ids: Ids; readonly vocabSize: number },
  learned?: LearnedRates,
): RecurrentMasks {
  const { steps: T, rows: B, inputSize, layers, gates, feedForwardSize: F = 0 } = sizes;
  const widths = layerSizes(sizes); // H of each layer
  checkCounters(T, Math.max(inputSize, ...widths, types?.vocabSize ?? 0), layers, position);
  const dropout = readDropout(specification);
  const cell = gates === 3 ? "gru" : "lstm";
  const hasEmbedding = types !== undefined;
  checkNetworkFit(dropout, { layers, hasEmbedding, cell });
  const bytes = maskBytes(dropout, { ...sizes, vocabSize: types?.vocabSize ?? 0, hasEmbedding });
  checkMaskBytes(bytes, MASK_LIMIT_BYTES);

  const rateOf = (site: Site, layer: number): number => {
    const rule = dropout.sites[site];
    return rule ? rateAt(rule, site === "layers" ? layer - 1 : layer, position.done ?? 1) : 0;
  };
  /** What is to be drawn at a site of a layer; undefined when nothing is masked there. */
  const drawOf = (site: Site, layer: number, rows: number, columns: number): FactorDraw | undefined => {
    const rule = dropout.sites[site];
    const rate = rateOf(site, layer);
    if (!rule || rate === 0) return undefined;
    const groups = rule.gates === "perGate" ? gates : 1;
    const steps = changesEachStep(rule) ? T : 1;
    const counters = countersOf(site, rule, layer, position);
    return { steps, groups, rows, columns, rate, rule, key, ...counters };
  };
  /** A mask on vectors, times a factor. */
  const onUnits = (site: Site, layer: number, columns: number, factor = 1): DropoutMask | undefined => {
    const draw = drawOf(site, layer, B, columns);
    if (!draw) return factor === 1 ? undefined : constant(tape, [1, 1, B, columns], factor);
    if (draw.rule.kind === "concrete") {
      const soft = softMask(tape, draw, learned?.get(learnedName(site, layer)));
      return factor === 1 ? soft : scale(soft, factor);
    }
    if (dropout.sites[site]!.tie === "batch") return keptFor(tape, draw, factor);
    return scaled(drawFactors(tape, draw), factor);
  };
  const perLayer = <M>(draw: (layer: number) => M): M[] => Array.from({ length: layers }, (_, l) => draw(l));
  /** The masks of a site inside the layers; no list when the site is not in use. */
  const inLayers = <M>(
    site: Site,
    rowsOf: (layer: number) => number,
    columnsOf: (layer: number) => number,
    make: (draw: FactorDraw) => M,
  ): (M | undefined)[] | undefined => {
    if (!dropout.sites[site]) return undefined;
    return perLayer((l) => {
      const draw = drawOf(site, l, rowsOf(l), columnsOf(l));
      return draw && make(draw);
    });
  };
  const onState = (site: Site, make: (draw: FactorDraw) => Tensor): (Tensor | undefined)[] | undefined =>
    inLayers(
      site,
      () => B,
      (l) => widths[l]!,
      make,
    );
  /** On weights: one mask for all rows, or noise and signs, by the kind of the site. */
  const onWeights = <M>(
    site: "inputWeights" | "recurrentWeights",
    isFlipout: boolean,
    make: (draw: FactorDraw) => M,
  ): (M | undefined)[] | undefined => {
    if ((dropout.sites[site]?.kind === "flipout") !== isFlipout) return undefined;
    const columnsOf = (l: number): number =>
      site === "recurrentWeights" ? widths[l]! : l === 0 ? inputSize : widths[l - 1]!;
    return inLayers(site, (l) => gates * widths[l]!, columnsOf, make);
  };
  const factorsOf = (draw: FactorDraw): Tensor =>
    tape.view(drawFactors(tape, draw).ptr, [draw.rows, draw.columns], []);
  const flipsOf = (draw: FactorDraw): WeightFlips => drawFlipout(tape, draw, B);
  const keep = (draw: FactorDraw): Tensor => drawChoices(tape, draw, draw.rate);
  /** What stands on h of a layer where it is read, for the mask on its cell. */
  const onReading = (layer: number): number => 1 / (1 - rateOf("cell", layer));

  const inputOf = (l: number): DropoutMask | undefined =>
    l === 0 ? onUnits("input", 0, inputSize) : onUnits("layers", l, widths[l - 1]!, onReading(l - 1));
  return withinMemory(bytes, () => ({
    embedding: types && positionScale(tape, types, dropout.sites.embedding, drawOf),
    input: perLayer(inputOf),
    recurrent: perLayer((l) => onUnits("recurrent", l, widths[l]!, onReading(l))),
    candidate: onState("candidate", (draw) => withoutGroups(tape, drawFactors(tape, draw)) as Tensor),
    cell: onState("cell", (draw) => drawChoices(tape, draw, 1 - draw.rate)),
    keepCell: cell === "gru" ? undefined : onState("zoneoutCell", keep),
    keepHidden: onState("zoneoutHidden", keep),
    inputWeights: onWeights("inputWeights", false, factorsOf),
    recurrentWeights: onWeights("recurrentWeights", false, factorsOf),
    inputFlips: onWeights("inputWeights", true, flipsOf),
    recurrentFlips: onWeights("recurrentWeights", true, flipsOf),
    output: withoutGroups(tape, onUnits("output", 0, widths[layers - 1]!, onReading(layers - 1))),
    feedForward:
      F > 0 ? activationMask(tape, dropout, { steps: T, rows: B, units: F }, key, position) : undefined,
  }));
}

/** One mask for all rows: the units that it keeps, or factors when each gate has its own. */
function keptFor(tape: Tape, draw: FactorDraw, factor: number): DropoutMask {
  const { groups, rows, columns, rate, key, counter, lane } = draw;
  const scale = factor / (1 - rate);
  const ofGates = Array.from({ length: groups }, (_, g) => {
    const units = drawKept({ columns, rate, key, counter, lane: (lane | g) >>> 0 });
    return keptUnits(tape, units, columns, scale);
  });
  if (groups === 1) return ofGates[0]!;
  // one gate or another keeps nearly every column: there is little to leave out
  return concat(
    ofGates.map((kept) => maskOfKept(kept, [1, 1, rows, columns])),
    1,
  );
}

/** The scale of every position [T, B]: its type's number, or its own when tied to `step`; times its token's. */
function positionScale(
  tape: Tape,
  { ids, vocabSize }: { readonly ids: Ids; readonly vocabSize: number },
  embedding: SiteRule | undefined,
  drawOf: (site: Site, layer: number, rows: number, columns: number) => FactorDraw | undefined,
): Tensor | undefined {
  const rows = ids.shape[1]!;
  const ofPositions = (draw: FactorDraw | undefined): Tensor | undefined =>
    draw && tape.view(drawFactors(tape, draw).ptr, ids.shape, []);
  const tokens = ofPositions(drawOf("token", 0, rows, 1));
  const types =
    embedding?.tie === "step"
      ? ofPositions(drawOf("embedding", 0, rows, 1))
      : scaleOfTypes(tape, ids, drawOf("embedding", 0, rows, vocabSize), embedding?.tie === "batch");
  return tokens && types ? mul(tokens, types) : (types ?? tokens);
}

function scaleOfTypes(
  tape: Tape,
  ids: Ids,
  draw: FactorDraw | undefined,
  isForBatch: boolean,
): Tensor | undefined {
  if (!draw) return undefined;
  const { rows, columns: vocabSize } = draw;
  if (isForBatch) return pickScale(maskOfKept(keptFor(tape, draw, 1) as KeptUnits, [1, vocabSize]), ids);
  return pickScale(tape.view(drawFactors(tape, draw).ptr, [rows, vocabSize], []), ids);
}

/** [steps, 1, B, H] as [steps, B, H]; kept units as they are */
function withoutGroups(tape: Tape, mask: DropoutMask | undefined): DropoutMask | undefined {
  if (mask === undefined || mask instanceof KeptUnits) return mask;
  const [steps, , rows, columns] = mask.shape;
  if (mask.requiresGrad) return reshape(mask, [steps!, rows!, columns!]);
  return tape.view(mask.ptr, [steps!, rows!, columns!], []);
}

/** A mask times a factor, in place. */
function scaled(mask: Tensor, factor: number): Tensor {
  if (factor !== 1) mask.tape.engine.scale(mask.size, factor, mask.ptr, mask.ptr);
  return mask;
}

function constant(tape: Tape, shape: readonly number[], value: number): Tensor {
  const tensor = tape.output(shape, []);
  tape.engine.fill(tensor.size, tensor.ptr, value);
  return tensor;
}
