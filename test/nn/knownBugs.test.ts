/** Mistakes that other libraries make with recurrent dropout, each as a test that they would fail. */
import { describe, expect, test } from "vitest";
import {
  gruSequence,
  type Ids,
  KeptUnits,
  lstmSequence,
  maskOfKept,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { createEngine, type RandomKey, RandomStream, randomKey } from "../../src/engine/index.ts";
import { abilities, drawMasks, RecurrentStack, recurrentDropout, sites } from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const strict = await createEngine("strict");
const key = randomKey(7, "masks");
const [T, B, H] = [5, 3, 8] as const;
const sizes = { steps: T, rows: B, inputSize: H, hiddenSize: H, layers: 1, gates: 3 };

/** A GRU whose update gate is wide open: z = σ(30) = 1 to the last bit of float32, so h_t = h_{t-1}. */
function keeps(resetAfter: boolean, tie: string): number[] {
  const tape = new Tape(strict);
  return tape.step(() => {
    const masks = drawMasks(tape, recurrentDropout({ recurrent: 0.5, tie }), sizes, key, {
      window: 0,
      stream: 0,
    });
    const bias = Array.from({ length: 3 * H }, (_, k) => (k >= H && k < 2 * H ? 30 : 0));
    const { y } = gruSequence({
      x: tape.zeros([T, B, H]),
      h0: tape.tensor(new Float32Array(B * H).fill(1), [B, H]),
      wIh: tape.zeros([3 * H, H]),
      wHh: tape.zeros([3 * H, H]),
      bIh: tape.tensor(bias),
      recurrentMask: masks.recurrent[0]!,
      resetAfter,
    });
    return valuesOf(y);
  });
}

describe("tfjs GRU: the masked state is carried (kept units grow to 2^5 in 5 steps, dropped ones forget)", () => {
  test.each([true, false])(
    "an open update gate keeps the state under a mask, resetAfter %s",
    (resetAfter) => {
      for (const tie of ["sequence", "step", "batch"]) {
        expect(new Set(keeps(resetAfter, tie))).toEqual(new Set([1]));
      }
    },
  );
});

describe("a state that is to be kept keeps its value for 5 steps, and is neither scaled nor forgotten", () => {
  /** What an LSTM makes of h0 = c0 = 1 when i = σ(-30) · g = 0 and f = σ(30) = 1: h of every step, and the last c. */
  function openForgetGate(noise: "cellMask" | "candidateMask", values: readonly number[]): number[][] {
    const tape = new Tape(strict);
    return tape.step(() => {
      const ones = tape.tensor(new Float32Array(B * H).fill(1), [B, H]);
      const { y, c } = lstmSequence({
        x: tape.zeros([T, B, H]),
        h0: ones,
        c0: ones,
        wIh: tape.zeros([4 * H, H]),
        wHh: tape.zeros([4 * H, H]),
        bIh: tape.tensor(Array.from({ length: 4 * H }, (_, k) => [-30, 30, 0, 30][Math.floor(k / H)]!)),
        [noise]: tape.tensor(values, [1, B, H]),
      });
      return [valuesOf(y), valuesOf(c)];
    });
  }
  const isKept = (k: number): boolean => k % 3 !== 1;
  const units = Array.from({ length: B * H }, (_, k) => k);

  test("cell dropout: what its mask keeps stays 1, what it drops is 0", () => {
    const [y, c] = openForgetGate(
      "cellMask",
      units.map((k) => +isKept(k)),
    ) as [number[], number[]];
    expect(c).toEqual(units.map((k) => +isKept(k)));
    const out = Math.tanh(1);
    for (const [k, h] of y.entries()) expect(h).toBeCloseTo(isKept(k % (B * H)) ? out : 0, 6);
  });

  test("candidate dropout: a mask and its scale leave the memory alone", () => {
    const [, c] = openForgetGate(
      "candidateMask",
      units.map((k) => (isKept(k) ? 2 : 0)),
    ) as [number[], number[]];
    expect(new Set(c)).toEqual(new Set([1]));
  });

  test.each(["lstm", "gru, reset-after", "gru, reset-before"])(
    "zoneout, k = 1 on some units, with gates that would overwrite them: %s",
    (cell) => {
      const tape = new Tape(strict);
      const G = cell === "lstm" ? 4 : 3;
      const [y, c] = tape.step(() => {
        const random = new RandomStream(randomKey(3, cell));
        const drawn = (n: number): number[] => Array.from({ length: n }, () => 2 * random.uniform() - 1);
        const ones = tape.tensor(new Float32Array(B * H).fill(1), [B, H]);
        const keep = tape.tensor(
          units.map((k) => +isKept(k)),
          [1, B, H],
        );
        const inputs = {
          x: tape.tensor(drawn(T * B * H), [T, B, H]),
          h0: ones,
          wIh: tape.tensor(drawn(G * H * H), [G * H, H]),
          wHh: tape.tensor(drawn(G * H * H), [G * H, H]),
          recurrentMask: tape.tensor(
            units.map((k) => (k % 2 ? 0 : 2)),
            [1, 1, B, H],
          ),
          keepHidden: keep,
        };
        if (G === 4) {
          const lstm = lstmSequence({ ...inputs, c0: ones, keepCell: keep });
          return [valuesOf(lstm.y), valuesOf(lstm.c)];
        }
        return [valuesOf(gruSequence({ ...inputs, resetAfter: cell === "gru, reset-after" }).y), []];
      }) as [number[], number[]];
      for (const [k, h] of y.entries()) expect(h === 1, `h[${k}] = ${h}`).toBe(isKept(k % (B * H)));
      for (const [k, value] of c.entries()) expect(value === 1, `c[${k}] = ${value}`).toBe(isKept(k));
    },
  );
});

test("tfjs RNNCell: a mask is drawn once and never again", () => {
  const tape = new Tape(strict);
  const masks = Array.from({ length: 6 }, (_, window) =>
    tape.step(() =>
      valuesOf(
        drawMasks(tape, recurrentDropout({ recurrent: 0.5 }), sizes, key, { window, stream: 0 })
          .recurrent[0] as Tensor,
      ).join(),
    ),
  );
  expect(new Set(masks).size).toBe(6);
});

describe("awd-lstm-lm and Keras: evaluation is random, or its rate of 1.0 silently masks nothing", () => {
  function outputs(dropout: unknown, seed: RandomKey | undefined): number[] {
    const tape = new Tape(strict);
    const stack = new RecurrentStack(
      tape,
      { cell: "lstm", inputSize: 4, hiddenSize: H },
      new RandomStream(randomKey(1, "weights")),
    );
    return tape.step(() => {
      const x: Tensor | Ids = tape.tensor(
        Array.from({ length: T * B * 4 }, (_, k) => Math.sin(k)),
        [T, B, 4],
      );
      const masks =
        seed &&
        drawMasks(tape, recurrentDropout(dropout), { ...sizes, inputSize: 4, gates: 4 }, seed, {
          window: 0,
          stream: 0,
        });
      return valuesOf(stack.forward(x, { masks }).y);
    });
  }

  test("without masks the same numbers come out, whatever was drawn in between", () => {
    const before = outputs("gal:0.5", undefined);
    outputs("gal:0.5", key);
    expect(outputs("gal:0.5", undefined)).toEqual(before);
  });

  test("a configuration that masks nothing is evaluation, to the bit", () => {
    expect(outputs("none", key)).toEqual(outputs("gal", undefined));
    expect(outputs("gal:0", key)).toEqual(outputs("gal", undefined));
  });

  test("the seed of the masks is honoured", () => {
    expect(outputs("gal:0.5", key)).toEqual(outputs("gal:0.5", key));
    expect(outputs("gal:0.5", key)).not.toEqual(outputs("gal:0.5", randomKey(8, "masks")));
  });

  test("a rate of 1 is refused", () => {
    expect(() => recurrentDropout({ recurrent: 1 })).toThrow("rate must be a fraction");
  });
});

describe("keras#20276, tensorflow#11650: under masks on the state an LSTM's cell is scaled and dropped with it", () => {
  test.each(["sequence", "step", "stream", "batch", "batchStep"])(
    "an open forget gate keeps the cell for 5 steps, tie %s",
    (tie) => {
      const tape = new Tape(strict);
      const c = tape.step(() => {
        const masks = drawMasks(
          tape,
          recurrentDropout({ recurrent: 0.5, tie }),
          { ...sizes, gates: 4 },
          key,
          {
            ...{ window: 0, stream: 0 },
          },
        );
        const ones = tape.tensor(new Float32Array(B * H).fill(1), [B, H]);
        const pass = lstmSequence({
          ...{ x: tape.zeros([T, B, H]), h0: ones, c0: ones },
          ...{ wIh: tape.zeros([4 * H, H]), wHh: tape.zeros([4 * H, H]) },
          bIh: tape.tensor(Array.from({ length: 4 * H }, (_, k) => [-30, 30, 0, 30][Math.floor(k / H)]!)),
          recurrentMask: masks.recurrent[0]!,
        });
        return valuesOf(pass.c);
      });
      expect(new Set(c)).toEqual(new Set([1]));
    },
  );
});

/** A network with every site, and what it makes of rows that are all alike. */
function alikeRows(dropout: unknown, window = 0): string[] {
  const D = 12;
  const tape = new Tape(strict);
  const stack = new RecurrentStack(
    tape,
    { inputSize: D, hiddenSize: H, layers: 2 },
    new RandomStream(randomKey(1, "weights")),
  );
  return tape.step(() => {
    const x = tape.tensor(
      Array.from({ length: T * B * D }, (_, k) => Math.sin(Math.floor(k / (B * D)) + (k % D))),
      [T, B, D],
    );
    const of = { ...sizes, inputSize: D, gates: 4, layers: 2 };
    const masks = drawMasks(tape, recurrentDropout(dropout), of, key, { window, stream: window });
    const { y } = stack.forward(x, { masks });
    const out = masks.output;
    const factors = out && valuesOf(out instanceof KeptUnits ? maskOfKept(out, [1, B, H]) : out);
    const values = valuesOf(y).map((h, k) => h * (factors?.[k % factors.length] ?? 1));
    return Array.from({ length: B }, (_, b) =>
      Array.from({ length: T }, (_, t) => values.slice((t * B + b) * H, (t * B + b + 1) * H)).join(),
    );
  });
}

/** The sites of a stack, each with the ties that it can have. */
const ofStack = sites.filter((site) => !["embedding", "token", "feedForward"].includes(site));
const tiesOf = ofStack.flatMap((site) => abilities[site].ties.map((tie) => [site, tie] as const));
const isForAllRows = (site: string, tie: string): boolean =>
  tie === "batch" || tie === "batchStep" || site.endsWith("Weights");

describe("dynet#812: one mask for the minibatch", () => {
  test.each(tiesOf)(
    "%s tied to %s: rows that are alike come out differently, unless it says that it is for all",
    (site, tie) => {
      // of a few units two rows may have one mask by chance, but not in three windows
      const alike = [0, 1, 2].map(
        (window) => new Set(alikeRows({ [site]: { rate: 0.5, tie } }, window)).size,
      );
      if (isForAllRows(site, tie)) expect(alike).toEqual([1, 1, 1]);
      else expect(Math.max(...alike)).toBe(B);
    },
  );
});

test.each(tiesOf)(
  "tensorflow#29391: %s tied to %s is drawn anew in the next window or stream",
  (site, tie) => {
    const windows = [0, 1, 2, 3].map((window) => alikeRows({ [site]: { rate: 0.5, tie } }, window).join());
    expect(new Set(windows).size).toBe(4);
  },
);

describe("Keras: a rate of 1 silently masks nothing", () => {
  test.each(sites)("%s: refused by name; and the largest rate that is none masks nearly all", (site) => {
    expect(() => recurrentDropout({ [site]: 1 })).toThrow(`dropout.${site}: rate must be a fraction.`);
    expect(() => recurrentDropout({ [site]: { rate: 1 } })).toThrow(
      `dropout.${site}: rate must be a fraction.`,
    );
    expect(recurrentDropout({ [site]: 1 - 2 ** -20 }).sites[site]!.rate).toBe(1 - 2 ** -20);
  });
});

describe("awd-lstm-lm#72 and Better_LSTM#7 in a stack: weight drop stays on in evaluation, or in the weights", () => {
  test("without masks the weights are what they were, to the bit, however many windows were trained under masks", () => {
    const tape = new Tape(strict);
    const stack = new RecurrentStack(
      tape,
      { inputSize: 4, hiddenSize: H },
      new RandomStream(randomKey(1, "weights")),
    );
    const U = stack.parameters.get("weight_hh_l0")!;
    const before = valuesOf(U);
    const run = (window?: number): string =>
      tape.step(() => {
        const x = tape.tensor(new Float32Array(T * B * 4).fill(0.5), [T, B, 4]);
        const masks =
          window === undefined
            ? undefined
            : drawMasks(tape, recurrentDropout("awdLstm2017"), { ...sizes, inputSize: 4, gates: 4 }, key, {
                window,
                stream: 0,
              });
        return valuesOf(stack.forward(x, { masks }).y).join();
      });
    const evaluated = run();
    expect(new Set([run(0), run(1), run(2), evaluated]).size).toBe(4);
    expect(run()).toBe(evaluated);
    expect(valuesOf(U)).toEqual(before);
  });
});
