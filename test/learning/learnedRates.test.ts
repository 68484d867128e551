/** What learned rates learn: little dropout where it hurts, more where a network would learn its text by heart. */
import { expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { type Rates, Trainer, type TrainingOptions, trainingConfig } from "../../src/lm/index.ts";
import { loadCorpus, splitText, Vocabulary } from "../../src/text/index.ts";

/** A run on the first characters of the corpus, and the rates at its end. */
async function learned(
  chars: number,
  options: TrainingOptions,
): Promise<{ rates: Rates; trainNats: number; validNats: number }> {
  const { text } = await loadCorpus("tideland");
  const vocabulary = Vocabulary.fromText(text);
  const [train, valid] = [splitText(text.slice(0, chars), [0.9, 0.1])[0]!, text.slice(-8000)].map((part) =>
    vocabulary.encode(part),
  ) as [Int32Array, Int32Array];
  const config = trainingConfig({
    ...{ layers: 1, embeddingSize: 16, batchSize: 8, sequenceLength: 32, learningRate: 8e-3 },
    ...{ seed: 2, evaluateEvery: 300, dropout: "concrete2017", ...options },
  });
  const tape = new Tape(await createEngine("strict"));
  const trainer = new Trainer({ tape, config, vocabulary, train, valid });
  let found: { rates: Rates; trainNats: number; validNats: number } | undefined;
  for await (const event of trainer.run())
    if (event.type === "validation")
      found = { rates: event.learnedRates!, trainNats: event.trainNats, validNats: event.nats };
  return found!;
}

test("a network that is too small for its text unlearns its dropout; one that overfits keeps more of it", async () => {
  const small = await learned(100_000, { hiddenSize: 16, steps: 450 });
  const large = await learned(6_000, { hiddenSize: 96, steps: 600 });
  expect(large.trainNats).toBeLessThan(large.validNats - 0.2); // it overfits, under its masks even
  for (const rate of Object.values(small.rates).flat()) expect(rate).toBeLessThan(0.05);
  const [few] = small.rates.recurrent as [number];
  const [many] = large.rates.recurrent as [number];
  expect(many).toBeGreaterThan(0.1);
  expect(many).toBeGreaterThan(4 * few);
}, 120_000);
