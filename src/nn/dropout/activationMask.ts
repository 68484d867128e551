/** Masks on the activations of a feed-forward layer: the site `feedForward`, for the language model's layer or for one of your own. */

import type { Tape, Tensor } from "../../autograd/index.ts";
import { applyMask, type DropoutMask, KeptUnits, keptUnits, maskOfKept } from "../../autograd/index.ts";
import type { RandomKey } from "../../engine/index.ts";
import { drawFactors } from "./drawFactors.ts";
import { drawKept } from "./drawKept.ts";
import { checkCounters, countersOf, type MaskPosition } from "./maskCounters.ts";
import { checkMaskBytes, MASK_LIMIT_BYTES, withinMemory } from "./maskMemory.ts";
import { type RecurrentDropout, readDropout } from "./recurrentDropout.ts";
import { changesEachStep, rateAt } from "./siteRule.ts";

/** The activations that a mask is made for. */
export interface ActivationSizes {
  /** T */
  readonly steps: number;
  /** B */
  readonly rows: number;
  /** F */
  readonly units: number;
  /** Which of several layers, from 0: each has masks of its own. Default 0; at most 255. */
  readonly layer?: number;
}

/**
 * Draws the mask of a feed-forward layer's activations by the rule of the site `feedForward`: rate, kind, tie and schedule as
 * everywhere, a function of (key, window or stream, pass, layer, row, unit).
 *
 * @returns [1 or T, B, F]; under the tie `batch` the kept of F units, with which `Linear.forward` leaves the others out;
 *   undefined when nothing is masked
 * @throws ConfigError for more than 65,535 steps or 255 layers, or a configuration that `recurrentDropout` would refuse,
 *   or masks of more than 4 GB
 * @throws EngineError when the memory cannot hold the mask
 * @example
 * const mask = activationMask(tape, recurrentDropout({ feedForward: 0.5 }), { steps: T, rows: B, units: 64 }, key, { window, stream: 0 });
 * const logits = decoder.forward(relu(hidden.forward(y)), mask); // or maskActivations(relu(...), mask)
 */
export function activationMask(
  tape: Tape,
  dropout: RecurrentDropout,
  { steps, rows, units, layer = 0 }: ActivationSizes,
  key: RandomKey,
  position: MaskPosition,
): DropoutMask | undefined {
  const rule = readDropout(dropout).sites.feedForward;
  checkCounters(steps, units, layer, position);
  const rate = rule ? rateAt(rule, 0, position.done ?? 1) : 0;
  if (!rule || rate === 0) return undefined;
  const counters = countersOf("feedForward", rule, layer, position);
  if (rule.tie === "batch")
    return keptUnits(tape, drawKept({ columns: units, rate, key, ...counters }), units, 1 / (1 - rate));
  const drawnSteps = changesEachStep(rule) ? steps : 1;
  const bytes = [{ site: "feedForward" as const, bytes: 4 * drawnSteps * rows * units }];
  checkMaskBytes(bytes, MASK_LIMIT_BYTES);
  const draw = { steps: drawnSteps, groups: 1, rows, columns: units, rate, rule, key, ...counters };
  const mask = withinMemory(bytes, () => drawFactors(tape, draw));
  return tape.view(mask.ptr, [drawnSteps, rows, units], []);
}

/** x [T, B, F] under a mask of any form; x itself without one. @throws ShapeError when the mask does not fit */
export function maskActivations(x: Tensor, mask: DropoutMask | undefined): Tensor {
  if (!mask) return x;
  return applyMask(x, mask instanceof KeptUnits ? maskOfKept(mask, [1, ...x.shape.slice(1)]) : mask);
}
