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
    "de68e47324ddf9b37433f460aa711ea9e372e68b0de5e452210799b9ea6a5deb",
  ],
  [
    "GRU under gal, Adam",
    { cell: "gru", dropout: "gal" },
    "73f21e9e147f43fd4fc47615c58d8a204961b8c9fc1cf390c91fde3713865d03",
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
    "d5b3ead6c5a1abee69fa5a251d6540db683d4011b1594c9d8b88c2ce32fa84fd",
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
    "7b1c034df590c49a8199a8bcebc4fadcfa365d95c2c72adb51463c98c599f620",
  ],
  [
    "LSTM under structured, Adam",
    { cell: "lstm", dropout: "structured" },
    "56a09b1f0dcee6943d04d28971dc82c5987bd39100e466926f76b5e2dff1bcb8",
  ],
  [
    "GRU under structured, one-hot, Adam",
    { cell: "gru", dropout: "structured", embeddingSize: 0 },
    "5b37c547db647a65d1f614ffcbefdbc1f5e013a420b9fc0efe8c28a98c9fdf9f",
  ],
  [
    "LSTM under zoneout2016, Adam",
    { cell: "lstm", dropout: "zoneout2016" },
    "71e535e87bcc57c21808278d755426995d73cbf338d2590a38979822b776c553",
  ],
  [
    "LSTM under awdLstm2017, Adam",
    { cell: "lstm", dropout: "awdLstm2017" },
    "a808f3c7f654fe61c4255667bc39a40bd4c7cf1a2ef014b0ffec1e8d2c2f1aad",
  ],
  [
    "GRU under Gaussian noise on connections and weights, candidates that drift, a curriculum",
    {
      cell: "gru",
      dropout: {
        recurrent: { rate: 0.3, kind: "gaussian", tie: "step" },
        recurrentWeights: { rate: 0.3, kind: "gaussian" },
        candidate: { rate: 0.3, kind: "drifting" },
        output: { rate: 0.5, schedule: "curriculum" },
      },
    },
    "bd6f2b1d2ffa7531b8fbde743a8b422c45fd9e5a31bc20bdbb29013925e1fd35",
  ],
  [
    "GRU under concrete2017, one mask per gate, AdamW",
    {
      cell: "gru",
      dropout: {
        kind: "concrete",
        input: { rate: 0.2, tie: "step" },
        recurrent: { rate: [0.2, 0.4], gates: "perGate" },
        layers: 0.3,
        output: 0.1,
      },
      optimizer: { name: "adamw", weightDecay: 0.1 },
    },
    "a57b1efe0c23a71b95568fde6a689b0a61f1845c4997f8d5f60a5c6d4591bf83",
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
    expect(nats).toBe(1.566967357361197);
  });
});
