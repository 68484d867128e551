/** A wrong kernel is not timed: before anything is measured, the engine must agree with the reference on one training step. */
import { Tape } from "tidegate/autograd";
import { createReferenceEngine } from "tidegate/engine";
import { Trainer, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";

const text = "the tide comes in, the tide goes out; the gate is shut, the gate is open. ".repeat(4);

/** Loss and gradient norm of three updates of a small model at odd sizes. */
async function trace(engine, cell, dropout) {
  const vocabulary = Vocabulary.fromText(text);
  const config = trainingConfig({
    cell,
    hiddenSize: 13,
    layers: 2,
    embeddingSize: 7,
    batchSize: 5,
    sequenceLength: 9,
    steps: 3,
    dropout,
  });
  const trainer = new Trainer({ tape: new Tape(engine), config, vocabulary, train: vocabulary.encode(text) });
  const numbers = [];
  for await (const event of trainer.run())
    if (event.type === "step") numbers.push(event.loss, event.gradientNorm);
  trainer.release();
  return numbers;
}

/** Throws when `engine` and the reference differ by more than float32 rounding explains. */
export async function mustConform(engine) {
  for (const cell of ["lstm", "gru"]) {
    for (const dropout of ["none", "gal", "naive"]) {
      const ours = await trace(engine, cell, dropout);
      const reference = await trace(createReferenceEngine({ precision: "float64" }), cell, dropout);
      const worst = Math.max(
        ...ours.map((value, k) => Math.abs(value - reference[k]) / Math.abs(reference[k])),
      );
      if (!(worst < 1e-4))
        throw new Error(
          `${engine.name} differs from the reference by ${worst} on ${cell} with ${dropout}: not timed`,
        );
    }
  }
}
