import { createReferenceEngine } from "../../src/engine/index.ts";
import { runConformance } from "./runConformance.ts";

runConformance({
  name: "float32 reference",
  create: () => createReferenceEngine({ precision: "float32" }),
  tolerance: 1, // computed in float64 and rounded once
});
