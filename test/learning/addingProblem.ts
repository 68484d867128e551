/**
 * The adding problem: remember two numbers over a long gap and predict their sum.
 *
 *   x_t = (value, marker)   values U(0, 1); the marker is 1 at one step of each half and 0 elsewhere
 *   target = sum of the two marked values; always predicting 1 has a mean squared error of 1/6 = 0.167
 *
 * Source: Hochreiter & Schmidhuber 1997, §5.4 · differs from it in: both markers anywhere in their halves, a fixed length.
 */
import type { Tape, Tensor } from "../../src/autograd/index.ts";
import { RandomStream, randomKey, type Seed } from "../../src/engine/index.ts";
import {
  collectParameters,
  Linear,
  meanSquaredError,
  RecurrentStack,
  type RecurrentStackOptions,
} from "../../src/nn/index.ts";
import { clearGradients, clipByGlobalNorm, createOptimizer } from "../../src/optim/index.ts";

export interface AddingOptions {
  readonly cell: "lstm" | "gru";
  readonly hiddenSize: number;
  readonly rows: number;
  readonly learningRate: number;
  readonly clip: number;
  readonly seed: Seed;
  /** updates after which it is given up */
  readonly limit: number;
  readonly stack?: Partial<RecurrentStackOptions>;
}

const T = 50;

/** Rows of the problem: inputs [T, B, 2] and targets [B, 1]. */
function drawBatch(stream: RandomStream, B: number): { inputs: Float32Array; targets: Float32Array } {
  const inputs = new Float32Array(T * B * 2); // [T, B, 2]
  const targets = new Float32Array(B); // [B, 1]
  const half = T / 2;
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) inputs[(t * B + b) * 2] = stream.uniform();
    for (const from of [0, half]) {
      const t = from + Math.floor(stream.uniform() * half);
      inputs[(t * B + b) * 2 + 1] = 1;
      targets[b]! += inputs[(t * B + b) * 2]!;
    }
  }
  return { inputs, targets };
}

/** Trains until 20 batches in a row average below half of `goal`, then measures on 1,000 new rows. */
export async function learnAdding(
  tape: Tape,
  options: AddingOptions,
  goal: number,
): Promise<{ updates: number; meanSquaredError: number }> {
  const { cell, hiddenSize, rows, learningRate, clip, seed, limit } = options;
  const weights = new RandomStream(randomKey(seed, "weights"));
  const rnn = new RecurrentStack(tape, { cell, inputSize: 2, hiddenSize, ...options.stack }, weights);
  const decoder = new Linear(tape, { inputSize: hiddenSize, outputSize: 1 }, weights);
  const parameters = collectParameters({ rnn, decoder });
  const optimizer = createOptimizer({ name: "adam", learningRate });
  const state = optimizer.init(parameters);
  const data = new RandomStream(randomKey(seed, "data"));

  const lossOf = (stream: RandomStream, B: number): Tensor => {
    const { inputs, targets } = drawBatch(stream, B);
    const { state: last } = rnn.forward(tape.tensor(inputs, [T, B, 2]));
    return meanSquaredError(decoder.forward(last[0]!.h), tape.tensor(targets, [B, 1]));
  };
  let running = 1 / 6;
  let updates = 0;
  while (updates < limit && running > goal / 2) {
    const loss = await tape.step(async () => {
      const tensor = lossOf(data, rows);
      clearGradients(parameters);
      tape.backward(tensor);
      clipByGlobalNorm(parameters, clip);
      return tensor.item();
    });
    optimizer.update(parameters, state, learningRate);
    running += (loss - running) / 20;
    updates++;
  }
  const unseen = new RandomStream(randomKey(seed, "unseen"));
  const measured = await tape.noGrad(() => tape.step(async () => lossOf(unseen, 1000).item()));
  return { updates, meanSquaredError: measured };
}
