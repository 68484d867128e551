/** What one run of a comparison came to, as its result.json has it. */
import type { Rates, TrainResult } from "../lm/index.ts";

/** The scores of a run and what they were reached with. */
export interface RunResult {
  /** name of the configuration */
  readonly config: string;
  readonly seed: number | string;
  /** nats per character on the test text, with the weights of the best validation */
  readonly testNats: number;
  readonly testBitsPerChar: number;
  readonly testPerplexity: number;
  /** nats per character */
  readonly validNats: number | null;
  readonly trainNats: number | null;
  /** updates at the best validation */
  readonly bestStep: number | null;
  /** fractions dropped that the network learned, by site; absent when it learned none */
  readonly learnedRates?: Rates;
  /** how rates followed the validation; absent when they did not */
  readonly dropoutAdjustment?: TrainResult["dropoutAdjustment"];
  readonly steps: number;
  readonly chars: number;
  readonly seconds: number;
  readonly charsPerSecond: number;
  readonly engine: string;
  readonly threads: number;
  readonly folder: string;
}
