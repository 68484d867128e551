/**
 * The strict engine gives the same bits on every machine and version of Node: a few training steps of an LSTM and a GRU,
 * reduced to one number. Same on Node 20 and 26, x86-64, November 2026.
 *
 * When a kernel, an op or an optimiser is changed on purpose, the numbers below change with it: replace them, and say in
 * the change that runs of earlier versions are not reproduced. When they differ on one machine only, strict is not strict.
 */
import { expect, test } from "vitest";
import {
  crossEntropy,
  gruSequence,
  linear,
  lstmSequence,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import {
  clearGradients,
  clipByGlobalNorm,
  createOptimizer,
  type OptimizerConfig,
} from "../../src/optim/index.ts";
import { Numbers } from "./numbers.ts";

const [STEPS, T, B, V, H] = [4, 7, 5, 13, 11];

/** FNV-1a over the bytes of all parameters. */
function fingerprint(parameters: ReadonlyMap<string, Tensor>): string {
  let hash = 0x811c9dc5;
  for (const { ptr, size, tape } of parameters.values()) {
    const { buffer, byteOffset, byteLength } = tape.engine.memory.floats(ptr, size);
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

async function train(G: 3 | 4, config: OptimizerConfig): Promise<string> {
  const tape = new Tape(await createEngine("strict"));
  const numbers = new Numbers("same bits");
  const shapes = { wIh: [G * H, V], wHh: [G * H, H], bIh: [G * H], bHh: [G * H], weight: [V, H], bias: [V] };
  const parameters = new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      tape.parameter(
        shape,
        numbers.uniform(
          shape.reduce((product, size) => product * size, 1),
          -0.5,
          0.5,
        ),
      ),
    ]),
  );
  const p = (name: keyof typeof shapes): Tensor => parameters.get(name)!;
  const optimizer = createOptimizer(config);
  const state = optimizer.init(parameters);
  for (let step = 0; step < STEPS; step++) {
    tape.step(() => {
      clearGradients(parameters);
      const x = tape.ids(numbers.integers(T * B, V), [T, B]);
      const recurrentMask = tape.tensor(numbers.mask(B * H), [1, 1, B, H]);
      const inputs = { x, wIh: p("wIh"), wHh: p("wHh"), bIh: p("bIh"), bHh: p("bHh"), recurrentMask };
      const { y } = G === 4 ? lstmSequence(inputs) : gruSequence(inputs);
      const targets = tape.ids(numbers.integers(T * B, V), [T, B]);
      tape.backward(crossEntropy(linear(y, p("weight"), p("bias")), targets));
    });
    clipByGlobalNorm(parameters, 0.25);
    optimizer.update(parameters, state, 0.05);
  }
  return fingerprint(parameters);
}

test("an LSTM trained with Adam", async () => {
  expect(await train(4, { name: "adam" })).toBe("3afc8fa4");
});

test("a GRU trained with RMSprop", async () => {
  expect(await train(3, { name: "rmsprop" })).toBe("c4823907");
});
