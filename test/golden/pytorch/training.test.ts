/** Ten complete training steps of a small character model against the same steps in PyTorch. */
import { describe, expect, test } from "vitest";
import {
  crossEntropy,
  embedding,
  gruSequence,
  linear,
  lstmSequence,
  Tape,
  type Tensor,
} from "../../../src/autograd/index.ts";
import { clearGradients, clipByGlobalNorm, createOptimizer } from "../../../src/optim/index.ts";
import { candidates, expectClose, type GoldenArray, type GoldenArrays, golden, valuesOf } from "./golden.ts";

interface Training {
  readonly losses: GoldenArray;
  readonly norms: GoldenArray;
  readonly weights: GoldenArrays;
}

const [STEPS, T, B, LAYERS, CLIP] = [10, 4, 3, 2, 0.5];
const runs = [
  { file: "trainLstm", cell: lstmSequence, optimizer: { name: "adam", learningRate: 0.01 } },
  { file: "trainGru", cell: gruSequence, optimizer: { name: "rmsprop", learningRate: 0.01 } },
] as const;

/** Embedding, two recurrent layers from a zero state, output layer: logits [T, B, V]. */
function logits(
  cell: (typeof runs)[number]["cell"],
  tape: Tape,
  p: Map<string, Tensor>,
  ids: number[],
): Tensor {
  let x = embedding(p.get("embedding.weight")!, tape.ids(ids, [T, B]));
  for (let l = 0; l < LAYERS; l++) {
    const [wIh, wHh] = [p.get(`recurrent.weight_ih_l${l}`)!, p.get(`recurrent.weight_hh_l${l}`)!];
    x = cell({ x, wIh, wHh, bIh: p.get(`recurrent.bias_ih_l${l}`), bHh: p.get(`recurrent.bias_hh_l${l}`) }).y;
  }
  return linear(x, p.get("output.weight")!, p.get("output.bias"));
}

for (const { file, cell, optimizer: config } of runs) {
  describe(`${file}: ten training steps with ${config.name} follow PyTorch`, () => {
    const { inputs, float64 } = golden<Training>(file);
    for (const { name, tolerance, create, skip } of candidates) {
      test.skipIf(skip)(`on ${name}${skip ? ` (${skip})` : ""}`, async () => {
        const tape = new Tape(await create());
        const parameters = new Map(
          Object.keys(float64.weights).map((key) => [
            key,
            tape.parameter(inputs[key]!.shape, inputs[key]!.values),
          ]),
        );
        const optimizer = createOptimizer(config);
        const state = optimizer.init(parameters);
        const losses: number[] = [];
        const norms: number[] = [];
        const window = (key: "ids" | "targets", k: number): number[] =>
          inputs[key]!.values.slice(k * T * B, (k + 1) * T * B);
        for (let k = 0; k < STEPS; k++) {
          tape.step(() => {
            clearGradients(parameters);
            const loss = crossEntropy(
              logits(cell, tape, parameters, window("ids", k)),
              tape.ids(window("targets", k), [T, B]),
            );
            tape.backward(loss);
            losses.push(valuesOf(loss)[0]!);
          });
          norms.push(clipByGlobalNorm(parameters, CLIP));
          optimizer.update(parameters, state, config.learningRate);
        }
        expect(float64.norms.values.filter((norm) => norm > CLIP).length).toBeGreaterThanOrEqual(5); // clipping was active
        expectClose(losses, float64.losses, tolerance, "losses");
        expectClose(norms, float64.norms, tolerance, "norms");
        for (const [key, weight] of parameters)
          expectClose(valuesOf(weight), float64.weights[key]!, tolerance, key);
      });
    }
  });
}
