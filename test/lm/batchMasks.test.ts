/** Training under masks tied to the batch is training under the same masks written out as factors; evaluation knows none. */
import { describe, expect, test } from "vitest";
import {
  applyMask,
  crossEntropy,
  type DropoutMask,
  embedding,
  KeptUnits,
  linear,
  maskOfKept,
  type Shape,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { createEngine, type Engine, randomKey } from "../../src/engine/index.ts";
import { evaluate, LanguageModel, type ModelConfig, modelConfig } from "../../src/lm/index.ts";
import { drawMasks, type RecurrentState, recurrentDropout } from "../../src/nn/index.ts";
import { clearGradients, sgd } from "../../src/optim/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { valuesOf } from "../gradients/numbers.ts";
import { eventsOf, tinyTrainer, train, valid, vocabulary } from "./tinyRun.ts";

const V = vocabulary.size;
const [T, B, H, UPDATES] = [7, 5, 9, 25] as const;
const key = randomKey(8, "masks");

/** Losses of all windows and the weights after them, of a model that reads its windows with `forward`. */
function run(
  engine: Engine,
  config: Partial<ModelConfig>,
  dropout: unknown,
  as: "kept units" | "factors",
): { losses: number[]; weights: Map<string, number[]> } {
  const tape = new Tape(engine);
  const model = new LanguageModel(tape, V, { hiddenSize: H, layers: 2, embeddingSize: 6, ...config }, 4);
  const optimizer = sgd({ name: "sgd" });
  const optimizerState = optimizer.init(model.parameters);
  let state: { h: number[]; c?: number[] }[] | undefined;
  const losses: number[] = [];
  for (let window = 0; window < UPDATES; window++) {
    const at = (shift: number): number[] =>
      Array.from({ length: T * B }, (_, k) => train[(k % B) * 200 + window * T + Math.floor(k / B) + shift]!);
    tape.step(() => {
      const ids = tape.ids(at(0), [T, B]);
      const carried = state?.map(({ h, c }) => ({
        h: tape.tensor(h, [B, H]),
        ...(c ? { c: tape.tensor(c, [B, H]) } : {}),
      }));
      const masks = { dropout: recurrentDropout(dropout), key, window, stream: 0 };
      const { logits, state: next } =
        as === "kept units"
          ? model.forward(ids, { state: carried, masks })
          : underFactors(model, ids, carried, masks);
      const loss = crossEntropy(logits, tape.ids(at(1), [T, B]));
      losses.push(valuesOf(loss)[0]!);
      clearGradients(model.parameters);
      tape.backward(loss);
      state = next.map(({ h, c }) => ({ h: valuesOf(h), ...(c ? { c: valuesOf(c) } : {}) }));
    });
    optimizer.update(model.parameters, optimizerState, 0.5);
  }
  const weights = new Map(Array.from(model.parameters, ([name, tensor]) => [name, valuesOf(tensor)]));
  model.release();
  return { losses, weights };
}

/** The model's forward pass from its parts, with every mask of kept units written out as factors. */
function underFactors(
  { tape, stack, parameters, config }: LanguageModel,
  ids: ReturnType<Tape["ids"]>,
  state: RecurrentState | undefined,
  { dropout, ...place }: { dropout: ReturnType<typeof recurrentDropout>; window: number; stream: number },
): { logits: Tensor; state: RecurrentState } {
  const { inputSize, hiddenSize, layers, cell } = stack;
  const factors = (mask: DropoutMask | undefined, shape: (size: number) => Shape): Tensor => {
    expect(mask).toBeInstanceOf(KeptUnits); // else there is nothing to compare
    return maskOfKept(mask as KeptUnits, shape((mask as KeptUnits).size));
  };
  const sizes = { steps: T, rows: B, inputSize, hiddenSize, layers, gates: cell.gates.length };
  const drawn = drawMasks(tape, dropout, sizes, key, place);
  const table = parameters.get("embedding.weight");
  const { y, state: next } = stack.forward(table ? embedding(table, ids) : ids, {
    state,
    masks: {
      input: drawn.input.map((mask) => factors(mask, (size) => [1, 1, B, size])),
      recurrent: drawn.recurrent.map((mask) => factors(mask, (size) => [1, 1, B, size])),
    },
  });
  const output = applyMask(
    y,
    factors(drawn.output, (size) => [1, B, size]),
  );
  const weight = parameters.get(config.tieEmbeddings ? "embedding.weight" : "decoder.weight")!;
  return { logits: linear(output, weight, parameters.get("decoder.bias")), state: next };
}

const models: readonly [string, Partial<ModelConfig>][] = [
  ["an LSTM", { cell: "lstm" }],
  ["a GRU, reset-after", { cell: "gru" }],
  ["a GRU, reset-before", { cell: "gru", resetAfter: false }],
  ["an LSTM of one-hot input", { cell: "lstm", embeddingSize: 0 }],
  ["a GRU with its embedding tied to the decoder", { cell: "gru", embeddingSize: H, tieEmbeddings: true }],
];

/** One rounding per operation grows over 25 updates of truncated BPTT by some hundreds; SGD adds none of its own. */
const engines: readonly [string, () => Promise<Engine>, number][] = [
  ["the reference in float64", async () => engineUnderTest(), 1e-12],
  ["strict", () => createEngine("strict"), 2e-5],
];

describe.each(engines)("on %s", (_, create, tolerance) => {
  test.each(models)("25 updates of %s are those under the same masks as factors", async (_, config) => {
    const engine = await create();
    const packed = run(engine, config, "structured:0.4", "kept units");
    const masked = run(engine, config, "structured:0.4", "factors");
    const unmasked = run(engine, config, "none", "kept units");
    expectClose(packed.losses, masked.losses, tolerance, "losses");
    for (const [name, expected] of masked.weights) {
      expectClose(packed.weights.get(name)!, expected, tolerance, name);
      expect(unmasked.weights.get(name)!.some((w, k) => Math.abs(w - expected[k]!) > 1e-3)).toBe(true);
    }
  });
});

test("a model trained under masks tied to the batch is evaluated without any", async () => {
  const trainer = await tinyTrainer({ steps: 20, dropout: "structured" }, { withValid: true });
  await eventsOf(trainer);
  const tape = new Tape(await createEngine("strict"));
  const plain = new LanguageModel(tape, V, modelConfig(trainer.model.config), 99);
  for (const [name, tensor] of trainer.model.parameters)
    tape.assign(plain.parameters.get(name)!, valuesOf(tensor));
  const { nats } = await evaluate(trainer.model, valid);
  expect(nats).toBe((await evaluate(plain, valid)).nats);
  expect(nats).toBeLessThan(Math.log(V)); // it has learned something
});

test("under Monte-Carlo dropout, what is tied to the batch is tied to the whole text, row by row", async () => {
  const model = new LanguageModel(new Tape(await createEngine("strict")), V, { hiddenSize: H, layers: 2 }, 4);
  const natsOf = async (tie: string): Promise<number> => {
    const dropout = recurrentDropout({ input: 0.3, recurrent: 0.4, layers: 0.4, output: 0.4, tie });
    const mode = { name: "monteCarlo", passes: 3, dropout, seed: 2 } as const;
    return (await evaluate(model, valid, { mode, rows: 4, sequenceLength: 20 })).nats;
  };
  const batch = await natsOf("batch");
  expect(batch).toBe(await natsOf("stream"));
  expect(batch).not.toBe(await natsOf("step"));
});
