/**
 * A few training steps of an LSTM and a GRU, reduced to one number, and what the strict engine makes of them.
 *
 * When a kernel, an op or an optimiser is changed on purpose, the numbers below change with it: replace them, and say in
 * the change that runs of earlier versions are not reproduced. When they differ on one machine only, strict is not strict.
 */
import {
  crossEntropy,
  gruSequence,
  linear,
  lstmSequence,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import type { Engine } from "../../src/engine/index.ts";
import {
  clearGradients,
  clipByGlobalNorm,
  createOptimizer,
  type OptimizerConfig,
} from "../../src/optim/index.ts";
import { Numbers } from "./numbers.ts";

interface RecordedRun {
  readonly name: string;
  /** gates: 4 for the LSTM, 3 for the GRU */
  readonly G: 3 | 4;
  readonly optimizer: OptimizerConfig;
  /** the fingerprint that strict gives */
  readonly bits: string;
}

/** Same on Node 20 and 26, x86-64, November 2026. */
export const recordedRuns: readonly RecordedRun[] = [
  { name: "an LSTM trained with Adam", G: 4, optimizer: { name: "adam" }, bits: "3afc8fa4" },
  { name: "a GRU trained with RMSprop", G: 3, optimizer: { name: "rmsprop" }, bits: "c4823907" },
];

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

/** Trains on an engine and returns the fingerprint of the weights. */
export function trainedBits(engine: Engine, { G, optimizer: config }: RecordedRun): string {
  const tape = new Tape(engine);
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
