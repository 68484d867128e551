/**
 * Text from a character model at three temperatures.
 *
 *   node examples/01-sample-from-a-model.mjs [checkpoint] [--quick]
 *
 * Without a checkpoint it first trains a small model on the embedded corpus, one to two minutes (--quick: a second). Expect the
 * loss to fall to about 1.65 nats per character, and text of words that are nearly English: safe at 0.3, wild at 1.
 */
import {
  createEngine,
  loadCorpus,
  modelFromCheckpoint,
  readCheckpoint,
  sample,
  Tape,
  Trainer,
  trainingConfig,
  Vocabulary,
} from "tidegate";

const quick = process.argv.includes("--quick");
const [path] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const tape = new Tape(await createEngine("strict"));
const { model, vocabulary } = path
  ? modelFromCheckpoint(tape, await readCheckpoint(path), path)
  : await trainSmallModel();

for (const temperature of [0.3, 0.7, 1]) {
  console.log(`\ntemperature ${temperature}:`);
  const options = { prime: "The ", length: quick ? 60 : 200, temperature, seed: 1 };
  process.stdout.write(options.prime);
  for await (const character of sample(model, vocabulary, options)) process.stdout.write(character);
  console.log();
}

async function trainSmallModel() {
  const { text } = await loadCorpus("tideland");
  const vocabulary = Vocabulary.fromText(text);
  const config = trainingConfig({
    hiddenSize: quick ? 32 : 128,
    layers: 1,
    steps: quick ? 100 : 800,
    seed: 1,
  });
  const trainer = new Trainer({ tape, config, vocabulary, train: vocabulary.encode(text) });
  for await (const event of trainer.run()) {
    if (event.type !== "step" || event.step % 100 !== 0) continue;
    console.log(`step ${event.step}: ${event.loss.toFixed(3)} nats per character`);
  }
  return trainer;
}
