/** A wrong kernel is not timed: before anything is measured, the engine must agree with the reference on training steps. */
import { Tape } from "tidegate/autograd";
import { createReferenceEngine } from "tidegate/engine";
import { Trainer, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";

const text = "the tide comes in, the tide goes out; the gate is shut, the gate is open. ".repeat(12);

/** What is held against the reference. */
const cases = ["lstm", "gru"].flatMap((cell) =>
  ["none", "gal", "naive", "structured", "flipout2018"].map((dropout) => ({ cell, dropout })),
);

/**
 * What three updates come to: their losses, and of the last gradient of every parameter its norm and its product with a fixed
 * pattern of signs, both as a share of the norm. The sizes are odd, and large enough that an engine with threads cuts every
 * kind of kernel into parts and one with a BLAS asks it for the products, those of the time loop too.
 *
 * @returns [{ name, value, scale }]: numbers, and what an error in them is measured by
 */
async function trace(engine, { cell, dropout }) {
  const vocabulary = Vocabulary.fromText(text);
  const config = trainingConfig({
    cell,
    hiddenSize: 75,
    layers: 2,
    embeddingSize: 35,
    batchSize: 13,
    sequenceLength: 11,
    steps: 3,
    dropout,
  });
  const trainer = new Trainer({ tape: new Tape(engine), config, vocabulary, train: vocabulary.encode(text) });
  const numbers = [];
  for await (const event of trainer.run())
    if (event.type === "step")
      numbers.push({ name: `loss of update ${event.step}`, value: event.loss, scale: event.loss });
  for (const [name, parameter] of trainer.model.parameters) {
    const gradient = await parameter.gradientData();
    const norm = Math.hypot(...gradient);
    const signed = gradient.reduce(
      (sum, value, k) => (Math.imul(k, 2654435761) < 0 ? sum - value : sum + value),
      0,
    );
    numbers.push({ name: `gradient of ${name}`, value: norm, scale: norm });
    numbers.push({ name: `signs of the gradient of ${name}`, value: signed, scale: norm });
  }
  trainer.release();
  return numbers;
}

/** Relative; rounding comes to a sixth of it at most, and one element of a product that is wrong by a twentieth to more. */
const TOLERANCE = 2e-5;

let known;
/** The traces of the reference engine in float64, one for each case. Takes seconds; made once. */
export function referenceTraces() {
  known ??= Promise.all(cases.map((one) => trace(createReferenceEngine({ precision: "float64" }), one)));
  return known;
}

/**
 * Throws when `engine` and the reference differ by more than float32 rounding explains.
 * @param expected - what another process got from `referenceTraces`; default: it is made here
 */
export async function mustConform(engine, expected) {
  const references = expected ?? (await referenceTraces());
  for (const [k, one] of cases.entries()) {
    const ours = await trace(engine, one);
    for (const [n, { name, value, scale }] of references[k].entries()) {
      const error = Math.abs(ours[n].value - value) / scale;
      if (!(error < TOLERANCE))
        throw new Error(
          `${engine.name} on ${engine.threads} thread(s) differs from the reference by ${error} in the ${name}, on ${one.cell} with ${one.dropout}: not timed`,
        );
    }
  }
}
