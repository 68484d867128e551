export { type ComparisonConfig, comparisonConfig } from "./comparisonConfig.ts";
export { demoComparison } from "./demo.ts";
export {
  type ComparisonEvent,
  type ComparisonResult,
  type RunComparisonOptions,
  runComparison,
} from "./runComparison.ts";
export type { RunResult } from "./runResult.ts";
export {
  type BootstrapOptions,
  blockedDifferences,
  bootstrapInterval,
  type Difference,
  holm,
  type Interval,
  type PairedDifference,
  pairedDifference,
  perplexityOf,
  perplexityRatioOf,
  type Summary,
  signFlipP,
  studentTCdf,
  studentTQuantile,
  summarise,
  welch,
} from "./statistics/index.ts";
export { type SummaryRow, summariseRuns } from "./summary.ts";
export { VERSION } from "./version.ts";
