/** What a run is, in lines: printed before it begins, so that nobody trains something else than they think. */
import { networkShape, type Trainer, type TrainingConfig, type ValidationGap } from "../../lm/index.ts";
import {
  countParameters,
  type NetworkShape,
  type RecurrentDropout,
  ruleDetails,
  sitesInUse,
} from "../../nn/index.ts";
import { engineInWords } from "../engine/openEngine.ts";
import { counted, significant, whole } from "../terminal/numbers.ts";
import { facts, table } from "../terminal/table.ts";

/** Lines of a run's configuration. @param test - symbols of the test text */
export function configurationLines(
  trainer: Trainer,
  { corpus, test, out }: { corpus: string; test: number | undefined; out: string },
): string[] {
  const { config, vocabulary, model, train, valid } = trainer;
  const sizes = [
    `${whole(train.length)} for training`,
    ...(valid ? [`${whole(valid.length)} for validation`] : []),
    ...(test === undefined ? [] : [`${whole(test)} for test`]),
  ];
  return [
    ...facts([
      ["corpus", `${corpus}: symbols ${sizes.join(", ")}`],
      ["vocabulary", `${counted(vocabulary.size, "symbol")} (${vocabulary.tokenizer})`],
      ["model", `${modelInWords(config)}: ${whole(countParameters(model.parameters))} parameters`],
      ["training", trainingInWords(config)],
      ...regularisationFacts(config),
      ["limits", limitsInWords(trainer)],
      ["engine", engineInWords(model.tape.engine)],
      ["seed", String(config.seed)],
      ["checkpoint", out],
      ["dropout", config.dropout.name],
    ]),
    ...dropoutLines(config.dropout, networkShape(config)),
  ];
}

/** "lstm, 2 layers of 128, embedding of 64" */
export function modelInWords(config: TrainingConfig): string {
  const { cell, layers, hiddenSize, lastHiddenSize, embeddingSize, tieEmbeddings, resetAfter } = config;
  const { feedForwardSize, layerNorm } = config;
  const last =
    lastHiddenSize === null || lastHiddenSize === hiddenSize ? "" : `, the last of ${lastHiddenSize}`;
  return [
    `${layerNorm ? "layer-normalised " : ""}${cell === "gru" && !resetAfter ? "gru (reset before)" : cell}`,
    `${counted(layers, "layer")} of ${hiddenSize}${last}`,
    ...(feedForwardSize > 0 ? [`feed-forward layer of ${feedForwardSize}`] : []),
    embeddingSize > 0 ? `embedding of ${embeddingSize}${tieEmbeddings ? ", tied" : ""}` : "one-hot input",
  ].join(", ");
}

/** The table of sites that are masked, indented under its configuration. */
export function dropoutLines(dropout: RecurrentDropout, network: NetworkShape): string[] {
  const rows = sitesInUse(dropout, network).map((row) => [
    row.site,
    String(row.rate),
    row.tie,
    row.gates,
    [...ruleDetails(row), ...(row.absent ? [`not in this network: ${row.absent}`] : [])].join(", "),
  ]);
  if (rows.length === 0) return ["    nothing is masked"];
  const columns = [
    { heading: "site" },
    { heading: "rate", align: "right" },
    { heading: "one mask per" },
    { heading: "gates" },
    { heading: "" },
  ] as const;
  return table(columns, rows).map((line) => `    ${line}`);
}

function trainingInWords(config: TrainingConfig): string {
  const { batchSize, sequenceLength, optimizer, schedule, learningRate, clip } = config;
  const clipped = clip > 0 ? `gradients clipped at ${clip}` : "no clipping";
  const reset = config.carryState ? "" : ", each from the zero state";
  return `${batchSize} rows of ${sequenceLength} steps${reset}, ${optimizer.name} at ${significant(learningRate)} (${schedule.name}), ${clipped}`;
}

/** What is added beside dropout; no line when nothing is. */
function regularisationFacts(config: TrainingConfig): [string, string][] {
  const { activationPenalty, temporalPenalty, l1, l2, labelSmoothing, averaging, consistency, windows } =
    config;
  const { dropoutAdjustment } = config;
  const learns = Object.values(config.dropout.sites).some(({ kind }) => kind === "concrete");
  const numbers = { AR: activationPenalty, TAR: temporalPenalty, L1: l1, L2: l2, smoothing: labelSmoothing };
  const words = [
    ...Object.entries(numbers).flatMap(([name, value]) =>
      value > 0 ? [`${name} ${significant(value)}`] : [],
    ),
    ...(consistency.name === "none" ? [] : [`${consistency.name} ${consistency.weight} (two passes)`]),
    ...(learns ? [`learned rates with entropy ${significant(config.concreteEntropy)}`] : []),
    ...(dropoutAdjustment.name === "none" ? [] : [adjustmentInWords(dropoutAdjustment)]),
    ...(averaging.name === "none" ? [] : [`averages ${averaging.name}`]),
    ...(windows.name === "fixed" ? [] : ["windows of varying length"]),
  ];
  return words.length === 0 ? [] : [["also", words.join(", ")]];
}

function adjustmentInWords({ raise, patience, most, lower, gap, least }: ValidationGap): string {
  const raised = `rates times ${raise} after ${counted(patience, "validation")} without a better one, to ${most} at most`;
  return lower === null
    ? raised
    : `${raised}; times ${lower} below a gap of ${gap} nats, to ${least} at least`;
}

function limitsInWords({ config, totalSteps, streams, progress }: Trainer): string {
  const { steps, epochs, seconds } = config;
  const limits = [
    ...(steps === null ? [] : [counted(steps, "update")]),
    ...(epochs === null ? [] : [counted(epochs, "epoch")]),
    ...(seconds === null ? [] : [`${seconds} s`]),
  ];
  const total = totalSteps === null ? "" : `, ${counted(totalSteps, "update")} in all`;
  const begun = progress.step > 0 ? `; goes on after update ${whole(progress.step)}` : "";
  return `${limits.join(" or ")} (${counted(streams.batchesPerEpoch, "update")} per epoch${total})${begun}`;
}
