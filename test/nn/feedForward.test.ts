/** The site `feedForward`: its masks, and a layer of one's own that is masked by the same rule. */
import { describe, expect, test } from "vitest";
import { KeptUnits, maskOfKept, relu, sum, Tape } from "../../src/autograd/index.ts";
import { createEngine, RandomStream, randomKey } from "../../src/engine/index.ts";
import {
  type ActivationSizes,
  activationMask,
  drawMasks,
  FeedForward,
  Linear,
  type MaskPosition,
  maskActivations,
  recurrentDropout,
} from "../../src/nn/index.ts";
import { expectClose } from "../autograd/expectClose.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";

const strict = await createEngine("strict");
const sizes: ActivationSizes = { steps: 5, rows: 3, units: 7 };
const here: MaskPosition = { window: 3, stream: 1 };
const key = randomKey(42, "masks");

/** The mask's shape and values, kept units written out for all rows. */
function drawn(
  rule: unknown,
  { of = sizes, at = here, by = key }: { of?: ActivationSizes; at?: MaskPosition; by?: typeof key } = {},
): { shape: readonly number[]; values: number[] } | undefined {
  const tape = new Tape(strict);
  return tape.step(() => {
    const mask = activationMask(tape, recurrentDropout({ feedForward: rule }), of, by, at);
    if (!mask) return undefined;
    const full = mask instanceof KeptUnits ? maskOfKept(mask, [1, of.rows, of.units]) : mask;
    return { shape: full.shape, values: valuesOf(full) };
  });
}

describe("masks", () => {
  test("have the shape of their tie, zeros and 1/(1 - p), and the rate", () => {
    expect(drawn(0.25)!.shape).toEqual([1, 3, 7]);
    expect(drawn({ rate: 0.25, tie: "step" })!.shape).toEqual([5, 3, 7]);
    expect(drawn({ rate: 0.25, kind: "drifting" })!.shape).toEqual([5, 3, 7]);
    const { values } = drawn(0.25, { of: { steps: 5, rows: 200, units: 100 } })!;
    expect([...new Set(values)].sort()).toEqual([0, Math.fround(4 / 3)]);
    const share = values.filter((m) => m === 0).length / values.length;
    expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 20000));
  });

  test("of a Gaussian rule have mean 1 and variance p/(1 - p)", () => {
    const { values } = drawn({ rate: 0.2, kind: "gaussian" }, { of: { steps: 5, rows: 200, units: 100 } })!;
    const mean = values.reduce((total, m) => total + m, 0) / values.length;
    const variance = values.reduce((total, m) => total + (m - 1) ** 2, 0) / values.length;
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.25 / 20000));
    expect(Math.abs(variance - 0.25)).toBeLessThan(5 * Math.sqrt(2 / 20000) * 0.25);
  });

  test("are those of the same seed, window and layer, and others beyond", () => {
    const first = drawn(0.5);
    expect(drawn(0.5)).toEqual(first);
    expect(drawn(0.5, { at: { window: 3, stream: 9 } })).toEqual(first);
    expect(drawn(0.5, { at: { window: 4, stream: 1 } })).not.toEqual(first);
    expect(drawn(0.5, { at: { ...here, pass: 1 } })).not.toEqual(first);
    expect(drawn(0.5, { of: { ...sizes, layer: 1 } })).not.toEqual(first);
    expect(drawn(0.5, { by: randomKey(43, "masks") })).not.toEqual(first);
    const ofStream = { rate: 0.5, tie: "stream" };
    expect(drawn(ofStream, { at: { window: 4, stream: 1 } })).toEqual(drawn(ofStream));
    expect(drawn(ofStream, { at: { window: 3, stream: 2 } })).not.toEqual(drawn(ofStream));
  });

  test("tied to the batch are that of row 0 in all rows", () => {
    const row = drawn(0.5)!.values.slice(0, 7);
    expect(drawn({ rate: 0.5, tie: "batch" })!.values).toEqual([...row, ...row, ...row]);
  });

  test("tied to batchStep are at each step that of row 0 under tie step in all rows", () => {
    const perStep = drawn({ rate: 0.5, tie: "step" })!.values;
    const rows = Array.from({ length: 5 }, (_, t) => perStep.slice(t * 21, t * 21 + 7));
    expect(new Set(rows.map(String)).size).toBe(5);
    expect(drawn({ rate: 0.5, tie: "batchStep" })).toEqual({
      ...{ shape: [5, 3, 7], values: rows.flatMap((row) => [...row, ...row, ...row]) },
    });
  });

  test("are none at rate 0, without the site, and where a schedule has not begun", () => {
    expect(drawn(0)).toBeUndefined();
    const warmUp = { rate: 0.5, schedule: "warmUp" };
    expect(drawn(warmUp, { at: { ...here, done: 0 } })).toBeUndefined();
    expect(drawn(warmUp, { at: { ...here, done: 1 } })).toBeDefined();
    const tape = new Tape(strict);
    tape.step(() => expect(activationMask(tape, recurrentDropout("gal"), sizes, key, here)).toBeUndefined());
  });

  test("are the same when all sites are drawn together", () => {
    const dropout = recurrentDropout({ feedForward: { rate: 0.4, tie: "step" }, recurrent: 0.5 });
    const tape = new Tape(strict);
    tape.step(() => {
      const all = drawMasks(
        tape,
        dropout,
        { steps: 5, rows: 3, inputSize: 2, hiddenSize: 4, layers: 1, gates: 3, feedForwardSize: 7 },
        key,
        here,
      );
      expect(valuesOf(all.feedForward as never)).toEqual(drawn({ rate: 0.4, tie: "step" })!.values);
    });
  });
});

describe("a layer of one's own", () => {
  const [T, B, H, F, V] = [5, 3, 4, 7, 2] as const;
  const random = numbers("own layer");
  const stream = (): RandomStream => new RandomStream(randomKey(1, "weights"));

  test.each(["sequence", "step", "batch", "batchStep"])(
    "is masked before what reads it, tied to the %s",
    (tie) => {
      const tape = new Tape(engineUnderTest());
      const hidden = new Linear(tape, { inputSize: H, outputSize: F }, stream());
      const decoder = new Linear(tape, { inputSize: F, outputSize: V }, stream());
      const values = random([T, B, H]);
      const run = (isFused: boolean): number[][] =>
        tape.step(() => {
          for (const { weight } of [hidden, decoder])
            if (weight.gradientPtr) tape.engine.fill(weight.size, weight.gradientPtr, 0);
          const y = tape.tensor(values, [T, B, H]);
          const dropout = recurrentDropout({ feedForward: { rate: 0.4, tie } });
          const mask = activationMask(tape, dropout, { steps: T, rows: B, units: F }, key, here);
          const f = relu(hidden.forward(y));
          const logits = isFused ? decoder.forward(f, mask) : decoder.forward(maskActivations(f, mask));
          tape.backward(sum(logits));
          return [valuesOf(logits), gradientOf(hidden.weight), gradientOf(decoder.weight)];
        });
      const [fused, apart] = [run(true), run(false)];
      for (const [k, numbersOf] of fused.entries()) expectClose(numbersOf, apart[k]!, 1e-12);
      // and against the equation, number by number
      const [w, b] = [valuesOf(decoder.weight), valuesOf(decoder.bias!)];
      const [wh, bh] = [valuesOf(hidden.weight), valuesOf(hidden.bias!)];
      const mask = drawn({ rate: 0.4, tie }, { of: { steps: T, rows: B, units: F } })!;
      const expected = Array.from({ length: T * B * V }, (_, k) => {
        const [t, r, v] = [Math.floor(k / (B * V)), Math.floor(k / V) % B, k % V];
        let logit = b[v]!;
        for (let u = 0; u < F; u++) {
          let z = bh[u]!;
          for (let j = 0; j < H; j++) z += wh[u * H + j]! * values[(t * B + r) * H + j]!;
          const m = mask.values[((mask.shape[0] === 1 ? 0 : t) * B + r) * F + u]!;
          logit += w[v * F + u]! * Math.max(0, z) * m;
        }
        return logit;
      });
      expectClose(fused[0]!, expected, 1e-6); // the masks above are of a float32 engine
    },
  );

  test("of the kind FeedForward is a tanh of an affine map, of a masked input when a mask is given", () => {
    const tape = new Tape(engineUnderTest());
    const layer = new FeedForward(tape, { inputSize: 2, outputSize: 1 }, stream());
    expect([...layer.parameters.keys()]).toEqual(["weight", "bias"]);
    tape.assign(layer.parameters.get("weight")!, [0.5, -1]);
    tape.assign(layer.parameters.get("bias")!, [0.25]);
    tape.step(() => {
      const y = tape.tensor([1, 2, 3, 4], [2, 1, 2]);
      expectClose(valuesOf(layer.forward(y)), [Math.tanh(-1.25), Math.tanh(-2.25)], 1e-15);
      const mask = tape.tensor([2, 0], [1, 1, 2]);
      expectClose(valuesOf(layer.forward(y, mask)), [Math.tanh(1.25), Math.tanh(3.25)], 1e-15);
    });
    expect(
      () => new FeedForward(tape, { inputSize: 2, outputSize: 1, bias: false } as never, stream()),
    ).toThrow('FeedForward: unknown key "bias"');
  });
});
