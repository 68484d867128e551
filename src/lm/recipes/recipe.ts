/** What a recipe is. */
import type { TrainingOptions } from "../trainingConfig.ts";

/** A recipe: what a paper trained with, as options that any other option given beside it overrides. */
export interface Recipe {
  readonly summary: string;
  readonly source: string;
  /** Plain JSON, as a file of `--config` has it. */
  readonly options: TrainingOptions;
  /** What the paper had otherwise: to be given beside `options`, for its size and length. */
  readonly published: TrainingOptions;
  /** What differs from the paper, and what is not part of it here. */
  readonly notes: readonly string[];
}
