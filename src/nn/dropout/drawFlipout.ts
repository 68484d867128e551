/** Flipout's noise on a weight, and the signs with which each row of the batch turns it. */
import type { Tape, Tensor } from "../../autograd/index.ts";
import type { WeightFlips } from "../maskedWeights.ts";
import { drawFactors, type FactorDraw } from "./drawFactors.ts";

/** In the lanes of the signs, beside the 2 bits of the gate and the bit of drifting masks. */
const OUTPUT_SIGNS = 16;
const INPUT_SIGNS = 17;

/**
 * E = m - 1 for the mask m that all rows would share, and signs r, s.
 *
 *   W_b = W ⊙ (1 + E ⊙ (r_b s_bᵀ))        E = σ ε with σ² = p/(1 - p); or 1 and -1 where m is 2 and 0, at p = 1/2
 *
 * Row b's signs do not depend on how many rows there are.
 *
 * Source: Wen et al. 2018, §3.1.
 */
export function drawFlipout(tape: Tape, draw: FactorDraw, batch: number): WeightFlips {
  const { rows, columns } = draw;
  const factors = drawFactors(tape, {
    ...draw,
    rule: draw.rule.noise === "bernoulli" ? {} : { kind: "gaussian" },
  });
  minusOne(tape, factors);
  return {
    noise: tape.view(factors.ptr, [rows, columns], []),
    outputSigns: drawSigns(tape, draw, OUTPUT_SIGNS, batch, rows),
    inputSigns: drawSigns(tape, draw, INPUT_SIGNS, batch, columns),
  };
}

/** 1 or -1 with equal probability, [rows, columns]. */
function drawSigns(
  tape: Tape,
  { key, counter, lane }: FactorDraw,
  ownLane: number,
  rows: number,
  columns: number,
): Tensor {
  const signs = tape.output([rows, columns], []);
  const { ptr: y } = signs;
  tape.engine.drawMask({
    ...{ y, steps: 1, rows, columns, rate: 0.5, kept: 2, key, counter },
    lane: (lane | ownLane) >>> 0,
  });
  minusOne(tape, signs);
  return signs;
}

function minusOne(tape: Tape, { ptr, size }: Tensor): void {
  tape.step(() => {
    const ones = tape.scratch(size);
    tape.engine.fill(size, ones, 1);
    tape.engine.axpy(size, -1, ones, ptr);
  });
}
