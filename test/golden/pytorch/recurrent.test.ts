/** Two-layer LSTM and GRU against torch.nn.LSTM and torch.nn.GRU, and normalised ones against torch's layer_norm in their steps: outputs, final states and every gradient. */
import { describe, expect, test } from "vitest";
import { add, gruSequence, lstmSequence, mul, sum, Tape, type Tensor } from "../../../src/autograd/index.ts";
import { candidates, expectClose, type GoldenArrays, golden, gradientOf, valuesOf } from "./golden.ts";

interface Recurrent {
  readonly outputs: GoldenArrays;
  readonly gradients: GoldenArrays;
}

const LAYERS = 2;

/** Rows that are nearly even are divided by little: PyTorch's own float32 run of the normalised LSTM is 1.5e-5 from its float64 run, ours 9e-6. */
const NORMED = 4e-5;

/** Runs both layers; `states` receives the leaves h0, c0 of each layer and the final h, c. */
function runStack(
  kind: "lstm" | "gru",
  isNormed: boolean,
  tape: Tape,
  inputs: GoldenArrays,
  leaves: Map<string, Tensor>,
) {
  const leaf = (name: string, values: readonly number[], shape: readonly number[]): Tensor => {
    const tensor = tape.variable(values, shape);
    leaves.set(name, tensor);
    return tensor;
  };
  const ofLayer = (name: string, layer: number): Tensor => {
    const { shape, values } = inputs[name]!;
    const size = values.length / LAYERS;
    return leaf(`${name}/${layer}`, values.slice(layer * size, (layer + 1) * size), shape.slice(1));
  };
  const weight = (name: string): Tensor => leaf(name, inputs[name]!.values, inputs[name]!.shape);
  let y = leaf("x", inputs["x"]!.values, inputs["x"]!.shape);
  const final: { h: Tensor; c?: Tensor }[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    const shared = {
      x: y,
      h0: ofLayer("h0", layer),
      wIh: weight(`weight_ih_l${layer}`),
      wHh: weight(`weight_hh_l${layer}`),
      bIh: weight(`bias_ih_l${layer}`),
      bHh: weight(`bias_hh_l${layer}`),
    };
    const gains = isNormed && {
      gainIh: weight(`gain_ih_l${layer}`),
      gainHh: weight(`gain_hh_l${layer}`),
    };
    const cellGains = () => ({ gainC: weight(`gain_c_l${layer}`), biasC: weight(`bias_c_l${layer}`) });
    const result =
      kind === "lstm"
        ? lstmSequence({
            ...shared,
            c0: ofLayer("c0", layer),
            ...(gains && { layerNorm: { ...gains, ...cellGains() } }),
          })
        : gruSequence({ ...shared, ...(gains && { layerNorm: gains }) });
    y = result.y;
    final.push(result);
  }
  return { y, final };
}

/** The part of an array [LAYERS, ...] that belongs to one layer, or the whole of another. */
function part(arrays: GoldenArrays, name: string): { shape: readonly number[]; values: readonly number[] } {
  const [base, layer] = name.split("/") as [string, string | undefined];
  const { shape, values } = arrays[base]!;
  if (layer === undefined) return { shape, values };
  const size = values.length / LAYERS;
  return { shape: shape.slice(1), values: values.slice(Number(layer) * size, (Number(layer) + 1) * size) };
}

for (const [kind, isNormed] of [
  ["lstm", false],
  ["gru", false],
  ["lstm", true],
  ["gru", true],
] as const) {
  describe(`a ${isNormed ? "layer-normalised " : ""}${kind} of two layers gives what PyTorch gives`, () => {
    const file = golden<Recurrent>(isNormed ? `${kind}Norm` : kind);
    for (const { name, tolerance: plain, create, skip } of candidates) {
      const tolerance = isNormed && plain > 1e-9 ? NORMED : plain;
      test.skipIf(skip)(`on ${name}${skip ? ` (${skip})` : ""}`, async () => {
        const tape = new Tape(await create());
        tape.step(() => {
          const leaves = new Map<string, Tensor>();
          const { y, final } = runStack(kind, isNormed, tape, file.inputs, leaves);
          const weighed = (x: Tensor, weights: string): Tensor =>
            sum(mul(x, tape.tensor(part(file.inputs, weights).values, x.shape)));
          let loss = weighed(y, "wy");
          for (const [layer, { h, c }] of final.entries()) {
            loss = add(loss, weighed(h, `wh/${layer}`));
            if (c) loss = add(loss, weighed(c, `wc/${layer}`));
          }
          tape.backward(loss);
          const { outputs, gradients } = file.float64;
          expectClose(valuesOf(loss), outputs["loss"]!, tolerance, "loss");
          expectClose(valuesOf(y), outputs["y"]!, tolerance, "y");
          for (const [layer, { h, c }] of final.entries()) {
            expectClose(valuesOf(h), part(outputs, `h/${layer}`), tolerance, `h of layer ${layer}`);
            if (c) expectClose(valuesOf(c), part(outputs, `c/${layer}`), tolerance, `c of layer ${layer}`);
          }
          const gains = isNormed ? (kind === "lstm" ? 8 : 4) : 0;
          expect(leaves.size).toBe((kind === "lstm" ? 13 : 11) + gains);
          for (const [leaf, tensor] of leaves)
            expectClose(gradientOf(tensor), part(gradients, leaf), tolerance, `gradient of ${leaf}`);
        });
      });
    }
  });
}
