/**
 * Ours, as a process like the peers: node tidegate.mjs --engine strict --hidden 128 --threads 1 --dropout gal:0.25
 *
 * An engine that does not agree with the reference is not timed. --dropout is a preset or JSON.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Tape } from "tidegate/autograd";
import { createEngine } from "tidegate/engine";
import { Trainer, trainingConfig } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";
import { mustConform } from "../conforms.mjs";
import { trainingStep } from "../trainingStep.mjs";
import { serve } from "./protocol.mjs";
import { B, D, learningRate, randomWindows, T, V } from "./work.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "auto" },
    hidden: { type: "string", default: "128" },
    threads: { type: "string", default: "1" },
    dropout: { type: "string", default: "none" },
  },
});
const dropout = values.dropout.startsWith("{") ? JSON.parse(values.dropout) : values.dropout;
const engine = await createEngine(values.engine, { threads: Number(values.threads) });
await mustConform(engine);
const model = { cell: "lstm", hiddenSize: Number(values.hidden), dropout, learningRate };

/** Losses of a trainer whose text is one window long, so that every epoch is the same batch again. */
async function* repeatedBatch() {
  const alphabet = Array.from({ length: V }, (_, k) => String.fromCodePoint(48 + k)).join("");
  const config = { layers: 1, embeddingSize: D, batchSize: B, sequenceLength: T, steps: 1_000_000, ...model };
  const trainer = new Trainer({
    tape: new Tape(engine),
    config: trainingConfig(config),
    vocabulary: Vocabulary.fromText(alphabet),
    train: randomWindows(1)[0].slice(0, B * T + 1),
  });
  for await (const event of trainer.run()) if (event.type === "step") yield event.loss;
}

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const repeated = repeatedBatch();
const { step } = await trainingStep(engine, model);
await serve({
  name: `tidegate ${engine.name}, ${values.dropout}${values.threads === "1" ? "" : `, ${values.threads} threads`}`,
  version: `${version}, Node ${process.version}`,
  warmUp: async () => (await repeated.next()).value,
  step: async () => ({ chars: await step() }), // its trainer throws at a loss that is not finite
});
