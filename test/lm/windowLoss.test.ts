/** What a window is trained on: its value against formulas written out here, its gradient in float64. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { type RandomKey, randomKey } from "../../src/engine/index.ts";
import {
  LanguageModel,
  type MaskSource,
  type ModelConfig,
  type TrainingOptions,
  trainingConfig,
} from "../../src/lm/index.ts";
import { type WindowLoss, windowLoss } from "../../src/lm/windowLoss.ts";
import { recurrentDropout } from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";
import { TOLERANCE, worstGradientError } from "./worstGradientError.ts";

const [T, B, V, H] = [4, 2, 5, 3] as const;
const everywhere = { embedding: 0.3, input: 0.3, recurrent: 0.3, layers: 0.3, output: 0.3 };
const inputs = [0, 4, 2, 2, 1, 4, 0, 3];
const targets = [2, 2, 1, 4, 0, 3, 1, 1];
const key: RandomKey = randomKey(3, "masks");

interface Setting {
  readonly tape: Tape;
  readonly model: LanguageModel;
  /** in an open step */
  readonly lossOf: (options: TrainingOptions) => WindowLoss;
  /** logits, raw and masked outputs of one pass */
  readonly passOf: (pass: number) => { logits: number[]; y: number[]; output: number[] };
}

function setting(shape: Partial<ModelConfig>, dropout: unknown = everywhere): Setting {
  const tape = new Tape(engineUnderTest());
  const model = new LanguageModel(tape, V, { hiddenSize: H, layers: 2, embeddingSize: 4, ...shape }, 11);
  const random = numbers("window loss");
  const values = Array.from({ length: 2 }, () => ({ h: random([B, H]), c: random([B, H]) }));
  const state = (): { h: ReturnType<Tape["tensor"]>; c?: ReturnType<Tape["tensor"]> }[] =>
    values.map(({ h, c }) => ({
      h: tape.tensor(h, [B, H]),
      ...(model.stack.cell.name === "lstm" ? { c: tape.tensor(c, [B, H]) } : {}),
    }));
  const masks: MaskSource = { dropout: recurrentDropout(dropout), key, window: 2, stream: 1 };
  return {
    tape,
    model,
    lossOf: (options) =>
      windowLoss(model, trainingConfig({ dropout, ...options } as TrainingOptions), {
        inputs: tape.ids(inputs, [T, B]),
        targets: tape.ids(targets, [T, B]),
        state: state(),
        masks,
      }),
    passOf: (pass) =>
      tape.step(() => {
        const { logits, y, output } = model.forward(tape.ids(inputs, [T, B]), {
          state: state(),
          masks: { ...masks, pass },
        });
        return { logits: valuesOf(logits), y: valuesOf(y), output: valuesOf(output) };
      }),
  };
}

const meanSquare = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x * x, 0) / values.length;

/** Log-probabilities of each row of logits. */
function logSoftmax(logits: readonly number[]): number[][] {
  return Array.from({ length: T * B }, (_, i) => {
    const row = logits.slice(i * V, (i + 1) * V);
    const normaliser = Math.log(row.reduce((sum, a) => sum + Math.exp(a), 0));
    return row.map((a) => a - normaliser);
  });
}

/** J of one pass, from its values. */
function naiveObjective(
  { logits, y, output }: ReturnType<Setting["passOf"]>,
  { alpha = 0, beta = 0, smoothing = 0 }: { alpha?: number; beta?: number; smoothing?: number },
): number {
  let loss = 0;
  for (const [i, logs] of logSoftmax(logits).entries())
    for (const [v, log] of logs.entries())
      loss -= (smoothing / V + (v === targets[i] ? 1 - smoothing : 0)) * log;
  const steps = y.slice(B * H).map((h, k) => h - y[k]!);
  return loss / (T * B) + alpha * meanSquare(output) + beta * meanSquare(steps);
}

const lossesOf = (setting: Setting, options: TrainingOptions): { objective: number; nats: number } =>
  setting.tape.step(() => {
    const { objective, nats } = setting.lossOf(options);
    return { objective: valuesOf(objective)[0]!, nats: valuesOf(nats)[0]! };
  });

describe("the objective", () => {
  const one = setting({});
  const first = one.passOf(0);
  const second = one.passOf(1);

  test("without additions is the cross-entropy itself", () => {
    one.tape.step(() => {
      const { objective, nats } = one.lossOf({});
      expect(objective).toBe(nats);
      expect(valuesOf(nats)[0]).toBeCloseTo(naiveObjective(first, {}), 12);
    });
  });

  test("adds AR of the masked output and TAR of the raw one, and reports neither", () => {
    expect(first.output).not.toEqual(first.y);
    const options = { activationPenalty: 2, temporalPenalty: 1.5, labelSmoothing: 0.2 };
    const { objective, nats } = lossesOf(one, options);
    expect(objective).toBeCloseTo(naiveObjective(first, { alpha: 2, beta: 1.5, smoothing: 0.2 }), 12);
    expect(nats).toBeCloseTo(naiveObjective(first, {}), 12);
  });

  test("has the same penalties under a mask tied to the batch, whose output is computed for them alone", () => {
    const batch = setting({}, { ...everywhere, tie: "batch" });
    const pass = batch.passOf(0);
    expect(pass.output).not.toEqual(pass.y);
    const options = { activationPenalty: 2, temporalPenalty: 1.5 };
    const { objective, nats } = lossesOf(batch, options);
    expect(objective).toBeCloseTo(naiveObjective(pass, { alpha: 2, beta: 1.5 }), 12);
    expect(nats).toBeCloseTo(naiveObjective(pass, {}), 12);
  });

  test("of fraternal dropout is half of both losses and κ times the mean square between the logits", () => {
    expect(second.logits).not.toEqual(first.logits);
    const { objective, nats } = lossesOf(one, { consistency: { name: "fraternal", weight: 0.7 } });
    const losses = (naiveObjective(first, {}) + naiveObjective(second, {})) / 2;
    expect(nats).toBeCloseTo(losses, 12);
    const apart = meanSquare(first.logits.map((a, k) => a - second.logits[k]!));
    expect(objective).toBeCloseTo(losses + 0.7 * apart, 12);
  });

  test("of R-Drop is half of both losses, penalties too, and α times the mean of both divergences", () => {
    const { objective, nats } = lossesOf(one, {
      consistency: { name: "rDrop", weight: 3 },
      temporalPenalty: 1,
    });
    const [p, q] = [logSoftmax(first.logits), logSoftmax(second.logits)];
    let divergence = 0;
    for (const [i, logs] of p.entries())
      for (const [v, a] of logs.entries()) {
        const b = q[i]![v]!;
        divergence += (Math.exp(a) * (a - b) + Math.exp(b) * (b - a)) / 2;
      }
    const both = (beta: number): number =>
      (naiveObjective(first, { beta }) + naiveObjective(second, { beta })) / 2;
    expect(objective).toBeCloseTo(both(1) + (3 * divergence) / (T * B), 12);
    expect(nats).toBeCloseTo(both(0), 12);
  });

  test("carries on the state of the first pass", () => {
    const stateOf = (options: TrainingOptions): number[][] =>
      one.tape.step(() => one.lossOf(options).state.map(({ h }) => valuesOf(h)));
    expect(stateOf({ consistency: "rDrop" })).toEqual(stateOf({}));
  });
});

describe.each([{ cell: "lstm" }, { cell: "gru" }] as const)("gradients of $cell", (cell) => {
  test.each<[string, TrainingOptions]>([
    ["AR", { activationPenalty: 2 }],
    ["TAR", { temporalPenalty: 2 }],
    ["label smoothing", { labelSmoothing: 0.3 }],
    ["fraternal dropout", { consistency: { name: "fraternal", weight: 0.7 } }],
    ["R-Drop", { consistency: { name: "rDrop", weight: 2 } }],
    [
      "all of them, with R-Drop",
      { activationPenalty: 2, temporalPenalty: 1, labelSmoothing: 0.1, consistency: "rDrop" },
    ],
  ])("under %s", (_, options) => {
    for (const dropout of [everywhere, { ...everywhere, tie: "step", gates: "perGate" }]) {
      const { model, lossOf } = setting(cell, dropout);
      expect(worstGradientError(model, () => lossOf(options).objective)).toBeLessThan(TOLERANCE);
    }
  });
});
