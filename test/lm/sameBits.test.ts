/**
 * The strict engine gives the same bits on every machine and version of Node: the constants below were computed on Node 20
 * and Node 26, and a machine that gives others is not reproducible. Change them only when the arithmetic changes on purpose.
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { evaluate, type Trainer, type TrainingOptions } from "../../src/lm/index.ts";
import { eventsOf, tinyTrainer, valid } from "./tinyRun.ts";

function sha256({ model }: Trainer): string {
  const hash = createHash("sha256");
  for (const [name, { ptr, size }] of model.parameters) {
    hash
      .update(name)
      .update(
        Uint8Array.from(new Uint8Array(Float32Array.from(model.tape.engine.memory.floats(ptr, size)).buffer)),
      );
  }
  return hash.digest("hex");
}

const runs: readonly [string, TrainingOptions, string][] = [
  [
    "LSTM under gal, Adam",
    { cell: "lstm", dropout: "gal" },
    "d52fef9fa93aa10f368fd9ff7e72c364bf6d7ad4ed30f015ea4508276edd97f9",
  ],
  [
    "GRU under gal, Adam",
    { cell: "gru", dropout: "gal" },
    "b47fa4571bd86dcf662e29b3dfd596a08f3c5a38aed6043b1d4a44818148a422",
  ],
  [
    "GRU reset-before under galUntied, RMSprop, cosine, orthogonal start",
    {
      cell: "gru",
      resetAfter: false,
      dropout: "galUntied",
      optimizer: "rmsprop",
      schedule: "cosine",
      recurrentInit: { name: "orthogonal" },
    },
    "9b01a7344d1d48d4dab8ad5fbada26fa9eb0da28f4fd03a97769ef3857ebdd31",
  ],
  [
    "LSTM under naive, SGD with momentum, one-hot",
    {
      cell: "lstm",
      dropout: "naive",
      optimizer: { name: "sgd", momentum: 0.9 },
      embeddingSize: 0,
      clip: 0.5,
    },
    "647493099ec2e881a3bc7f36f32bfdf775e08967c9c1ddc6e88c4c4af232848c",
  ],
];

describe("30 updates of the strict engine", () => {
  test.each(runs)("of %s", async (_, options, expected) => {
    const trainer = await tinyTrainer({ steps: 30, ...options });
    await eventsOf(trainer);
    expect(sha256(trainer)).toBe(expected);
  });

  test("and an evaluation after them", async () => {
    const trainer = await tinyTrainer({ steps: 30, dropout: "gal" });
    await eventsOf(trainer);
    const { nats } = await evaluate(trainer.model, valid, { rows: 4 });
    expect(nats).toBe(1.5669673681259155);
  });
});
