/** A program of somebody else: it must compile against the installed package, under both ways of resolving modules. */
import { createEngine, Tape } from "tidegate";
import { linear, type Tensor } from "tidegate/autograd";
import type { Engine } from "tidegate/engine";
import { decodeSafetensors } from "tidegate/io";
import {
  type ComparisonResult,
  comparisonConfig,
  runComparison,
  type SummaryRow,
  VERSION,
} from "tidegate/lab";
import { type LanguageModel, type TrainEvent, Trainer, trainingConfig } from "tidegate/lm";
import { type RecurrentDropout, RecurrentStack, recurrentDropout } from "tidegate/nn";
import { adam, clipByGlobalNorm } from "tidegate/optim";
import { loadCorpus, splitText, Vocabulary } from "tidegate/text";

const dropout: RecurrentDropout = recurrentDropout("gal:0.25");
const engine: Engine = await createEngine("strict");
const tape: Tape = new Tape(engine);
const { text } = await loadCorpus("tideland");
const [train = "", valid = ""] = splitText(text, [0.9, 0.1]);
const vocabulary: Vocabulary = Vocabulary.fromText(text, { tokenizer: "char" });
const trainer: Trainer = new Trainer({
  tape,
  config: trainingConfig({ hiddenSize: 16, dropout, steps: 1 }),
  vocabulary,
  train: vocabulary.encode(train),
  valid: vocabulary.encode(valid),
});
for await (const event of trainer.run()) {
  const known: TrainEvent = event;
  if (known.type === "validation") console.log(known.perplexity.toFixed(3));
}
const result: ComparisonResult = await runComparison(
  comparisonConfig({ corpus: "tideland", configurations: { none: {} } }),
  { folder: "runs" },
);
const rows: readonly SummaryRow[] = result.summary;
const model: LanguageModel = trainer.model;
const weight: Tensor | undefined = model.parameters.get("decoder.weight");

export { adam, clipByGlobalNorm, decodeSafetensors, linear, RecurrentStack, rows, VERSION, weight };
