/** One mask as factors: drawn by its kind, a pure function of key, counter and lane. */
import type { Tape, Tensor } from "../../autograd/index.ts";
import { type MaskDraw, philox } from "../../engine/index.ts";
import { logisticQuantiles } from "./logisticQuantiles.ts";
import { normalQuantiles } from "./normalQuantiles.ts";
import type { SiteRule } from "./siteRule.ts";

/** A mask to draw. */
export interface FactorDraw {
  readonly steps: number;
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly rate: number;
  readonly rule: Pick<SiteRule, "kind" | "redraw" | "noise">;
  readonly key: MaskDraw["key"];
  readonly counter: number;
  /** of group 0; the low bits of the others are their number */
  readonly lane: number;
}

/** In the lane of the decisions of a drifting mask, beside the 2 bits of the gate. */
const REDRAW_LANE = 8;

/** A mask [steps, groups, B, columns], scaled so that its mean is 1. */
export function drawFactors(tape: Tape, draw: FactorDraw): Tensor {
  const { steps, groups, rows, columns } = draw;
  const mask = tape.output([steps, groups, rows, columns], []);
  for (let group = 0; group < groups; group++) {
    if (draw.rule.kind === "gaussian") drawGaussian(draw, group, mask);
    else drawBernoulli(tape, draw, group, mask);
  }
  if (draw.rule.kind === "drifting") drift(tape, draw, mask);
  return mask;
}

/** Zeros and ones, [steps, B, columns]: 1 with probability `share`. */
export function drawChoices(tape: Tape, draw: FactorDraw, share: number): Tensor {
  const { steps, rows, columns, key, counter, lane } = draw;
  const mask = tape.output([steps, rows, columns], []);
  const { ptr: y } = mask;
  tape.engine.drawMask({ y, steps, rows, columns, rate: 1 - share, kept: 1, key, counter, lane: lane >>> 0 });
  return mask;
}

function drawBernoulli(tape: Tape, draw: FactorDraw, group: number, mask: Tensor): void {
  const { steps, groups, rows, columns, rate, key, counter } = draw;
  const n = rows * columns;
  const drawTo = (y: number): void =>
    tape.engine.drawMask({ y, steps, rows, columns, rate, key, counter, lane: (draw.lane | group) >>> 0 });
  // a group is contiguous when there is one of them or one step; else it is drawn aside and laid between the others
  if (groups === 1 || steps === 1) {
    drawTo(mask.ptr + group * n);
    return;
  }
  tape.step(() => {
    const aside = tape.scratch(steps * n);
    drawTo(aside);
    tape.engine.stridedCopy(
      [1, 1, steps, n],
      aside,
      [0, 0, n, 1],
      mask.ptr + group * n,
      [0, 0, groups * n, 1],
      false,
    );
  });
}

/** Logistic numbers, logit u, of mean 0: [steps, groups, B, columns]. */
export function drawLogistic(tape: Tape, draw: FactorDraw): Tensor {
  const { steps, groups, rows, columns } = draw;
  const noise = tape.output([steps, groups, rows, columns], []);
  for (let group = 0; group < groups; group++)
    drawQuantiles(draw, group, noise, { quantiles: logisticQuantiles(), mean: 0, scale: 1 });
  return noise;
}

/** 1 + σ ε with σ² = rate/(1 - rate) */
function drawGaussian(draw: FactorDraw, group: number, mask: Tensor): void {
  const scale = Math.sqrt(draw.rate / (1 - draw.rate));
  drawQuantiles(draw, group, mask, { quantiles: normalQuantiles(), mean: 1, scale });
}

/**
 * mean + scale ε. Sixteen bits of word (c div 2 mod 4) of Philox(key; t·2^16 + c div 8, r, counter, lane) are the ε of
 * column c: one bit its sign, fifteen its place in the table of quantiles.
 */
function drawQuantiles(
  draw: FactorDraw,
  group: number,
  { tape, ptr, size }: Tensor,
  { quantiles, mean, scale }: { quantiles: Float64Array; mean: number; scale: number },
): void {
  const { steps, groups, rows, columns, key, counter } = draw;
  const lane = (draw.lane | group) >>> 0;
  const words = new Uint32Array(4);
  const values = tape.engine.memory.floats(ptr, size);
  for (let t = 0; t < steps; t++) {
    for (let r = 0; r < rows; r++) {
      const row = ((t * groups + group) * rows + r) * columns;
      for (let c = 0; c < columns; c++) {
        if (c % 8 === 0) philox(key[0], key[1], (t << 16) | (c >> 3), r, counter, lane, words);
        const bits = words[(c >> 1) & 3]! >>> ((c & 1) << 4);
        const epsilon = scale * quantiles[bits & 0x7fff]!;
        values[row + c] = bits & 0x8000 ? mean - epsilon : mean + epsilon;
      }
    }
  }
}

/** From masks that are fresh at each step: what is not drawn anew stays as it was. */
function drift(tape: Tape, draw: FactorDraw, mask: Tensor): void {
  const { steps, groups, rows, columns } = draw;
  const { redraw = 1 } = draw.rule;
  if (redraw === 1 || steps === 1) return;
  tape.step(() => {
    const fresh = drawFactors(tape, {
      ...draw,
      rule: {},
      rate: 1 - redraw,
      lane: (draw.lane | REDRAW_LANE) >>> 0,
    });
    const { memory } = tape.engine;
    const values = memory.floats(mask.ptr, mask.size);
    const isFresh = memory.floats(fresh.ptr, fresh.size); // 0: not drawn anew
    const step = groups * rows * columns;
    for (let k = step; k < values.length; k++) if (isFresh[k] === 0) values[k] = values[k - step]!;
  });
}
