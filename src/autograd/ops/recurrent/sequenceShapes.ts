/** The shapes of a recurrent op's arguments, checked against each other before any kernel runs. */
import { checkAxes } from "../../checkAxes.ts";
import { checkConstant } from "../../checkConstant.ts";
import { checkIds } from "../../checkIds.ts";
import { checkKept } from "../../checkKept.ts";
import { EmbeddedIds } from "../../embeddedIds.ts";
import { type DropoutMask, KeptUnits } from "../../keptUnits.ts";
import { Ids, Tensor } from "../../tensor.ts";
import type { Flipout } from "./flipout.ts";
import { checkNorm, type SequenceNormInputs } from "./sequenceNorm.ts";
import type { StateNoiseInputs } from "./stateNoise.ts";

/** What the LSTM and the GRU take; G is 4 or 3 gates. */
export interface SequenceInputs extends StateNoiseInputs {
  /**
   * [T, B, D]; or ids [T, B] in [0, D), which stand for one-hot rows: columns of wIh are gathered; or rows of a table by
   * their ids, whose projections are gathered where that is shorter
   */
  readonly x: Tensor | Ids | EmbeddedIds;
  /** [B, H]. Default zeros */
  readonly h0?: Tensor | undefined;
  /** [GH, D] */
  readonly wIh: Tensor;
  /** [GH, H] */
  readonly wHh: Tensor;
  /** [GH] */
  readonly bIh?: Tensor | undefined;
  /** [GH] */
  readonly bHh?: Tensor | undefined;
  /** [1|T, 1|G, B, D], already scaled: tied over time or per step, shared or per gate; a constant where x is ids. Or the kept of D units */
  readonly inputMask?: DropoutMask | undefined;
  /** [1|T, 1|G, B, H], on h_{t-1} where it enters the gates, never where it is carried. Or the kept of H units */
  readonly recurrentMask?: DropoutMask | undefined;
  /** wIh of each row of the batch its own: wIh + Δ ⊙ (r_b s_bᵀ) */
  readonly inputFlipout?: Flipout | undefined;
  /** the same on wHh */
  readonly recurrentFlipout?: Flipout | undefined;
  /** Gains of a layer-normalised cell. Default: nothing is normalised */
  readonly layerNorm?: SequenceNormInputs | undefined;
}

/** Sizes of one recurrent op: G gates, T steps, B rows, D inputs, H units. */
export interface SequenceSizes {
  readonly G: number;
  readonly T: number;
  readonly B: number;
  readonly D: number;
  readonly H: number;
}

/**
 * The sizes that the arguments agree on.
 *
 * @throws ShapeError naming the op and the argument that does not fit
 * @throws ConfigError when an input mask on ids requires a gradient
 */
export function sequenceSizes(op: string, G: number, inputs: SequenceInputs): SequenceSizes {
  const { x, wIh, wHh, bIh, bHh, h0, inputMask, recurrentMask } = inputs;
  const H = wHh.shape.at(-1) ?? 1;
  const rows = [`${G}H`, G * H] as const;
  checkAxes(op, "wHh is not square in each gate", wHh.shape, [rows, ["H", H]]);
  checkAxes(op, "wIh does not fit wHh", wIh.shape, [rows, ["D"]]);
  const D = wIh.shape[1]!;
  const isIds = x instanceof Ids;
  checkAxes(op, "x does not fit wIh", x.shape, isIds ? [["T"], ["B"]] : [["T"], ["B"], ["D", D]]);
  const [T, B] = x.shape as readonly [number, number];
  if (isIds) checkIds(op, wIh.tape, x, D);
  if (x instanceof EmbeddedIds) checkIds(op, wIh.tape, x.ids, x.table.shape[0]!);
  if (bIh) checkAxes(op, "bIh does not fit wHh", bIh.shape, [rows]);
  if (bHh) checkAxes(op, "bHh does not fit wHh", bHh.shape, [rows]);
  if (h0) checkState(op, "h0", h0, B, H);
  if (inputMask) checkMask(op, "inputMask", inputMask, { G, T, B, D }, "D");
  if (isIds && inputMask instanceof Tensor) checkConstant(op, "inputMask", inputMask);
  if (recurrentMask) checkMask(op, "recurrentMask", recurrentMask, { G, T, B, H }, "H");
  if (inputs.layerNorm) checkNorm(op, inputs.layerNorm, { G, T, B, H });
  return { G, T, B, D, H };
}

/** Throws a ShapeError unless an initial state is [B, H]. */
export function checkState(op: string, name: string, state: Tensor, B: number, H: number): void {
  checkAxes(op, `${name} does not fit x and wHh`, state.shape, [
    ["B", B],
    ["H", H],
  ]);
}

function checkMask(
  op: string,
  name: string,
  mask: DropoutMask,
  sizes: { G: number; T: number; B: number; D?: number; H?: number },
  width: "D" | "H",
): void {
  const { G, T, B } = sizes;
  const problem = `${name} does not fit ${width === "D" ? "x" : "x and wHh"}`;
  if (mask instanceof KeptUnits) {
    checkKept(op, problem, mask, width, sizes[width] as number);
    return;
  }
  checkAxes(op, problem, mask.shape, [
    ["T", [1, T]],
    ["G", [1, G]],
    ["B", B],
    [width, sizes[width] as number],
  ]);
}

/** What gradients flow to on the input side: x, or the table whose rows it is. */
export function inputSource({ x }: SequenceInputs): Tensor | undefined {
  if (x instanceof Ids) return undefined;
  return x instanceof EmbeddedIds ? x.table : x;
}

/** The masks that are tensors, so that gradients may flow to them. */
export function maskSources({ inputMask, recurrentMask }: SequenceInputs): Tensor[] {
  return [inputMask, recurrentMask].filter((mask) => mask instanceof Tensor);
}
