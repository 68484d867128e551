/** What a comparison and its worker processes say to each other. */
import type { TrainEvent } from "../lm/index.ts";
import type { Run } from "./runPlan.ts";
import type { RunResult } from "./runResult.ts";

export type ToWorker =
  | {
      readonly type: "run";
      readonly run: Run;
      readonly threads: number;
      readonly blas?: string | undefined;
    }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "event"; readonly event: TrainEvent }
  | { readonly type: "done"; readonly result: RunResult | null }
  | { readonly type: "failed"; readonly message: string };
