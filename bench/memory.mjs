/**
 * node bench/memory.mjs [hiddenSize] [steps] [engine] [threads]
 *
 * Peak resident memory of a training run as a user would run it (vocabulary 65, embedding 64, B 32, T 64, Adam), and
 * whether the engine's memory grows between the 50th and the last step.
 */
import { createEngine } from "tidegate/engine";
import { peakMemory } from "./peakMemory.mjs";
import { trainingStep } from "./trainingStep.mjs";

const hiddenSize = Number(process.argv[2] ?? 128);
const steps = Number(process.argv[3] ?? 1000);
const engine = await createEngine(process.argv[4] ?? "strict", { threads: Number(process.argv[5] ?? 1) });
const { step } = await trainingStep(engine, { cell: "lstm", hiddenSize, dropout: "gal:0.25" });
let early = 0;
for (let k = 1; k <= steps; k++) {
  await step();
  if (k === 50) early = engine.memory.bytes;
}
console.log(
  `${engine.name}, ${engine.threads} thread(s), H ${hiddenSize}, ${steps} steps: peak resident ${peakMemory().toFixed(0)} MB, engine memory ${(early / 2 ** 20).toFixed(1)} MB at step 50, ${(engine.memory.bytes / 2 ** 20).toFixed(1)} MB at the end`,
);
