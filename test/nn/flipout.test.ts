/** Flipout: what is drawn, one perturbed matrix for each row, and that a batch averages its noise away. */
import { describe, expect, test } from "vitest";
import { mul, sum, Tape, type Tensor } from "../../src/autograd/index.ts";
import {
  createEngine,
  createReferenceEngine,
  type Engine,
  RandomStream,
  randomKey,
} from "../../src/engine/index.ts";
import {
  drawMasks,
  type MaskPosition,
  type MaskSizes,
  RecurrentStack,
  recurrentDropout,
  type WeightFlips,
} from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { gradientOf, numbers, valuesOf } from "../gradients/numbers.ts";
import { naiveLayer } from "./naiveSchemes.ts";

const strict = await createEngine("strict");
const sizes: MaskSizes = { steps: 5, rows: 6, inputSize: 7, hiddenSize: 9, layers: 2, gates: 4 };
const here: MaskPosition = { window: 3, stream: 1 };
const seed = randomKey(42, "masks");

interface Options {
  readonly rule?: object;
  readonly at?: MaskPosition;
  readonly of?: MaskSizes;
  readonly engine?: Engine;
  readonly key?: typeof seed;
}

/** Flipout as it is drawn for both weights of layer 1. */
function draw({
  rule,
  at = here,
  of = sizes,
  engine = strict,
  key = seed,
}: Options = {}): Record<"inputWeights" | "recurrentWeights", Record<keyof WeightFlips, number[]>> {
  const tape = new Tape(engine);
  const whole = { rate: 0.4, kind: "flipout", ...rule };
  return tape.step(() => {
    const dropout = recurrentDropout({ inputWeights: whole, recurrentWeights: whole });
    const { inputFlips, recurrentFlips } = drawMasks(tape, dropout, of, key, at);
    const read = ({ noise, outputSigns, inputSigns }: WeightFlips): Record<keyof WeightFlips, number[]> => ({
      noise: valuesOf(noise),
      outputSigns: valuesOf(outputSigns),
      inputSigns: valuesOf(inputSigns),
    });
    return { inputWeights: read(inputFlips![1]!), recurrentWeights: read(recurrentFlips![1]!) };
  });
}

describe("what is drawn", () => {
  test("noise [GH, K] and signs [B, GH] and [B, K], beside no mask that all rows share", () => {
    const tape = new Tape(strict);
    tape.step(() => {
      const dropout = recurrentDropout({ kind: "flipout", inputWeights: 0.5, recurrentWeights: [0, 0.5] });
      const masks = drawMasks(tape, dropout, sizes, seed, here);
      expect([masks.inputWeights, masks.recurrentWeights]).toEqual([undefined, undefined]);
      const shapes = (flips: WeightFlips | undefined): unknown =>
        flips && [flips.noise.shape, flips.outputSigns.shape, flips.inputSigns.shape];
      expect(masks.inputFlips!.map(shapes)).toEqual([
        [
          [36, 7],
          [6, 36],
          [6, 7],
        ],
        [
          [36, 9],
          [6, 36],
          [6, 9],
        ],
      ]);
      expect(masks.recurrentFlips!.map(shapes)).toEqual([
        undefined,
        [
          [36, 9],
          [6, 36],
          [6, 9],
        ],
      ]);
    });
  });

  test("the noise is that of the mask that all rows would share, less 1", () => {
    for (const [noise, kind] of [
      ["gaussian", "gaussian"],
      ["bernoulli", "bernoulli"],
    ]) {
      const tape = new Tape(strict);
      const shared = tape.step(() => {
        const dropout = recurrentDropout({ recurrentWeights: { rate: 0.5, kind } });
        return valuesOf(drawMasks(tape, dropout, sizes, seed, here).recurrentWeights![1]!);
      });
      const { recurrentWeights } = draw({ rule: { rate: 0.5, noise } });
      expect(recurrentWeights.noise).toEqual(shared.map((m) => Math.fround(m - 1)));
      if (noise === "bernoulli") expect([...new Set(recurrentWeights.noise)].sort()).toEqual([-1, 1]);
    }
  });

  test("signs are fair, and those of outputs, inputs, rows, weights, layers and seeds are not the same", () => {
    const of = { ...sizes, rows: 50 };
    const { inputWeights, recurrentWeights } = draw({ of });
    const other = draw({ of, key: randomKey(43, "masks") }).recurrentWeights;
    const lists = [inputWeights, recurrentWeights, other].flatMap(({ outputSigns, inputSigns }) => [
      outputSigns,
      inputSigns,
    ]);
    const rows = lists.flatMap((list) => [
      list.slice(0, 9),
      list.slice(list.length / 50, list.length / 50 + 9),
    ]);
    expect(new Set(rows.map((row) => row.join())).size).toBe(rows.length);
    for (const list of lists) {
      expect([...new Set(list)].sort()).toEqual([-1, 1]);
      const mean = list.reduce((total, sign) => total + sign, 0) / list.length;
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(list.length));
    }
  });

  test("again the same in the same place, on another engine, and in a batch of other rows", () => {
    expect(draw()).toEqual(draw());
    expect(draw({ engine: createReferenceEngine({ precision: "float32" }) })).toEqual(draw());
    const fewer = draw({ of: { ...sizes, rows: 2 } }).recurrentWeights;
    const { noise, outputSigns, inputSigns } = draw().recurrentWeights;
    expect(fewer).toEqual({
      noise,
      outputSigns: outputSigns.slice(0, 72),
      inputSigns: inputSigns.slice(0, 18),
    });
  });

  test("anew in each window and pass; tied to the stream, in each stream and only then", () => {
    const all = (options: Options): string[] => Object.values(draw(options).recurrentWeights).map(String);
    const places = [here, { ...here, window: 4 }, { ...here, pass: 1 }];
    const drawn = places.map((at) => all({ at }));
    for (const part of [0, 1, 2]) expect(new Set(drawn.map((parts) => parts[part])).size).toBe(3);
    const rule = { tie: "stream" };
    expect(all({ rule, at: { window: 4, stream: 1 } })).toEqual(all({ rule }));
    for (const [part, values] of all({ rule, at: { window: 3, stream: 2 } }).entries())
      expect(values).not.toBe(all({ rule })[part]);
  });
});

const identity = (): number => 1;
const nothing = (): number => 0;
const cells = ["lstm", "gru, reset-after", "gru, reset-before"] as const;
const [T, B, D, H] = [4, 5, 3, 6] as const;

/** A network of one layer, and the window that it reads. */
function network(
  cell: (typeof cells)[number],
  engine = engineUnderTest(),
): { tape: Tape; stack: RecurrentStack; x: number[] } {
  const tape = new Tape(engine);
  const options =
    cell === "lstm" ? { cell } : { cell: "gru" as const, resetAfter: cell === "gru, reset-after" };
  const stack = new RecurrentStack(
    tape,
    { ...options, inputSize: D, hiddenSize: H },
    new RandomStream(randomKey(1, "weights")),
  );
  return { tape, stack, x: numbers("flipout")([T, B, D]) };
}

const sizesOf = (cell: string): MaskSizes => ({
  ...{ steps: T, rows: B, inputSize: D, hiddenSize: H, layers: 1 },
  gates: cell === "lstm" ? 4 : 3,
});

describe.each(cells)("%s", (cell) => {
  test("each row is a network of its own, whose weights are W + ΔW ⊙ (r sᵀ) (Wen et al. 2018, §3.1)", () => {
    const { tape, stack, x } = network(cell);
    tape.step(() => {
      const dropout = recurrentDropout({ kind: "flipout", inputWeights: 0.4, recurrentWeights: 0.5 });
      const masks = drawMasks(tape, dropout, sizesOf(cell), seed, here);
      const got = valuesOf(stack.forward(tape.tensor(x, [T, B, D]), { masks }).y);
      const weight = (name: string): number[] => valuesOf(stack.parameters.get(`${name}_l0`)!);
      for (let b = 0; b < B; b++) {
        const perturbed = (name: string, { noise, outputSigns, inputSigns }: WeightFlips): number[] => {
          const [rows, K] = noise.shape as [number, number];
          const [w, e] = [weight(name), valuesOf(noise)];
          const r = valuesOf(outputSigns).slice(b * rows, (b + 1) * rows);
          const s = valuesOf(inputSigns).slice(b * K, (b + 1) * K);
          return w.map((mean, k) => mean + mean * e[k]! * r[Math.floor(k / K)]! * s[k % K]!);
        };
        const alone = naiveLayer(
          cell,
          H,
          Array.from({ length: T }, (_, t) => [x.slice((t * B + b) * D, (t * B + b + 1) * D)]),
          {
            wIh: perturbed("weight_ih", masks.inputFlips![0]!),
            wHh: perturbed("weight_hh", masks.recurrentFlips![0]!),
            bIh: weight("bias_ih"),
            bHh: weight("bias_hh"),
          },
          {
            ...{ x: identity, h: identity, candidate: identity, cell: identity },
            ...{ keepCell: nothing, keepHidden: nothing },
            ...{ inputWeights: identity, recurrentWeights: identity },
          },
        );
        for (let t = 0; t < T; t++)
          for (let j = 0; j < H; j++)
            expect(Math.abs(got[(t * B + b) * H + j]! - alone[t]![0]![j]!)).toBeLessThan(1e-12);
      }
    });
  });

  test("signs that are all 1 are the noise that all rows share", () => {
    const { tape, stack, x } = network(cell);
    const under = (signs: boolean): number[] =>
      tape.step(() => {
        const rule = { rate: 0.5, kind: signs ? "flipout" : "gaussian" };
        const dropout = recurrentDropout({ inputWeights: rule, recurrentWeights: rule });
        const masks = drawMasks(tape, dropout, sizesOf(cell), seed, here);
        for (const { outputSigns, inputSigns } of [masks.inputFlips, masks.recurrentFlips].flatMap(
          (list) => list?.map((flips) => flips!) ?? [],
        ))
          for (const { ptr, size } of [outputSigns, inputSigns]) tape.engine.fill(size, ptr, 1);
        return valuesOf(stack.forward(tape.tensor(x, [T, B, D]), { masks }).y);
      });
    const shared = under(false);
    for (const [k, y] of under(true).entries()) expect(Math.abs(y - shared[k]!)).toBeLessThan(1e-12);
  });
});

/**
 * The variance of the mean gradient of a batch whose rows all read the same, so that noise alone moves it: summed over the
 * elements of U, from `WINDOWS` draws.
 */
const WINDOWS = 400;
function gradientVariance(cell: (typeof cells)[number], kind: "flipout" | "gaussian", rows: number): number {
  const { tape, stack, x } = network(cell, strict);
  const parameter = stack.parameters.get("weight_hh_l0") as Tensor;
  const dropout = recurrentDropout({ recurrentWeights: { rate: 0.1, kind } });
  const same = Array.from({ length: T * rows }, (_, k) => {
    const t = Math.floor(k / rows);
    return x.slice(t * D, (t + 1) * D);
  });
  const loss = numbers("loss")([T, rows, H], -1, 1).map((_, k, all) => all[k % H]!); // the same for every row
  const total = new Float64Array(parameter.size);
  const squares = new Float64Array(parameter.size);
  for (let window = 0; window < WINDOWS; window++) {
    tape.step(() => {
      for (const tensor of stack.parameters.values())
        if (tensor.gradientPtr) tape.engine.fill(tensor.size, tensor.gradientPtr, 0);
      const masks = drawMasks(tape, dropout, { ...sizesOf(cell), rows }, seed, { window, stream: 0 });
      const { y } = stack.forward(tape.tensor(same.flat(), [T, rows, D]), { masks });
      tape.backward(sum(mul(y, tape.tensor(loss, [T, rows, H]))));
    });
    for (const [k, sumOfRows] of gradientOf(parameter).entries()) {
      total[k]! += sumOfRows / rows / WINDOWS;
      squares[k]! += (sumOfRows / rows) ** 2 / WINDOWS;
    }
  }
  return squares.reduce((all, square, k) => all + square - total[k]! ** 2, 0);
}

describe("the variance of a batch's gradient beside that of one row", () => {
  test.each(cells)(
    "%s: falls as 1/N under Flipout, and not at all under noise that all rows share",
    (cell) => {
      const shared = gradientVariance(cell, "gaussian", 1);
      expect(gradientVariance(cell, "gaussian", 8) / shared).toBeCloseTo(1, 4);
      // a variance of WINDOWS draws is known to about sqrt(2 / WINDOWS) of itself, 7 %, and the ratio of two to 10 %
      const one = gradientVariance(cell, "flipout", 1);
      expect(Math.abs(one / shared - 1)).toBeLessThan(0.4);
      for (const rows of [4, 16]) {
        const ratio = (rows * gradientVariance(cell, "flipout", rows)) / one;
        expect(ratio).toBeGreaterThan(0.7);
        expect(ratio).toBeLessThan(1.4);
      }
    },
  );
});
