/** One update of a character model, ready to be timed, and the arithmetic it does. */
import { Tape } from "tidegate/autograd";
import { Trainer, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";

/** 65 symbols, as many as tiny-shakespeare has. */
const alphabet = Array.from({ length: 65 }, (_, k) => String.fromCodePoint(48 + k)).join("");
const V = 65;

/** Text of all 65 symbols in no order that could be learned quickly. */
function syntheticText(length) {
  let state = 1;
  let text = alphabet;
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += alphabet[(state >>> 8) % V];
  }
  return text;
}
const vocabulary = Vocabulary.fromText(alphabet);
const train = vocabulary.encode(syntheticText(200_000));

/** Multiply-adds count as two; forward one product per weight, backward two. */
function flopPerChar({ cell, hiddenSize: H, embeddingSize: D, layers }) {
  const gates = cell === "lstm" ? 4 : 3;
  return 6 * (gates * H * (D + H) + (layers - 1) * gates * H * 2 * H + V * H);
}

/** { step: () => Promise<chars>, close } of a model with vocabulary 65, embedding 64, B 32, T 64, Adam, unless told otherwise. */
export async function trainingStep(engine, options) {
  const config = trainingConfig({
    layers: 1,
    embeddingSize: 64,
    batchSize: 32,
    sequenceLength: 64,
    steps: 1_000_000,
    ...options,
  });
  const trainer = new Trainer({ tape: new Tape(engine), config, vocabulary, train });
  const events = trainer.run();
  await events.next(); // start
  return {
    flop: flopPerChar(config),
    async step() {
      await events.next();
      return config.batchSize * config.sequenceLength;
    },
    async close() {
      await events.return(undefined);
      trainer.release();
    },
  };
}
