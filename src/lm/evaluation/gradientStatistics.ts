/** How large the gradient of each weight is on the training text: what dynamic evaluation's RMS rule scales its steps by. */
import { crossEntropy } from "../../autograd/index.ts";
import { ConfigError, DivergenceError, positiveInteger } from "../../errors.ts";
import type { Parameters } from "../../nn/index.ts";
import { clearGradients, globalNorm } from "../../optim/index.ts";
import { trainingStreams } from "../../text/index.ts";
import { breathe } from "../breathe.ts";
import { carry, createCarriedState, releaseCarriedState } from "../carriedState.ts";
import type { LanguageModel } from "../languageModel.ts";

/** Root mean squares of gradients. */
export interface GradientStatistics {
  /** √ mean_k g_k², by name of the parameter, in its layout */
  readonly rms: ReadonlyMap<string, Float64Array>;
}

export interface GradientStatisticsOptions {
  /** Rows of a batch. Default 100, fewer for a short text */
  readonly batchSize?: number;
  /** Steps of a batch: the segment of the evaluation to come. Default 20 */
  readonly segment?: number;
  /** Batches that are read. Default all of the text */
  readonly batches?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the share that has been read, in (0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Collects gradient statistics on the training text, at the trained weights and without masks.
 *
 *   RMS = √( (1/K) Σ_k g_k² )          g_k the gradient of the mean loss of batch k, of K; state carried from batch to batch
 *
 * Source: Krause et al. 2018, §5. The weights are not changed.
 *
 * @param ids - symbol numbers of the training text, [N]
 * @throws CorpusError when the text has fewer than 2 symbols; ConfigError for sizes that are not positive integers
 * @throws DivergenceError when a gradient is not finite
 * @example
 * const statistics = await gradientStatistics(model, train);
 * await evaluate(model, test, { mode: { name: "dynamic", learningRate: 1e-4, decay: 2e-3, statistics } });
 */
export async function gradientStatistics(
  model: LanguageModel,
  ids: Int32Array,
  { batchSize = 100, segment = 20, batches, signal, onProgress }: GradientStatisticsOptions = {},
): Promise<GradientStatistics> {
  const where = "gradientStatistics";
  positiveInteger(where, "batchSize", batchSize, 100);
  positiveInteger(where, "segment", segment, 20);
  if (batches !== undefined) positiveInteger(where, "batches", batches, 500);
  const rows = Math.max(1, Math.min(batchSize, Math.floor(ids.length / (segment + 1))));
  const streams = trainingStreams(ids, { batchSize: rows, sequenceLength: segment });
  const count = Math.min(batches ?? streams.batchesPerEpoch, streams.batchesPerEpoch);
  const { tape, parameters } = model;
  const { memory } = tape.engine;
  const rms = new Map(Array.from(parameters, ([name, { size }]) => [name, new Float64Array(size)]));
  const carried = createCarriedState(model, rows);
  try {
    for (let k = 0; k < count; k++) {
      signal?.throwIfAborted();
      const batch = streams.at(k);
      tape.step(() => {
        const shape = [batch.steps, batch.rows];
        const { logits, state } = model.forward(tape.ids(batch.inputs, shape), { state: carried.state });
        carry(tape, carried, state);
        clearGradients(parameters);
        tape.backward(crossEntropy(logits, tape.ids(batch.targets, shape)));
      });
      if (!Number.isFinite(globalNorm(parameters))) throw notFinite(k);
      for (const [name, { size, gradientPtr }] of parameters) {
        if (gradientPtr) addSquares(memory.floats(gradientPtr, size), rms.get(name)!);
      }
      onProgress?.((k + 1) / count);
      await breathe();
    }
  } finally {
    releaseCarriedState(tape, carried);
    clearGradients(parameters);
  }
  for (const values of rms.values())
    for (const [k, sum] of values.entries()) values[k] = Math.sqrt(sum / count);
  return { rms };
}

/** Statistics that fit a model, and their mean over all weights. */
export interface CheckedStatistics extends GradientStatistics {
  readonly mean: number;
}

/** @throws ConfigError when they are of another model, or all zero */
export function checkStatistics({ rms }: GradientStatistics, parameters: Parameters): CheckedStatistics {
  let [sum, count] = [0, 0];
  for (const [name, { size }] of parameters) {
    const values = rms.get(name);
    if (values?.length !== size)
      throw unfit(`${size} numbers for ${name}`, values ? `${values.length}` : "none");
    for (const value of values) sum += value;
    count += size;
  }
  if (sum > 0 && Number.isFinite(sum)) return { rms, mean: sum / count };
  throw unfit("finite root mean squares, some of them above 0", `a sum of ${sum}`);
}

function unfit(expected: string, got: string): ConfigError {
  return new ConfigError("the gradient statistics do not fit the model", {
    where: "evaluate",
    expected,
    got,
    mend: "Collect them with gradientStatistics(model, train)",
  });
}

function addSquares(gradient: ArrayLike<number>, sums: Float64Array): void {
  for (let k = 0; k < sums.length; k++) sums[k]! += gradient[k]! * gradient[k]!;
}

function notFinite(batch: number): DivergenceError {
  return new DivergenceError(`a gradient of batch ${batch + 1} is not finite`, {
    where: "gradientStatistics",
    expected: "finite gradients of a trained model",
  });
}
