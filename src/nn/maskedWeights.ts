/** The weights of a layer under the masks on them: products on the tape, so that the weights stay as they are and learn through them. */
import { type Flipout, mul, type Tensor } from "../autograd/index.ts";
import type { CellPass, CellWeights } from "./cells/cell.ts";
import type { StackMasks } from "./recurrentStack.ts";

/** Flipout on a weight W [GH, K]: row b of the batch sees W ⊙ (1 + noise ⊙ (r_b s_bᵀ)). Source: Wen et al. 2018, §3.1. */
export interface WeightFlips {
  /** [GH, K], symmetric about 0 */
  readonly noise: Tensor;
  /** r [B, GH], 1 or -1 */
  readonly outputSigns: Tensor;
  /** s [B, K], 1 or -1 */
  readonly inputSigns: Tensor;
}

/** W ⊙ m and U ⊙ m in the place of W and U; and beside them W ⊙ noise and U ⊙ noise with their signs. */
export function maskedWeights(
  weights: CellWeights,
  masks: StackMasks | undefined,
  layer: number,
): Pick<CellPass, "weights" | "inputFlipout" | "recurrentFlipout"> {
  const onInput = masks?.inputWeights?.[layer];
  const onState = masks?.recurrentWeights?.[layer];
  return {
    weights: {
      ...weights,
      ...(onInput ? { wIh: mul(weights.wIh, onInput) } : {}),
      ...(onState ? { wHh: mul(weights.wHh, onState) } : {}),
    },
    inputFlipout: turned(weights.wIh, masks?.inputFlips?.[layer]),
    recurrentFlipout: turned(weights.wHh, masks?.recurrentFlips?.[layer]),
  };
}

function turned(weight: Tensor, flips: WeightFlips | undefined): Flipout | undefined {
  if (!flips) return undefined;
  const { noise, outputSigns, inputSigns } = flips;
  return { delta: mul(weight, noise), outputSigns, inputSigns };
}
