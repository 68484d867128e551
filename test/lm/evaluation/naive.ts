/**
 * A small model on the reference engine in float64, and what it says about a text, symbol by symbol: the ground that the
 * naive implementations of the evaluation modes stand on. Nothing here knows the code that is tested.
 */
import { Tape } from "../../../src/autograd/index.ts";
import { RandomStream, randomKey } from "../../../src/engine/index.ts";
import { LanguageModel, type MaskSource, type ModelConfig, modelConfig } from "../../../src/lm/index.ts";
import { engineUnderTest } from "../../gradients/engineUnderTest.ts";

/** V: odd, and not a power of two. */
export const V = 7;

/** A model with weights so large that its predictions are decided and its states saturate a little. */
export function smallModel(config: Partial<ModelConfig> = {}, scale = 4): LanguageModel {
  const tape = new Tape(engineUnderTest("float64"));
  const model = new LanguageModel(
    tape,
    V,
    modelConfig({ hiddenSize: 5, layers: 2, embeddingSize: 3, ...config }),
    "evaluation",
  );
  for (const { ptr, size } of model.parameters.values()) tape.engine.scale(size, scale, ptr, ptr);
  return model;
}

/** n symbols with some repetition: a symbol follows its predecessor's neighbour more often than not. */
export function someText(n: number, seed = "text"): Int32Array {
  const stream = new RandomStream(randomKey(seed, "text"));
  const ids = new Int32Array(n);
  for (let t = 1; t < n; t++) {
    ids[t] = stream.uniform() < 0.6 ? (ids[t - 1]! * 2 + 1) % V : Math.floor(stream.uniform() * V);
  }
  return ids;
}

/** What the model says after each symbol but the last. */
export interface Reading {
  /** z_t, [N - 1][V] */
  readonly logits: number[][];
  /** h_t of the top layer, [N - 1][H] */
  readonly hidden: number[][];
}

/** Reads a text in windows of one step and one row. */
export async function readOneByOne(
  model: LanguageModel,
  ids: Int32Array,
  masks?: Omit<MaskSource, "window">,
): Promise<Reading> {
  const { tape } = model;
  const reading: Reading = { logits: [], hidden: [] };
  const { memory } = tape.engine;
  await tape.noGrad(() =>
    tape.step(async () => {
      let state: ReturnType<LanguageModel["forward"]>["state"] | undefined;
      for (let t = 0; t + 1 < ids.length; t++) {
        const source = masks && { ...masks, window: t };
        const next = model.forward(tape.ids([ids[t]!], [1, 1]), { state, masks: source });
        state = next.state;
        reading.logits.push(Array.from(memory.floats(next.logits.ptr, next.logits.size)));
        reading.hidden.push(Array.from(memory.floats(next.y.ptr, next.y.size)));
      }
    }),
  );
  return reading;
}

/** e^z / Σ e^z, as it is written */
export function softmax(z: readonly number[], temperature = 1): number[] {
  const powers = z.map((x) => Math.exp(x / temperature));
  const total = sum(powers);
  return powers.map((x) => x / total);
}

export function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, x) => total + x, 0);
}

export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Σ -p ln p */
export function entropy(p: readonly number[]): number {
  return -sum(p.map((x) => x * Math.log(x)));
}
