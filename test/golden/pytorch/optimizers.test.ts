/** Ten updates of every optimiser on given gradients, and clipping, against torch.optim and clip_grad_norm_. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../../src/autograd/index.ts";
import { clipByGlobalNorm, createOptimizer, type OptimizerConfig } from "../../../src/optim/index.ts";
import { candidates, expectClose, type GoldenArray, golden, gradientOf, valuesOf } from "./golden.ts";

interface TorchOptions {
  readonly lr: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weight_decay?: number;
}
type Runs = Readonly<Record<string, { options: TorchOptions; weights: GoldenArray }>>;

/** PyTorch's names of the options, in ours; what PyTorch left to its defaults is left to ours. */
function configOf(run: string, { lr, betas, eps, weight_decay, ...same }: TorchOptions): OptimizerConfig {
  return {
    name: run.split(",")[0],
    learningRate: lr,
    ...(betas ? { beta1: betas[0], beta2: betas[1] } : {}),
    ...(eps === undefined ? {} : { epsilon: eps }),
    ...(weight_decay === undefined ? {} : { weightDecay: weight_decay }),
    ...same,
  } as OptimizerConfig;
}

const updates = golden<Runs>("optimizers");
const n = updates.inputs["weights"]!.values.length;

for (const { name, tolerance, create, skip } of candidates) {
  describe(`on ${name}${skip ? ` (${skip})` : ""}`, () => {
    for (const [run, { options, weights }] of Object.entries(updates.float64)) {
      test.skipIf(skip)(`ten updates of ${run} give the weights that PyTorch gives`, async () => {
        const tape = new Tape(await create());
        const w = tape.parameter([n], updates.inputs["weights"]!.values);
        const parameters = new Map([["w", w]]);
        const optimizer = createOptimizer(configOf(run, options));
        const state = optimizer.init(parameters);
        const gradients = updates.inputs["gradients"]!.values;
        for (let k = 0; k < gradients.length / n; k++) {
          tape.engine.memory.floats(w.gradient(), n).set(gradients.slice(k * n, (k + 1) * n));
          optimizer.update(parameters, state, optimizer.config.learningRate);
          const expected = { shape: [n], values: weights.values.slice(k * n, (k + 1) * n) };
          expectClose(valuesOf(w), expected, tolerance, `weights after update ${k + 1}`);
        }
      });
    }

    test.skipIf(skip)("clipping by the global norm gives what clip_grad_norm_ gives", async () => {
      type Clipped = { maxNorm: number; norm: GoldenArray; a: GoldenArray; b: GoldenArray };
      const { inputs, float64 } = golden<readonly Clipped[]>("clipping");
      const tape = new Tape(await create());
      const parameters = new Map(["a", "b"].map((key) => [key, tape.parameter(inputs[key]!.shape)]));
      for (const clipped of float64) {
        for (const [key, tensor] of parameters)
          tape.engine.memory.floats(tensor.gradient(), tensor.size).set(inputs[key]!.values);
        const norm = clipByGlobalNorm(parameters, clipped.maxNorm);
        expectClose([norm], clipped.norm, tolerance, "norm");
        for (const key of ["a", "b"] as const)
          expectClose(gradientOf(parameters.get(key)!), clipped[key], tolerance, `clipped ${key}`);
      }
      expect(float64.length).toBe(4);
    });
  });
}
