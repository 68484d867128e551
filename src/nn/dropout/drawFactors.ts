/** One mask as factors: drawn by its kind, a pure function of key, counter and lane. */
import type { Tape, Tensor } from "../../autograd/index.ts";
import type { MaskDraw, NoiseDraw } from "../../engine/index.ts";
import { logisticQuantiles } from "./logisticQuantiles.ts";
import { normalQuantiles } from "./normalQuantiles.ts";
import type { SiteRule } from "./siteRule.ts";
import type { Tie } from "./sites.ts";

/** A mask to draw. */
export interface FactorDraw {
  readonly steps: number;
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly rate: number;
  readonly rule: Pick<SiteRule, "kind" | "redraw" | "noise"> & { readonly tie?: Tie };
  readonly key: MaskDraw["key"];
  readonly counter: number;
  /** of group 0; the low bits of the others are their number */
  readonly lane: number;
}

/** In the lane of the decisions of a drifting mask, beside the 2 bits of the gate. */
const REDRAW_LANE = 8;

/** A mask [steps, groups, B, columns], scaled so that its mean is 1. Tied to `batchStep`, all rows have that of row 0. */
export function drawFactors(tape: Tape, draw: FactorDraw): Tensor {
  const { steps, groups, rows, columns } = draw;
  const mask = tape.output([steps, groups, rows, columns], []);
  if (draw.rule.tie === "batchStep" && rows > 1) {
    giveToAllRows(tape, draw, mask);
    return mask;
  }
  for (let group = 0; group < groups; group++) {
    if (draw.rule.kind === "gaussian") drawGaussian(draw, group, mask);
    else drawBernoulli(tape, draw, group, mask);
  }
  if (draw.rule.kind === "drifting") drift(tape, draw, mask);
  return mask;
}

/** The mask of row 0, which does not depend on the rows beside it, in every row. */
function giveToAllRows(tape: Tape, draw: FactorDraw, mask: Tensor): void {
  const { steps, groups, rows, columns } = draw;
  tape.step(() => {
    const row = drawFactors(tape, { ...draw, rows: 1 });
    tape.engine.stridedCopy(
      [1, steps * groups, rows, columns],
      row.ptr,
      [0, columns, 0, 1],
      mask.ptr,
      [0, rows * columns, columns, 1],
      false,
    );
  });
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

/** mean + scale ε, for one group of a mask. */
function drawQuantiles(
  draw: FactorDraw,
  group: number,
  { tape, ptr }: Tensor,
  distribution: Pick<NoiseDraw, "quantiles" | "mean" | "scale">,
): void {
  const { steps, groups, rows, columns, key, counter } = draw;
  const lane = (draw.lane | group) >>> 0;
  const [y, stepSize] = [ptr + group * rows * columns, groups * rows * columns];
  tape.engine.drawNoise({ y, steps, stepSize, rows, columns, ...distribution, key, counter, lane });
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
    tape.engine.holdSteps(steps, groups * rows * columns, fresh.ptr, mask.ptr); // 0: not drawn anew
  });
}
