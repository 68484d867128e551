import { createEngine } from "../../src/engine/index.ts";
import { runConformance } from "./runConformance.ts";

// exp within 2 ulp, which is 4 units; sigmoid and tanh within 2e-7, which is 3.4 units: see accuracy.test.ts
runConformance({ name: "strict", create: () => createEngine("strict"), tolerance: 4 });
