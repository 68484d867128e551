/** What a training run says while it goes: progress bars, metric files, reports and tests all read these. */

import type { Rates } from "./concreteTerms.ts";
import type { AdjustmentDirection } from "./dropoutAdjustment.ts";

export type TrainEvent =
  | {
      readonly type: "start";
      readonly step: number;
      readonly engine: string;
      /** threads that share the work, this one included */
      readonly threads: number;
      readonly parameters: number;
      readonly dropout: string;
      readonly batchesPerEpoch: number;
      readonly totalSteps: number | null;
    }
  | StepEvent
  | ValidationEvent
  | AdjustmentEvent
  /** Validation stopped getting better, and NT-ASGD averages from here on. */
  | { readonly type: "averaging"; readonly step: number }
  | { readonly type: "sample"; readonly step: number; readonly text: string }
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly type: "end"; readonly step: number; readonly reason: EndReason; readonly result: TrainResult };

/** After each update. */
export interface StepEvent {
  readonly type: "step";
  /** updates so far */
  readonly step: number;
  /** passes over the text so far, as a fraction */
  readonly epoch: number;
  /** nats per character of this window, under its masks; penalties and smoothing are no part of it */
  readonly loss: number;
  /** global norm before clipping */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** of training alone, over this run so far */
  readonly charsPerSecond: number;
  /** share of the run that is done, in [0, 1] */
  readonly progress: number;
  /** estimate; null while unknown */
  readonly secondsLeft: number | null;
}

/** After each evaluation on the validation text. */
export interface ValidationEvent {
  readonly type: "validation";
  readonly step: number;
  readonly epoch: number;
  /** nats per character on the validation text, without masks */
  readonly nats: number;
  readonly bitsPerChar: number;
  readonly perplexity: number;
  /** mean training loss since the last evaluation, nats per character, under masks */
  readonly trainNats: number;
  /** whether this is the best so far */
  readonly isBest: boolean;
  readonly bestNats: number;
  /** whether it is of the averages of the weights */
  readonly isAveraged: boolean;
  /** fractions dropped that the network has learned so far; absent when it learns none */
  readonly learnedRates?: Rates;
  /** rates of dropout from here on, where they follow the validation; else absent */
  readonly dropoutRates?: Rates;
  /** present where this validation changed them */
  readonly dropoutChange?: AdjustmentDirection;
}

/** After a validation that changed the rates of dropout. */
export interface AdjustmentEvent {
  readonly type: "dropoutAdjustment";
  readonly step: number;
  readonly direction: AdjustmentDirection;
  /** by which the rates of the configuration are multiplied from here on */
  readonly factor: number;
  /** what they are then */
  readonly rates: Rates;
  /** nats per character, which with `bestNats` is the reason */
  readonly trainNats: number;
  readonly bestNats: number;
}

/** Why a run ended. */
export type EndReason = "steps" | "epochs" | "seconds" | "earlyStopping" | "interrupted";

/** What a run came to. */
export interface TrainResult {
  readonly steps: number;
  /** characters trained on, over all sessions of the run */
  readonly chars: number;
  /** seconds of training and evaluation, over all sessions of the run */
  readonly seconds: number;
  readonly charsPerSecond: number;
  /** mean training loss since the last evaluation but one, nats per character; null before the first update */
  readonly trainNats: number | null;
  /** best on the validation text, nats per character; null without one */
  readonly validNats: number | null;
  readonly bestStep: number | null;
  /** fractions dropped that belong to the weights that are kept; absent when the network learns none */
  readonly learnedRates?: Rates;
  /** how rates followed the validation, and where they are; absent when they do not */
  readonly dropoutAdjustment?: {
    readonly factor: number;
    readonly raised: number;
    readonly lowered: number;
    readonly rates: Rates;
  };
}
