/** Training, evaluation and sampling take all their memory at the beginning: no growth over 1,000 updates. */
import { expect, test } from "vitest";
import type { TrainingOptions } from "../../src/lm/index.ts";
import { eventsOf, tinyTrainer } from "./tinyRun.ts";

test.each<TrainingOptions>([
  { cell: "lstm", dropout: "gal" },
  { cell: "gru", dropout: "naive", embeddingSize: 0 },
  { cell: "lstm", layerNorm: true, dropout: "gal" },
  {
    ...{ dropout: "gal", consistency: "rDrop", averaging: "polyak", optimizer: "amsgrad" },
    ...{ activationPenalty: 2, temporalPenalty: 1, labelSmoothing: 0.1, l1: 1e-6, l2: 1e-6 },
  },
])("the engine's memory after 20 updates is that after 1,000, with %j", async (options) => {
  const trainer = await tinyTrainer(
    { steps: 1000, evaluateEvery: 10, sampleEvery: 10, ...options },
    { withValid: true },
  );
  const { memory } = trainer.model.tape.engine;
  const bytes = new Map<number, number>();
  for await (const { type, step } of trainer.run()) if (type === "step") bytes.set(step, memory.bytes);
  expect(bytes.size).toBe(1000);
  for (const step of [300, 1000]) expect(bytes.get(step), `after ${step} updates`).toBe(bytes.get(20));
});

test("trainers that are released leave room for the next", async () => {
  const first = await tinyTrainer({ steps: 5 });
  const { engine } = first.model.tape;
  await eventsOf(first);
  first.release();
  const { bytes } = engine.memory;
  for (let k = 0; k < 40; k++) {
    const next = await tinyTrainer({ steps: 2 }, { engine });
    await eventsOf(next);
    next.release();
  }
  expect(engine.memory.bytes).toBe(bytes);
});
