/** Training events as lines of a metrics file. */
import type { Rates } from "./concreteTerms.ts";
import type { AdjustmentDirection } from "./dropoutAdjustment.ts";
import type { TrainEvent } from "./events.ts";
import { bitsPerChar, perplexity } from "./metrics.ts";

/** One line of a metrics file: losses in nats per character, with the same in bits and as perplexity. */
export interface MetricsLine {
  readonly step: number;
  readonly epoch: number;
  readonly split: "train" | "valid";
  readonly nats: number;
  readonly bitsPerChar: number;
  readonly perplexity: number;
  /** of the update; absent for validation */
  readonly learningRate?: number;
  readonly gradientNorm?: number;
  readonly charsPerSecond?: number;
  /** of validation, where rates are learned: fractions dropped, by site */
  readonly learnedRates?: Rates;
  /** of validation, where rates follow it: what they are from here on */
  readonly dropoutRates?: Rates;
  /** present where this validation changed them */
  readonly dropoutChange?: AdjustmentDirection;
}

/**
 * The line of a step or validation event; undefined for other events.
 * @example const line = metricsLine(event); if (line) lines.write(line);
 */
export function metricsLine(event: TrainEvent): MetricsLine | undefined {
  if (event.type === "validation") {
    const { step, epoch, nats, learnedRates, dropoutRates, dropoutChange } = event;
    return {
      step,
      epoch,
      split: "valid",
      nats,
      bitsPerChar: event.bitsPerChar,
      perplexity: event.perplexity,
      ...(learnedRates ? { learnedRates } : {}),
      ...(dropoutRates ? { dropoutRates } : {}),
      ...(dropoutChange ? { dropoutChange } : {}),
    };
  }
  if (event.type !== "step") return undefined;
  const { step, epoch, loss, learningRate, gradientNorm, charsPerSecond } = event;
  return {
    step,
    epoch,
    split: "train",
    nats: loss,
    bitsPerChar: bitsPerChar(loss),
    perplexity: perplexity(loss),
    learningRate,
    gradientNorm,
    charsPerSecond,
  };
}
