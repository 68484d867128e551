/** The strict engine gives the same bits on every machine and version of Node. */
import { expect, test } from "vitest";
import { createEngine } from "../../src/engine/index.ts";
import { recordedRuns, trainedBits } from "./recordedBits.ts";

test.each(recordedRuns)("$name", async (run) => {
  expect(trainedBits(await createEngine("strict"), run)).toBe(run.bits);
});
