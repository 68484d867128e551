import { expect, test } from "vitest";
import { createEngine, type Engine } from "../../src/engine/index.ts";
import { runConformance } from "./runConformance.ts";

let engine: Engine | undefined;
let reason = "";
try {
  engine = await createEngine("relaxed");
} catch (error) {
  reason = (error as Error).message;
}

if (engine) {
  const present = engine;
  runConformance({ name: "relaxed", create: () => present, tolerance: 4 });
} else {
  test.skip(`the relaxed engine conforms to the reference (skipped: ${reason})`, () => {
    expect.unreachable();
  });
}
