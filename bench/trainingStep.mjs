/** Updates of a character model, ready to be timed. */
import { Tape } from "tidegate/autograd";
import { Trainer, trainingBytes, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";
import { flopPerChar } from "./arithmetic.mjs";

/** As many symbols as tiny-shakespeare has. */
const V = 65;
const FIRST = 48;

/**
 * Text of all `size` symbols in no order that could be learned quickly. Of 65 symbols each is 0.91 times as frequent as the
 * one before it, so that 64 characters have 25 different ones, as in tiny-shakespeare: under masks the work depends on it.
 */
function syntheticText(length, size) {
  const codes = new Uint16Array(Math.max(length, size));
  const ratio = 0.91 ** (V / size);
  let state = 1;
  for (let k = 0; k < codes.length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const symbol = Math.floor(Math.log(1 - (state / 2 ** 32) * (1 - ratio ** size)) / Math.log(ratio));
    codes[k] = FIRST + (k < size ? k : Math.min(symbol, size - 1));
  }
  return new TextDecoder("utf-16le").decode(codes);
}

/**
 * A model with vocabulary 65, embedding 64, B 32, T 64, Adam, 1 layer and 200,000 characters of text, unless told otherwise.
 *
 * @returns { step, flop, bytes, close }: step() makes one update and resolves to its characters; operations for a character;
 *   bytes that the package says training keeps
 */
export async function trainingStep(engine, { vocabularySize = V, corpusSize = 200_000, ...options }) {
  const config = trainingConfig({
    layers: 1,
    embeddingSize: 64,
    batchSize: 32,
    sequenceLength: 64,
    steps: 1_000_000,
    ...options,
  });
  const vocabulary = Vocabulary.fromText(syntheticText(0, vocabularySize));
  const train = vocabulary.encode(syntheticText(corpusSize, vocabularySize));
  const trainer = new Trainer({ tape: new Tape(engine), config, vocabulary, train });
  const events = trainer.run();
  await events.next(); // start
  return {
    flop: flopPerChar(config, vocabularySize),
    bytes: trainingBytes(config, vocabularySize, config),
    async step() {
      const before = trainer.progress.chars; // the last window of an epoch is shorter
      await events.next();
      return trainer.progress.chars - before;
    },
    async close() {
      await events.return(undefined);
      trainer.release();
    },
  };
}
