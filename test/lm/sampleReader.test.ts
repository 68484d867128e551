/** The reader of single symbols against the model's own forward pass, which goes through the tape. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { createEngine, createReferenceEngine, type Engine } from "../../src/engine/index.ts";
import { LanguageModel, type ModelConfig } from "../../src/lm/index.ts";
import { createReader } from "../../src/lm/reader.ts";
import { recurrentDropout } from "../../src/nn/index.ts";

/** Probabilities after each of `ids`, by the tape: softmax of the logits over a temperature, in float64. */
function expected(model: LanguageModel, ids: readonly number[], temperature: number): number[][] {
  const { tape, vocabSize: V } = model;
  return tape.step(() => {
    const { ptr, size } = model.forward(tape.ids(ids, [ids.length, 1])).logits;
    const logits = Array.from(tape.engine.memory.floats(ptr, size)); // `data()` would round float64 to float32
    return ids.map((_, t) => {
      const row = logits.slice(t * V, (t + 1) * V).map((x) => x / temperature);
      const max = Math.max(...row);
      const weights = row.map((x) => Math.exp(x - max));
      const total = weights.reduce((sum, w) => sum + w, 0);
      return weights.map((w) => w / total);
    });
  });
}

interface Case {
  readonly config: Partial<ModelConfig>;
  readonly V: number;
}
const cases: Record<string, Case> = {
  "LSTM, one layer": { V: 11, config: { cell: "lstm", hiddenSize: 13, layers: 1, embeddingSize: 6 } },
  "LSTM, three layers": { V: 11, config: { cell: "lstm", hiddenSize: 9, layers: 3, embeddingSize: 5 } },
  "GRU, reset after": { V: 10, config: { cell: "gru", hiddenSize: 13, layers: 2, embeddingSize: 6 } },
  "GRU, reset before": {
    V: 10,
    config: { cell: "gru", resetAfter: false, hiddenSize: 7, layers: 2, embeddingSize: 6 },
  },
  "tied embeddings": {
    V: 9,
    config: { cell: "lstm", hiddenSize: 6, layers: 2, embeddingSize: 6, tieEmbeddings: true },
  },
  "tied embeddings, and a last layer of their width": {
    V: 9,
    config: {
      ...{ cell: "lstm", hiddenSize: 7, layers: 3, lastHiddenSize: 4 },
      ...{ embeddingSize: 4, tieEmbeddings: true },
      dropout: recurrentDropout({ zoneoutCell: 0.2, zoneoutHidden: [0, 0.3, 0.1] }),
    },
  },
  "GRU, reset before, its last layer wider": {
    V: 9,
    config: {
      cell: "gru",
      resetAfter: false,
      hiddenSize: 5,
      layers: 2,
      lastHiddenSize: 11,
      embeddingSize: 6,
    },
  },
  "LSTM, a feed-forward layer tied to the embedding": {
    V: 9,
    config: {
      ...{ cell: "lstm", hiddenSize: 7, layers: 2, lastHiddenSize: 10 },
      ...{ embeddingSize: 5, feedForwardSize: 5, tieEmbeddings: true },
    },
  },
  "one-hot GRU under a feed-forward layer": {
    V: 10,
    config: { cell: "gru", hiddenSize: 6, layers: 1, embeddingSize: 0, feedForwardSize: 13 },
  },
  "one-hot LSTM": { V: 11, config: { cell: "lstm", hiddenSize: 10, layers: 2, embeddingSize: 0 } },
  "one-hot GRU": { V: 11, config: { cell: "gru", hiddenSize: 10, layers: 1, embeddingSize: 0 } },
  "LSTM after zoneout": {
    V: 11,
    config: {
      ...{ cell: "lstm", hiddenSize: 9, layers: 2, embeddingSize: 5 },
      dropout: recurrentDropout({ zoneoutCell: [0.5, 0.3], zoneoutHidden: 0.1 }),
    },
  },
  "GRU after zoneout in its upper layer": {
    V: 11,
    config: {
      ...{ cell: "gru", hiddenSize: 10, layers: 2, embeddingSize: 0 },
      dropout: recurrentDropout({ zoneoutHidden: [0, 0.4] }),
    },
  },
  "GRU, reset before, after zoneout": {
    V: 11,
    config: {
      ...{ cell: "gru", resetAfter: false, hiddenSize: 7, layers: 1, embeddingSize: 4 },
      dropout: recurrentDropout("zoneout2016"),
    },
  },
  "layer-normalised LSTM after zoneout": {
    V: 11,
    config: {
      ...{ cell: "lstm", layerNorm: true, hiddenSize: 9, layers: 2, embeddingSize: 5 },
      dropout: recurrentDropout({ zoneoutCell: [0.5, 0.3], zoneoutHidden: 0.1 }),
    },
  },
  "layer-normalised GRU, its last layer wider": {
    V: 10,
    config: { cell: "gru", layerNorm: true, hiddenSize: 7, layers: 3, lastHiddenSize: 10, embeddingSize: 6 },
  },
  "layer-normalised one-hot LSTM": {
    V: 11,
    config: { cell: "lstm", layerNorm: true, hiddenSize: 10, layers: 1, embeddingSize: 0 },
  },
  "layer-normalised GRU, a vocabulary too large to fold": {
    V: 613,
    config: { cell: "gru", layerNorm: true, hiddenSize: 7, layers: 1, embeddingSize: 5 },
  },
  "a vocabulary too large to fold": {
    V: 613,
    config: { cell: "lstm", hiddenSize: 7, layers: 2, embeddingSize: 5 },
  },
};

/** `float32` rounds a few dozen sums of numbers of order 1 differently: 1e-6 on a probability; float64 hardly at all. */
const engines: Record<string, { create: () => Promise<Engine>; tolerance: number }> = {
  strict: { create: () => createEngine("strict"), tolerance: 1e-6 },
  "auto (relaxed where it runs)": { create: () => createEngine("auto"), tolerance: 1e-6 },
  "reference in float32": {
    create: async () => createReferenceEngine({ precision: "float32" }),
    tolerance: 1e-6,
  },
  "reference in float64": {
    create: async () => createReferenceEngine({ precision: "float64" }),
    tolerance: 1e-13,
  },
};

describe.each(Object.entries(engines))(
  "on %s the probabilities are those of the tape",
  (_, { create, tolerance }) => {
    test.each(Object.entries(cases))("%s", async (_name, { V, config }) => {
      const engine = await create();
      const model = new LanguageModel(new Tape(engine), V, config, 3);
      const bias = model.parameters.get("decoder.bias")!; // starts at zero, where a bias left out would not be seen
      model.tape.assign(
        bias,
        Array.from({ length: V }, (_bias, v) => Math.sin(v)),
      );
      const temperature = 0.7;
      const ids = Array.from({ length: 31 }, (_id, k) => (k * k * 5 + k) % V);
      const rows = expected(model, ids, temperature);
      const reader = createReader(model, temperature);
      let read = 0;
      for (const T of [1, 3, 1, 1, 12, 1, 7, 1, 1, 2, 1]) {
        if (T === 1) reader.readOne(ids[read]!);
        else reader.read(Int32Array.from(ids.slice(read, read + T)));
        read += T;
        const p = engine.memory.floats(reader.probabilities, V);
        for (let v = 0; v < V; v++) expect(Math.abs(p[v]! - rows[read - 1]![v]!)).toBeLessThan(tolerance);
      }
      expect(read).toBe(ids.length);
      reader.release();
    });
  },
);

test("reading one symbol is the same as reading a sequence of one", async () => {
  const engine = await createEngine("strict");
  const model = new LanguageModel(new Tape(engine), 7, { hiddenSize: 9, layers: 2, embeddingSize: 4 }, 1);
  const [a, b] = [createReader(model, 1), createReader(model, 1)];
  for (const id of [3, 0, 6, 6, 2]) {
    a.readOne(id);
    b.read(Int32Array.of(id));
    expect(Array.from(engine.memory.floats(a.probabilities, 7))).toEqual(
      Array.from(engine.memory.floats(b.probabilities, 7)),
    );
  }
});

test("two readers of one model do not disturb each other, nor a training step that is open", async () => {
  const engine = await createEngine("strict");
  const tape = new Tape(engine);
  const model = new LanguageModel(tape, 7, { hiddenSize: 9, layers: 2, embeddingSize: 4 }, 1);
  const alone = createReader(model, 1);
  const rows = [1, 5, 2, 2].map((id) => {
    alone.readOne(id);
    return Array.from(engine.memory.floats(alone.probabilities, 7));
  });
  await tape.step(async () => {
    const { logits } = model.forward(tape.ids([1, 2, 3], [3, 1]));
    const before = await logits.data();
    const [a, b] = [createReader(model, 1), createReader(model, 1)];
    b.read(Int32Array.of(4, 4, 4, 4));
    for (const [k, id] of [1, 5, 2, 2].entries()) {
      a.readOne(id);
      b.readOne(6 - id);
      expect(Array.from(engine.memory.floats(a.probabilities, 7))).toEqual(rows[k]);
    }
    a.release();
    b.release();
    expect(await logits.data()).toEqual(before);
  });
});

test("what a reader has taken it gives back", async () => {
  const engine = await createEngine("strict");
  const config = { cell: "gru", hiddenSize: 33, layers: 2, embeddingSize: 4 } as const;
  const model = new LanguageModel(new Tape(engine), 300, config, 1);
  const use = (): void => {
    const reader = createReader(model, 1);
    reader.read(Int32Array.from({ length: 200 }, (_, k) => k));
    reader.release();
  };
  use();
  const { bytes } = engine.memory;
  for (let k = 0; k < 100; k++) use(); // 100 tables of 119 kB would need ten times what there is
  expect(engine.memory.bytes).toBe(bytes);
});

test.each([{ cell: "lstm" }, { cell: "gru" }, { cell: "gru", resetAfter: false }] as const)(
  "on strict the number of threads is not in the bits: %j",
  async (cell) => {
    const config = { ...cell, hiddenSize: 75, layers: 2, embeddingSize: 35 };
    const rows = [];
    for (const threads of [1, 2, 3]) {
      const engine = await assembleEngine(fittingBuild("strict")!, {
        ...{ threads, blas: "never", thresholds: { elements: 1, products: 1, system: 1 } },
      });
      const reader = createReader(new LanguageModel(new Tape(engine), 83, config, 3), 1);
      for (const ids of [[5], [82, 0, 3], [1], [44]]) reader.read(Int32Array.from(ids));
      rows.push(Array.from(engine.memory.floats(reader.probabilities, 83)));
      engine.close();
    }
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  },
);
