/** What one run of a comparison came to, as its result.json has it. */
import type { TrainResult } from "../lm/index.ts";

/** The scores of a run and what they were reached with. */
export interface RunResult extends TrainResult {
  /** name of the configuration */
  readonly config: string;
  readonly seed: number | string;
  /** nats per character on the test text, with the weights of the best validation */
  readonly testNats: number;
  readonly testBitsPerChar: number;
  readonly testPerplexity: number;
  readonly engine: string;
  readonly threads: number;
  readonly folder: string;
}
