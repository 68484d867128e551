/**
 * Every scheme through the whole recurrent operation: gradients of x, the state, weights and biases against central
 * differences in float64, under the masks that a preset draws for one window, which are held fixed; at a rate of which each
 * site drops or keeps some of its few values.
 */
import { describe, expect, test } from "vitest";
import {
  applyMask,
  type Flipout,
  gruSequence,
  KeptUnits,
  lstmSequence,
  maskOfKept,
  mul,
  type Tensor,
} from "../../src/autograd/index.ts";
import { randomKey } from "../../src/engine/index.ts";
import { drawMasks, recurrentDropout, type WeightFlips } from "../../src/nn/index.ts";
import { checkGradients, type Input } from "../gradients/checkGradients.ts";
import { numbers } from "../gradients/numbers.ts";
import { casesOf } from "./matrix.ts";

const [T, B, D, H] = [3, 2, 5, 4] as const;
type Name = "x" | "h0" | "wIh" | "wHh" | "bIh" | "bHh";

const at = { window: 1, stream: 0 };
const key = randomKey("gradients", "masks");

describe.each(casesOf("gradients"))("$preset, $cell", ({ preset, cell }) => {
  const G = cell === "lstm" ? 4 : 3;
  const random = numbers(preset);
  const input = (shape: number[]): Input => ({ shape, values: random(shape) });
  const inputs: Record<string, Input> = {
    ...{ x: input([T, B, D]), h0: input([B, H]), ...(G === 4 ? { c0: input([B, H]) } : {}) },
    ...{ wIh: input([G * H, D]), wHh: input([G * H, H]), bIh: input([G * H]), bHh: input([G * H]) },
  };

  test("agree with central differences", () => {
    const sizes = { steps: T, rows: B, inputSize: D, hiddenSize: H, layers: 1, gates: G };
    const worst = checkGradients(inputs, (tensors, tape) => {
      const masks = drawMasks(tape, recurrentDropout(`${preset}:0.4`), sizes, key, at);
      const given = tensors as Record<Name, Tensor>;
      const weight = (w: Tensor, m: Tensor | undefined): Tensor => (m ? mul(w, m) : w);
      const flipout = (w: Tensor, flips: WeightFlips | undefined): Flipout | undefined =>
        flips && { ...flips, delta: mul(w, flips.noise) };
      const pass = {
        ...given,
        wIh: weight(given.wIh, masks.inputWeights?.[0]),
        wHh: weight(given.wHh, masks.recurrentWeights?.[0]),
        inputFlipout: flipout(given.wIh, masks.inputFlips?.[0]),
        recurrentFlipout: flipout(given.wHh, masks.recurrentFlips?.[0]),
        ...{ inputMask: masks.input[0], recurrentMask: masks.recurrent[0] },
        ...{ candidateMask: masks.candidate?.[0], cellMask: masks.cell?.[0] },
        ...{ keepCell: masks.keepCell?.[0], keepHidden: masks.keepHidden?.[0] },
      };
      const { y, h, c } =
        G === 4
          ? lstmSequence(pass)
          : { ...gruSequence({ ...pass, resetAfter: cell === "gru, reset-after" }), c: undefined };
      const { output } = masks;
      const factors = output instanceof KeptUnits ? maskOfKept(output, [1, B, H]) : output;
      return [factors ? applyMask(y, factors) : y, h, ...(c ? [c] : [])];
    });
    expect(worst).toBeGreaterThan(0); // something was compared
  });
});
