/**
 * Trains a character model on a text, keeps the best weights in a checkpoint, and scores them on text it has not seen.
 *
 *   node examples/02-train-on-your-text.mjs [text file, folder or corpus name] [--quick]
 *
 * Default: the embedded corpus. One to two minutes (--quick: a second). Expect a line per epoch, a test perplexity of about
 * 5.9 per character on the embedded corpus, and the file runs/02-model.safetensors.
 */
import {
  bitsPerChar,
  createEngine,
  evaluate,
  loadCorpus,
  splitText,
  Tape,
  Trainer,
  trainerCheckpoint,
  trainingConfig,
  Vocabulary,
  writeCheckpoint,
} from "tidegate";

const quick = process.argv.includes("--quick");
const [source = "tideland"] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const file = quick ? "runs/02-quick.safetensors" : "runs/02-model.safetensors";

const { text } = await loadCorpus(source);
const vocabulary = Vocabulary.fromText(text);
const [train, valid, test] = splitText(text, [0.8, 0.1, 0.1]).map((part) => vocabulary.encode(part));

const tape = new Tape(await createEngine("strict"));
const config = trainingConfig({
  cell: "lstm",
  hiddenSize: quick ? 24 : 128,
  layers: 1,
  dropout: "gal:0.2",
  learningRate: 0.004,
  epochs: quick ? 1 : 12,
  patience: 3,
  seed: 1,
});
const trainer = new Trainer({ tape, config, vocabulary, train, valid });
async function save() {
  await writeCheckpoint(file, trainerCheckpoint(trainer));
  return file;
}

for await (const event of trainer.run({ save })) {
  if (event.type === "start") console.log(`${event.parameters} parameters; ${event.dropout}`);
  if (event.type === "validation") {
    const mark = event.isBest ? " (best)" : "";
    console.log(
      `epoch ${event.epoch.toFixed(0)}: validation perplexity ${event.perplexity.toFixed(3)}${mark}`,
    );
  }
}
const { nats, perplexity } = await evaluate(trainer.model, test);
console.log(`test perplexity ${perplexity.toFixed(3)}, ${bitsPerChar(nats).toFixed(3)} bits per character`);
console.log(`saved ${file}; sample from it: node examples/01-sample-from-a-model.mjs ${file}`);
