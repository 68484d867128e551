/** Every scheme in a stack of two layers, against the papers' equations written out in naiveSchemes.ts, for each cell. */
import { describe, expect, test } from "vitest";
import {
  applyMask,
  type DropoutMask,
  KeptUnits,
  maskOfKept,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { RandomStream, randomKey } from "../../src/engine/index.ts";
import {
  drawMasks,
  presetNames,
  type RecurrentDropout,
  type RecurrentMasks,
  RecurrentStack,
  recurrentDropout,
  type WeightFlips,
} from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";
import { type Factor, type LayerFactors, naiveLayer } from "./naiveSchemes.ts";

const [T, B, D, H] = [6, 3, 4, 5] as const;
const cells = ["lstm", "gru, reset-after", "gru, reset-before"] as const;
const constant =
  (value: number): Factor =>
  () =>
    value;

/** A mask as a function of step, gate, row and column; [steps, groups, B, columns] or without groups. */
function factorOf(mask: DropoutMask | undefined, absent: 0 | 1, columns: number): Factor {
  if (!mask) return constant(absent);
  const full = mask instanceof KeptUnits ? maskOfKept(mask, [1, 1, B, columns]) : mask;
  const values = valuesOf(full);
  const [steps, groups] = full.shape.length === 4 ? full.shape : [full.shape[0]!, 1];
  return (t, k, b, j) =>
    values[(((steps === 1 ? 0 : t) * groups! + (groups === 1 ? 0 : k)) * B + b) * columns + j]!;
}

/** Factors on a weight: one for all rows; under Flipout those of a matrix 1 + E ⊙ (r_b s_bᵀ) of each row's own. */
function weightFactor(mask: Tensor | undefined, flips: WeightFlips | undefined): Factor {
  if (flips) {
    const [rows, columns] = flips.noise.shape as [number, number];
    const [e, r, s] = [flips.noise, flips.outputSigns, flips.inputSigns].map(valuesOf) as [
      number[],
      number[],
      number[],
    ];
    return (row, _k, b, column) =>
      1 + e[row * columns + column]! * (r[b * rows + row]! * s[b * columns + column]!);
  }
  if (!mask) return constant(1);
  const values = valuesOf(mask);
  return (row, _k, _b, column) => values[row * mask.shape[1]! + column]!;
}

function layerFactors({ sites }: RecurrentDropout, masks: RecurrentMasks, l: number): LayerFactors {
  const width = l === 0 ? D : H;
  const read = 1 / (1 - ((sites.cell?.rate as number) ?? 0)); // Moon et al.: what reads h reads it over the kept share
  const isOnX = l === 0 ? sites.input : sites.layers;
  return {
    x: isOnX ? factorOf(masks.input[l], 1, width) : constant(l === 0 ? 1 : read),
    h: sites.recurrent ? factorOf(masks.recurrent[l], 1, H) : constant(read),
    candidate: factorOf(masks.candidate?.[l], 1, H),
    cell: factorOf(masks.cell?.[l], 1, H),
    keepCell: factorOf(masks.keepCell?.[l], 0, H),
    keepHidden: factorOf(masks.keepHidden?.[l], 0, H),
    inputWeights: weightFactor(masks.inputWeights?.[l], masks.inputFlips?.[l]),
    recurrentWeights: weightFactor(masks.recurrentWeights?.[l], masks.recurrentFlips?.[l]),
  };
}

/** The stack's outputs under masks, and the papers'. */
function bothOf(cell: (typeof cells)[number], value: unknown): { got: number[]; expected: number[] } {
  const tape = new Tape(engineUnderTest());
  const dropout = recurrentDropout(value);
  const stack = new RecurrentStack(
    tape,
    {
      ...{ inputSize: D, hiddenSize: H, layers: 2 },
      ...(cell === "lstm" ? { cell: "lstm" } : { cell: "gru", resetAfter: cell === "gru, reset-after" }),
    },
    new RandomStream(randomKey(1, "weights")),
  );
  return tape.step(() => {
    const values = numbers("schemes")([T, B, D]);
    const sizes = {
      steps: T,
      rows: B,
      inputSize: D,
      hiddenSize: H,
      layers: 2,
      gates: cell === "lstm" ? 4 : 3,
    };
    const masks = drawMasks(tape, dropout, sizes, randomKey(5, "masks"), { window: 3, stream: 1 });
    const { y } = stack.forward(tape.tensor(values, [T, B, D]), { masks });
    const out = masks.output instanceof KeptUnits ? maskOfKept(masks.output, [1, B, H]) : masks.output;
    const got = valuesOf(out ? applyMask(y, out) : y);

    let x = Array.from({ length: T }, (_, t) =>
      Array.from({ length: B }, (_, b) => values.slice((t * B + b) * D, (t * B + b + 1) * D)),
    );
    for (let l = 0; l < 2; l++) {
      const weight = (name: string): number[] => valuesOf(stack.parameters.get(`${name}_l${l}`)!);
      const weights = {
        wIh: weight("weight_ih"),
        wHh: weight("weight_hh"),
        bIh: weight("bias_ih"),
        bHh: weight("bias_hh"),
      };
      x = naiveLayer(cell, H, x, weights, layerFactors(dropout, masks, l));
    }
    const onTop = dropout.sites.output
      ? factorOf(masks.output, 1, H)
      : constant(1 / (1 - ((dropout.sites.cell?.rate as number) ?? 0)));
    const expected = x.flatMap((rows, t) =>
      rows.flatMap((row, b) => row.map((h, j) => h * onTop(t, 0, b, j))),
    );
    return { got, expected };
  });
}

const schemes: Record<string, unknown> = {
  ...Object.fromEntries(presetNames.map((name) => [name, name])),
  "drifting on all connections": {
    ...{ kind: "drifting", gates: "perGate", input: 0.4, recurrent: 0.4, layers: 0.4, output: 0.4 },
  },
  "gaussian, per gate and step": {
    kind: "gaussian",
    gates: "perGate",
    tie: "step",
    input: 0.3,
    recurrent: 0.3,
  },
  "drifting candidates, weights noisy on both sides": {
    candidate: { rate: 0.5, kind: "drifting", redraw: 0.4 },
    inputWeights: { rate: 0.4, kind: "gaussian" },
    recurrentWeights: 0.5,
  },
  "flipout on both sides, beside masks per gate, tied to the batch on the state": {
    kind: "flipout",
    inputWeights: 0.4,
    recurrentWeights: { rate: [0.3, 0.5] },
    input: { rate: 0.3, gates: "perGate" },
    recurrent: { rate: 0.4, tie: "batch" },
  },
  "flipout of dropped weights, under masks per step and gate": {
    recurrentWeights: { rate: [0.5, 0], kind: "flipout", noise: "bernoulli" },
    recurrent: { rate: 0.3, gates: "perGate", tie: "step" },
    zoneoutHidden: 0.2,
  },
  "zoneout on h, another rate in each layer": { zoneoutHidden: [0.5, 0.2], recurrent: [0.3, 0] },
};

describe.each(cells)("%s", (cell) => {
  const names = Object.keys(schemes).filter((name) => cell === "lstm" || name !== "moon2015");
  test.each(names)("%s is its equation", (name) => {
    const { got, expected } = bothOf(cell, schemes[name]);
    const worst = Math.max(...got.map((y, k) => Math.abs(y - expected[k]!)));
    expect(worst).toBeLessThan(1e-12);
    const plain = bothOf(cell, "none").got;
    expect(got.join() === plain.join()).toBe(name === "none");
  });
});
