/**
 * Code that must not compile. Each line is preceded by what the compiler says about it; `npm run types` fails when one of
 * them compiles, and test/types/types.test.ts holds the messages against the compiler's.
 *
 * Nothing here is ever run.
 */
import { crossEntropy, type Ids, linear, type Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, type Engine, randomKey } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import {
  type ComparisonConfig,
  type ComparisonEvent,
  runComparison,
  type SummaryRow,
} from "../../src/lab/index.ts";
import { type TrainEvent, type TrainingConfig, trainingConfig } from "../../src/lm/index.ts";
import { type RecurrentDropout, recurrentDropout, type SiteRule } from "../../src/nn/index.ts";
import { Vocabulary } from "../../src/text/index.ts";

declare const tape: Tape;
declare const tensor: Tensor;
declare const ids: Ids;
declare const config: TrainingConfig;
declare const comparison: ComparisonConfig;
declare const event: TrainEvent;
declare const said: ComparisonEvent;
declare const row: SummaryRow;

export async function mustNotCompile(): Promise<void> {
  // Argument of type '"fast"' is not assignable to parameter of type 'EngineName | undefined'
  // @ts-expect-error
  await createEngine("fast");

  // Type 'Promise<Engine>' is missing the following properties from type 'Engine'
  // @ts-expect-error
  const engine: Engine = createEngine("strict");

  // Argument of type 'boolean' is not assignable to parameter of type 'Seed'
  // @ts-expect-error
  randomKey(true, "masks");

  // Argument of type 'Tensor' is not assignable to parameter of type 'Ids'
  // @ts-expect-error
  crossEntropy(tensor, tensor);

  // Argument of type 'Ids' is not assignable to parameter of type 'Tensor'
  // @ts-expect-error
  linear(ids, tensor, tensor);

  // Type 'Promise<Float32Array<ArrayBufferLike>>' is missing the following properties from type 'Float32Array<ArrayBufferLike>'
  // @ts-expect-error
  const values: Float32Array = tensor.data();

  // Object literal may only specify known properties, but 'hiddensize' does not exist in type 'TrainingOptions'. Did you mean to write 'hiddenSize'?
  // @ts-expect-error
  trainingConfig({ hiddensize: 128 });

  // Type '"rnn"' is not assignable to type '"lstm" | "gru" | undefined'
  // @ts-expect-error
  trainingConfig({ cell: "rnn" });

  // Type 'string' is not assignable to type 'number'
  // @ts-expect-error
  trainingConfig({ learningRate: "2e-3" });

  // Cannot assign to 'hiddenSize' because it is a read-only property
  // @ts-expect-error
  config.hiddenSize = 256;

  // Type 'number | null' is not assignable to type 'number'
  // @ts-expect-error
  const steps: number = config.steps;

  // Type '"word"' is not assignable to type '"sequence" | "step" | "stream" | "batch" | "batchStep"'
  // @ts-expect-error
  const rule: SiteRule = { rate: 0.5, tie: "word", gates: "shared" };

  // Property 'forget' does not exist on type
  // @ts-expect-error
  const forget: unknown = recurrentDropout("gal").sites.forget;

  // Type 'string' is not assignable to type 'RecurrentDropout'
  // @ts-expect-error
  const dropout: RecurrentDropout = "gal";

  // Property 'perplexity' does not exist on type 'TrainEvent'
  // @ts-expect-error
  event.perplexity;

  // Type '"word"' is not assignable to type 'Tokenizer | undefined'
  // @ts-expect-error
  Vocabulary.fromText("text", { tokenizer: "word" });

  // Property 'folder' is missing in type '{}' but required in type 'RunComparisonOptions'
  // @ts-expect-error
  await runComparison(comparison, {});

  // have no overlap
  // @ts-expect-error
  console.log(said.type === "finished");

  // Type 'number | null' is not assignable to type 'number'
  // @ts-expect-error
  const low: number = row.low;

  // Property 'where' is missing in type '{}' but required in type 'ErrorDetail'
  // @ts-expect-error
  const error = new ConfigError("wrong", {});

  // what is declared here is used, so that only the lines above are errors
  console.log(tape, engine, values, steps, rule, forget, dropout, low, error);
}
