/** One update of a character model, ready to be timed, and the arithmetic it does. */
import { Tape } from "tidegate/autograd";
import { Trainer, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";
import { keptFraction } from "./dropouts.mjs";

/** As many symbols as tiny-shakespeare has. */
const V = 65;
const FIRST = 48;

/** Text of all `size` symbols in no order that could be learned quickly. */
function syntheticText(length, size) {
  const codes = new Uint16Array(Math.max(length, size));
  let state = 1;
  for (let k = 0; k < codes.length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    codes[k] = FIRST + (k < size ? k : (state >>> 8) % size);
  }
  return new TextDecoder("utf-16le").decode(codes);
}

/**
 * Floating-point operations for a character. Multiply-adds count as two; forward one product per weight, backward two.
 * What a mask tied over the batch drops is not counted: nobody has to compute it.
 */
export function flopPerChar({ cell, hiddenSize: H, embeddingSize: D, layers, dropout }, size = V) {
  const gates = cell === "lstm" ? 4 : 3;
  const kept = (site) => keptFraction(dropout, site);
  const bottom = gates * H * (D * kept("input") + H * kept("recurrent"));
  const above = gates * H * H * (kept("layers") + kept("recurrent"));
  return 6 * (bottom + (layers - 1) * above + size * H * kept("output"));
}

/**
 * { step: () => Promise<chars>, flop, config, close } of a model with vocabulary 65, embedding 64, B 32, T 64, Adam, 1 layer
 * and 200,000 characters of text, unless told otherwise.
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
    config,
    flop: flopPerChar(config, vocabularySize),
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
