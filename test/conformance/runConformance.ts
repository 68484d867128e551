/** The one suite that every engine has to pass. */
import { beforeAll, describe, test } from "vitest";
import type { Engine, Kernels } from "../../src/engine/index.ts";
import { elementwiseKernels } from "./elementwiseKernels.ts";
import { gemmKernel } from "./gemmKernel.ts";
import { gruKernels } from "./gruKernels.ts";
import { lstmKernels } from "./lstmKernels.ts";
import { maskedRowKernels } from "./maskedRowKernels.ts";
import { maskKernel } from "./maskKernel.ts";
import { movementKernels } from "./movementKernels.ts";
import { normKernels } from "./normKernels.ts";
import { optimizerKernels } from "./optimizerKernels.ts";
import { Pair, UNIT } from "./pair.ts";
import { rowKernels } from "./rowKernels.ts";
import { rowProducts } from "./rowProducts.ts";

/** An engine and what is asked of it. */
export interface ConformanceOptions {
  /** Stands in the names of the tests. */
  readonly name: string;
  readonly create: () => Engine | Promise<Engine>;
  /**
   * The error of exp and log (relative to the result) and of sigmoid and tanh (absolute), in units of one float32
   * rounding, 2^-24. 1 is correctly rounded.
   */
  readonly tolerance: number;
  /** Kernels that this engine does not have, each with a reason. */
  readonly skip?: readonly { readonly kernel: keyof Kernels; readonly reason: string }[];
}

/** What a group of kernels is given to state its claims with. */
export interface Claims {
  /** One test: `body` runs the kernel on both engines and compares. */
  claim(kernel: keyof Kernels, text: string, body: (pair: Pair) => void): void;
  /** The error of the engine's elementary functions, as a number. */
  readonly functionError: number;
}

/**
 * Declares the tests of one engine. Call it once in a test file.
 *
 * @example runConformance({ name: "strict", create: () => createEngine("strict"), tolerance: 4 });
 */
export function runConformance({ name, create, tolerance, skip = [] }: ConformanceOptions): void {
  describe(`the ${name} engine conforms to the reference`, () => {
    let pair: Pair;
    beforeAll(async () => {
      pair = new Pair(await create());
    });
    const claims: Claims = {
      functionError: tolerance * UNIT,
      claim(kernel, text, body) {
        const reason = skip.find((skipped) => skipped.kernel === kernel)?.reason;
        test.skipIf(reason)(`${kernel}: ${text}${reason ? ` (skipped: ${reason})` : ""}`, () => body(pair));
      },
    };
    elementwiseKernels(claims);
    movementKernels(claims);
    gemmKernel(claims);
    rowKernels(claims);
    rowProducts(claims);
    normKernels(claims);
    lstmKernels(claims);
    gruKernels(claims);
    maskKernel(claims);
    maskedRowKernels(claims);
    optimizerKernels(claims);
  });
}
