/** What a training run came to, for people and for programs. */
import type { Engine } from "../../engine/index.ts";
import {
  bitsPerChar,
  type EndReason,
  type Evaluation,
  perplexity,
  type TrainResult,
} from "../../lm/index.ts";
import { exitCodes } from "../exitCodes.ts";
import { counted, duration, fixed, whole } from "../terminal/numbers.ts";
import { facts } from "../terminal/table.ts";
import { ratesInWords } from "./ratesInWords.ts";

/** The result in lines. @param test - the score of the test text, when there is one */
export function resultLines(
  result: TrainResult,
  reason: EndReason,
  out: string,
  test: Evaluation | undefined,
): string[] {
  const { steps, chars, seconds, charsPerSecond, trainNats, validNats, bestStep } = result;
  const { dropoutAdjustment: adjustment } = result;
  const score = (nats: number): string =>
    `${fixed(nats, 4)} nats/char, ${fixed(bitsPerChar(nats), 4)} bits/char, perplexity ${fixed(perplexity(nats), 4)}`;
  return facts(
    [
      ["ended by", reasons[reason]],
      [
        "trained",
        `${whole(steps)} updates, ${whole(chars)} characters, ${duration(seconds)}, ${whole(charsPerSecond)} chars/s`,
      ],
      ...(trainNats === null
        ? []
        : [["training", `${score(trainNats)} (under dropout, mean of the last updates)`] as const]),
      ...(validNats === null
        ? []
        : [["validation", `${score(validNats)} (best, at update ${whole(bestStep ?? steps)})`] as const]),
      ...(test ? [["test", score(test.nats)] as const] : []),
      ...(adjustment
        ? [
            [
              "dropout",
              `raised ${counted(adjustment.raised, "time")}, lowered ${counted(adjustment.lowered, "time")}: ${ratesInWords(adjustment.rates)}`,
            ] as const,
          ]
        : []),
      ...(result.learnedRates ? [["learned rates", ratesInWords(result.learnedRates)] as const] : []),
      ["checkpoint", out],
    ],
    "",
  );
}

const reasons: Readonly<Record<EndReason, string>> = {
  steps: "the number of updates",
  epochs: "the number of epochs",
  seconds: "the time",
  earlyStopping: "patience: validation no longer improves",
  interrupted: `Ctrl-C (exit code ${exitCodes.interrupted})`,
};

/** The object that --json prints. */
export function resultJson(
  { bestStep: _, ...reached }: TrainResult,
  {
    checkpoint,
    engine,
    test,
  }: {
    checkpoint: string;
    engine: Pick<Engine, "name" | "threads" | "blas">;
    test: Evaluation | undefined;
  },
): object {
  return {
    checkpoint,
    engine: engine.name,
    threads: engine.threads,
    blas: engine.blas ?? null,
    ...reached,
    validBitsPerChar: reached.validNats === null ? null : bitsPerChar(reached.validNats),
    validPerplexity: reached.validNats === null ? null : perplexity(reached.validNats),
    ...(test && { testNats: test.nats, testBitsPerChar: test.bitsPerChar, testPerplexity: test.perplexity }),
  };
}
