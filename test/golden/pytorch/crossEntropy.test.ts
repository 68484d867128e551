/** crossEntropy against torch.nn.functional.cross_entropy with ignore_index=-1. */
import { describe, test } from "vitest";
import { crossEntropy, sum, Tape } from "../../../src/autograd/index.ts";
import { candidates, expectClose, type GoldenArray, golden, gradientOf, valuesOf } from "./golden.ts";

type Reductions = Readonly<Record<"none" | "sum" | "mean", { loss: GoldenArray; gradient: GoldenArray }>>;

describe("cross-entropy that skips targets of -1 gives what PyTorch gives", () => {
  const { inputs, float64 } = golden<Reductions>("crossEntropy");
  for (const { name, tolerance, create, skip } of candidates) {
    for (const reduction of ["none", "sum", "mean"] as const) {
      test.skipIf(skip)(`${reduction}, on ${name}${skip ? ` (${skip})` : ""}`, async () => {
        const tape = new Tape(await create());
        tape.step(() => {
          const logits = tape.variable(inputs["logits"]!.values, inputs["logits"]!.shape);
          const loss = crossEntropy(logits, tape.ids(inputs["targets"]!.values), { reduction });
          tape.backward(reduction === "none" ? sum(loss) : loss);
          expectClose(valuesOf(loss), float64[reduction].loss, tolerance, "loss");
          expectClose(gradientOf(logits), float64[reduction].gradient, tolerance, "gradient");
        });
      });
    }
  }
});
