/** tidegate info <checkpoint> */
import { readCheckpoint } from "../../io/index.ts";
import {
  adjustedRates,
  bitsPerChar,
  checkpointMeta,
  networkShape,
  parameterCount,
  perplexity,
  storedRates,
} from "../../lm/index.ts";
import { createConsole } from "../terminal/console.ts";
import { counted, duration, fixed, whole } from "../terminal/numbers.ts";
import { facts } from "../terminal/table.ts";
import { dropoutLines, modelInWords } from "../training/configurationLines.ts";
import { ratesInWords } from "../training/ratesInWords.ts";

/** Prints what is in a checkpoint. */
export async function info(path: string, { json }: { readonly json?: boolean }): Promise<void> {
  const checkpoint = await readCheckpoint(path);
  const { config, vocabulary, progress, engine, threads, blas, trainingText } = checkpointMeta(
    checkpoint,
    path,
  );
  const parameters = parameterCount(config, vocabulary.size);
  const { step, chars, seconds, trainNats, bestNats, bestStep } = progress;
  const { factor, raised, lowered } = progress.adjustment;
  const adjusted = adjustedRates(config, factor);
  const rates = storedRates(config, checkpoint);
  const console = createConsole(json);
  console.result(
    ...facts(
      [
        ["model", `${modelInWords(config)}: ${whole(parameters)} parameters`],
        ["vocabulary", `${counted(vocabulary.size, "symbol")} (${vocabulary.tokenizer})`],
        ["trained", `${counted(step, "update")}, ${whole(chars)} characters, ${duration(seconds)}`],
        ["engine", [engine, counted(threads, "thread"), ...(blas === null ? [] : [blas])].join(", ")],
        ["text", trainingText],
        ["optimizer", JSON.stringify(config.optimizer)],
        ["schedule", JSON.stringify(config.schedule)],
        ["seed", String(config.seed)],
        ["training", trainNats === null ? "-" : `${fixed(trainNats, 4)} nats/char, under dropout`],
        [
          "validation",
          bestNats === null
            ? "-"
            : `${fixed(bestNats, 4)} nats/char, ${fixed(bitsPerChar(bestNats), 4)} bits/char, perplexity ${fixed(perplexity(bestNats), 4)}, at update ${whole(bestStep ?? 0)}`,
        ],
        ["dropout", config.dropout.name],
        ...(adjusted
          ? [
              [
                "adjusted to",
                `${ratesInWords(adjusted)} (raised ${counted(raised, "time")}, lowered ${counted(lowered, "time")})`,
              ] as const,
            ]
          : []),
        ...(rates ? [["learned rates", ratesInWords(rates)] as const] : []),
      ],
      "",
    ),
    ...dropoutLines(config.dropout, networkShape(config)),
  );
  console.json({
    checkpoint: path,
    engine,
    threads,
    blas,
    parameters,
    vocabularySize: vocabulary.size,
    tokenizer: vocabulary.tokenizer,
    steps: step,
    chars,
    seconds,
    trainNats,
    validNats: bestNats,
    bestStep,
    ...(rates ? { learnedRates: rates } : {}),
    ...(adjusted ? { dropoutAdjustment: { factor, raised, lowered, rates: adjusted } } : {}),
    config,
  });
}
