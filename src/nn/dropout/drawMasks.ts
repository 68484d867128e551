/** From a dropout configuration to the masks of one window: pure in the seed, the window and the site. */
import {
  concat,
  type DropoutMask,
  type Ids,
  KeptUnits,
  keptUnits,
  maskOfKept,
  pickScale,
  type Tape,
  type Tensor,
} from "../../autograd/index.ts";
import type { RandomKey } from "../../engine/index.ts";
import { ConfigError, describe } from "../../errors.ts";
import type { StackMasks } from "../recurrentStack.ts";
import { drawKept } from "./drawKept.ts";
import { type RecurrentDropout, type Site, type SiteRule, sites } from "./recurrentDropout.ts";

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
  /** 4 for LSTM, 3 for GRU */
  readonly gates: number;
}

/** Which masks: those of a window, and of the stream (since the last reset of the state) that it belongs to. */
export interface MaskPosition {
  readonly window: number;
  readonly stream: number;
  /** Which of several passes over one window, from 0: each has masks of its own. Default 0; at most 127. */
  readonly pass?: number;
}

/** The masks of one window. */
export interface RecurrentMasks extends StackMasks {
  /** [T, B]: scale of each position's embedding */
  readonly embedding: Tensor | undefined;
  /** [1 or T, B, H], or the kept of H units */
  readonly output: DropoutMask | undefined;
}

/** The counters hold 16 bits of time, 16 of blocks of four columns, 8 of layer, and 7 of pass above 8 of site. */
const MAX_STEPS = 65535;
const MAX_COLUMNS = 262144;
const MAX_LAYERS = 255;
const MAX_PASS = 127;
/** Set in the lane of masks that are counted by streams, so that stream 3 and window 3 are different masks. */
const STREAM_LANE = 0x80000000;

/**
 * Draws the masks of one window.
 *
 *   m = 0 with probability rate, else 1/(1 - rate), a function of (key, window or stream, pass, site, layer, gate, row, unit)
 *
 * Tied to `batch`, all rows have the mask of row 0, given as the units that it keeps (one at least: drawKept.ts); only where
 * each gate has a mask of its own it is given as factors.
 *
 * The same arguments give the same masks on every engine and whatever was drawn before.
 *
 * @param ids - [T, B] and vocabSize, for the site `embedding`; absent when the network has no embedding
 * @throws ConfigError for windows of more than 65,535 steps, more than 255 layers, or a pass that is not an integer from 0 to 127
 * @example drawMasks(tape, recurrentDropout("gal"), sizes, randomKey(42, "masks"), { window: 7, stream: 0 })
 */
export function drawMasks(
  tape: Tape,
  dropout: RecurrentDropout,
  sizes: MaskSizes,
  key: RandomKey,
  position: MaskPosition,
  types?: { readonly ids: Ids; readonly vocabSize: number },
): RecurrentMasks {
  const { steps: T, rows: B, inputSize, hiddenSize: H, layers, gates } = sizes;
  const columns = Math.max(inputSize, H, types?.vocabSize ?? 0);
  if (T > MAX_STEPS || columns > MAX_COLUMNS || layers > MAX_LAYERS) {
    throw new ConfigError("the network is too large for the mask counters", {
      where: "drawMasks",
      expected: `at most ${MAX_STEPS} steps, ${MAX_COLUMNS} units or types and ${MAX_LAYERS} layers`,
      got: `${T} steps, ${columns} units or types, ${layers} layers`,
    });
  }

  const { pass = 0 } = position;
  if (!(Number.isInteger(pass) && pass >= 0 && pass <= MAX_PASS)) {
    throw new ConfigError("pass is not usable", {
      where: "drawMasks",
      expected: `an integer from 0 to ${MAX_PASS}`,
      got: describe(pass),
    });
  }

  const draw: Draw = (site, rule, layer, groups, columns) => {
    const steps = rule.tie === "step" ? T : 1;
    const place = (sites.indexOf(site) << 16) | (layer << 8);
    const lane = (pass << 24) | place | (rule.tie === "stream" ? STREAM_LANE : 0);
    const counter = (rule.tie === "stream" ? position.stream : position.window) >>> 0;
    if (rule.tie === "batch") {
      const scale = 1 / (1 - rule.rate);
      const ofGates = Array.from({ length: groups }, (_, g) => {
        const units = drawKept({ columns, rate: rule.rate, key, counter, lane: (lane | g) >>> 0 });
        return keptUnits(tape, units, columns, scale);
      });
      if (groups === 1) return ofGates[0]!;
      // one gate or another keeps nearly every column: there is little to leave out
      return concat(
        ofGates.map((kept) => maskOfKept(kept, [1, 1, B, columns])),
        1,
      );
    }
    const mask = tape.output([steps, groups, B, columns], []);
    for (let g = 0; g < groups; g++) {
      // a group is contiguous when there is one of them or one step; else it is drawn aside and laid between the others
      const contiguous = groups === 1 || steps === 1;
      const y = contiguous ? mask.ptr + g * B * columns : tape.output([steps, B, columns], []).ptr;
      tape.engine.drawMask({
        y,
        steps,
        rows: B,
        columns,
        rate: rule.rate,
        key,
        counter,
        lane: (lane | g) >>> 0,
      });
      if (!contiguous) {
        const n = B * columns;
        tape.engine.stridedCopy(
          [1, 1, steps, n],
          y,
          [0, 0, n, 1],
          mask.ptr + g * n,
          [0, 0, groups * n, 1],
          false,
        );
      }
    }
    return mask;
  };
  const groupsOf = (rule: SiteRule): number => (rule.gates === "perGate" ? gates : 1);
  const { embedding, input, recurrent, layers: between, output } = dropout.sites;

  return {
    embedding: embedding && types ? positionScale(tape, embedding, types, draw) : undefined,
    input: Array.from({ length: layers }, (_, l) => {
      const rule = l === 0 ? input : between;
      return rule && draw(l === 0 ? "input" : "layers", rule, l, groupsOf(rule), l === 0 ? inputSize : H);
    }),
    recurrent: Array.from(
      { length: layers },
      (_, l) => recurrent && draw("recurrent", recurrent, l, groupsOf(recurrent), H),
    ),
    output: output && withoutGroups(tape, draw("output", output, 0, 1, H)),
  };
}

/** A mask of a site and layer: [1 or T, groups, B, columns], or kept units. */
type Draw = (site: Site, rule: SiteRule, layer: number, groups: number, columns: number) => DropoutMask;

/** The scale of every position [T, B]: its type's mask number, or its own when tied to `step`. */
function positionScale(
  tape: Tape,
  rule: SiteRule,
  { ids, vocabSize }: { readonly ids: Ids; readonly vocabSize: number },
  draw: Draw,
): Tensor {
  if (rule.tie === "step") return tape.view(draw("embedding", rule, 0, 1, 1).ptr, ids.shape, []);
  const mask = draw("embedding", rule, 0, 1, vocabSize); // [1, 1, B, V], or the kept of V types
  if (mask instanceof KeptUnits) return pickScale(maskOfKept(mask, [1, vocabSize]), ids);
  return pickScale(tape.view(mask.ptr, [mask.shape[2]!, vocabSize], []), ids);
}

/** [steps, 1, B, H] as [steps, B, H]; kept units as they are */
function withoutGroups(tape: Tape, mask: DropoutMask): DropoutMask {
  if (mask instanceof KeptUnits) return mask;
  const [steps, , rows, columns] = mask.shape;
  return tape.view(mask.ptr, [steps!, rows!, columns!], []);
}
