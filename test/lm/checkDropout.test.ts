/** The proof of a dropout: that right networks pass it, under every preset and cell, and that each check can fail. */
import { describe, expect, test } from "vitest";
import { scale, Tape, Tensor } from "../../src/autograd/index.ts";
import { createEngine, createReferenceEngine, type RandomKey, randomKey } from "../../src/engine/index.ts";
import {
  checkDropout,
  type DropoutFunctions,
  LanguageModel,
  type MaskSource,
  type ModelConfig,
} from "../../src/lm/index.ts";
import {
  drawMasks,
  type MaskPosition,
  presetNames,
  type RecurrentDropout,
  recurrentDropout,
  type SiteRule,
} from "../../src/nn/index.ts";
import { valuesOf } from "../gradients/numbers.ts";

const strict = await createEngine("strict");
const sizes = { batchSize: 5, sequenceLength: 6, seed: 1 };

function modelUnder(
  dropout: unknown,
  config: Partial<ModelConfig> = {},
  tape = new Tape(strict),
): LanguageModel {
  return new LanguageModel(
    tape,
    11,
    { hiddenSize: 9, embeddingSize: 7, ...config, dropout: recurrentDropout(dropout) },
    3,
  );
}

/** What fails: "site check" of each finding that is not ok. */
function failures(
  dropout: unknown,
  functions: Partial<DropoutFunctions> = {},
  config: Partial<ModelConfig> = {},
): string[] {
  return checkDropout(modelUnder(dropout, config), sizes, functions)
    .filter(({ ok }) => !ok)
    .map(({ site, check }) => `${site} ${check}`);
}

const cells: Record<string, Partial<ModelConfig>> = {
  lstm: { cell: "lstm" },
  "gru, reset-after": { cell: "gru" },
  "gru, reset-before, one-hot": { cell: "gru", resetAfter: false, embeddingSize: 0 },
  "lstm, its last layer of the embedding's width": { cell: "lstm", lastHiddenSize: 7, tieEmbeddings: true },
  "layer-normalised lstm": { cell: "lstm", layerNorm: true },
  "layer-normalised gru": { cell: "gru", layerNorm: true },
  "gru under a feed-forward layer": { cell: "gru", feedForwardSize: 7, tieEmbeddings: true },
};

const specifications: Record<string, unknown> = {
  ...Object.fromEntries(presetNames.map((name) => [name, name])),
  "ties of all kinds": {
    ...{ embedding: { rate: 0.3, tie: "step" }, token: 0.2, input: { rate: 0.2, tie: "stream" } },
    ...{ recurrent: { rate: 0.4, tie: "batch", gates: "perGate" }, candidate: { rate: 0.1, tie: "stream" } },
    ...{ layers: { rate: 0.3, gates: "perGate", tie: "step" }, output: { rate: 0.1, tie: "batch" } },
    feedForward: { rate: 0.3, tie: "batch" },
  },
  "one mask for all rows at each step": {
    ...{ tie: "batchStep", input: 0.2, recurrent: { rate: 0.4, gates: "perGate" } },
    ...{ layers: 0.3, output: 0.1, feedForward: 0.3 },
  },
  "drifting and gaussian": {
    ...{ input: { rate: 0.3, kind: "drifting" }, recurrent: { rate: 0.5, kind: "drifting", redraw: 0.5 } },
    ...{ candidate: { rate: 0.2, kind: "gaussian" }, inputWeights: { rate: 0.4, kind: "gaussian" } },
    feedForward: { rate: 0.3, kind: "gaussian" },
  },
  "weights for a stream, small rates": {
    recurrentWeights: { rate: 0.01, tie: "stream" },
    zoneoutHidden: 0.01,
  },
  "flipout on both weights, one of them for a stream, of dropped weights": {
    inputWeights: { rate: 0.3, kind: "flipout", tie: "stream" },
    recurrentWeights: { rate: 0.5, kind: "flipout", noise: "bernoulli" },
  },
  "rates of layers and of moments": {
    ...{ recurrent: [0, 0.5], zoneoutHidden: [0.3, 0.1] },
    ...{ output: { rate: 0.4, schedule: "linear" }, input: { rate: 0.5, schedule: "warmUp" } },
  },
};

describe.each(Object.keys(cells))("a right network passes: %s", (cell) => {
  const isLstm = cells[cell]!.cell === "lstm";
  const names = Object.keys(specifications).filter((name) => isLstm || name !== "moon2015");
  test.each(names)("%s", (name) => {
    expect(failures(specifications[name], {}, cells[cell])).toEqual([]);
  });
});

/** The arguments of drawing, changed on their way. */
function drawn(
  change: (
    dropout: RecurrentDropout,
    position: MaskPosition,
    key: RandomKey,
  ) => { dropout?: RecurrentDropout; position?: MaskPosition; key?: RandomKey },
): Partial<DropoutFunctions> {
  return {
    draw: (tape, dropout, sizes, key, position, types) => {
      const other = { dropout, position, key, ...change(dropout, position, key) };
      return drawMasks(tape, other.dropout, sizes, other.key, other.position, types);
    },
  };
}

/** Every rule of a dropout with something else in it. */
const withRule = (dropout: RecurrentDropout, other: Partial<SiteRule>): RecurrentDropout => ({
  name: dropout.name,
  sites: Object.fromEntries(
    Object.entries(dropout.sites).map(([site, rule]) => [site, { ...rule, ...other }]),
  ),
});

/** The masks as they are drawn, their values changed in place. */
function values(change: (value: number) => number): Partial<DropoutFunctions> {
  return {
    draw: (...given) => {
      const masks = drawMasks(...given);
      for (const list of Object.values(masks).flat()) {
        if (!(list instanceof Tensor)) continue;
        const all = list.tape.engine.memory.floats(list.ptr, list.size);
        all.set(all.map(change));
      }
      return masks;
    },
  };
}

/** Masks on h [T, G, B, H] of which each step and row has the values of another; drawn under a tie. */
function moved(
  from: (t: number, row: number) => readonly [number, number],
  tie?: SiteRule["tie"],
): Partial<DropoutFunctions> {
  return {
    draw: (tape, dropout, ...given) => {
      const masks = drawMasks(tape, tie ? withRule(dropout, { tie }) : dropout, ...given);
      for (const mask of masks.recurrent) {
        if (!(mask instanceof Tensor)) continue;
        const [, G, B, H] = mask.shape as [number, number, number, number];
        const all = tape.engine.memory.floats(mask.ptr, mask.size);
        const before = all.slice();
        for (let k = 0; k < all.length; k++) {
          const [t, g] = [Math.floor(k / (G * B * H)), Math.floor(k / (B * H)) % G];
          const [step, row] = from(t, Math.floor(k / H) % B);
          all[k] = before[((step * G + g) * B + row) * H + (k % H)]!;
        }
      }
      return masks;
    },
  };
}

/** Flipout's signs [rows, width], changed in place. */
function signs(
  change: (sign: number, row: number, at: number, first: number) => number,
): Partial<DropoutFunctions> {
  return {
    draw: (...given) => {
      const masks = drawMasks(...given);
      for (const flips of masks.recurrentFlips ?? []) {
        for (const { tape, ptr, shape, size } of flips ? [flips.outputSigns, flips.inputSigns] : []) {
          const all = tape.engine.memory.floats(ptr, size);
          const width = shape[1]!;
          all.set(all.map((sign, k) => change(sign, Math.floor(k / width), k % width, all[k % width]!)));
        }
      }
      return masks;
    },
  };
}
const flipped = { recurrentWeights: { rate: 0.3, kind: "flipout" } };

const rule = (other: Partial<SiteRule>): Partial<DropoutFunctions> =>
  drawn((dropout) => ({ dropout: withRule(dropout, other) }));

let draws = 0;

describe("a wrong drawing function is found", () => {
  test.each<[string, unknown, Partial<DropoutFunctions>, string]>([
    ["a new mask at each step", { recurrent: 0.3 }, rule({ tie: "step" }), "recurrent steps"],
    [
      "one mask for all steps",
      { recurrent: { rate: 0.3, tie: "step" } },
      rule({ tie: "sequence" }),
      "recurrent steps",
    ],
    ["one mask for all rows", { recurrent: 0.3 }, rule({ tie: "batch" }), "recurrent rows"],
    [
      "a mask for each row",
      { output: { rate: 0.3, tie: "batch" } },
      rule({ tie: "sequence" }),
      "output rows",
    ],
    [
      "a mask for each row at each step",
      { output: { rate: 0.3, tie: "batchStep" } },
      rule({ tie: "step" }),
      "output rows",
    ],
    [
      "rows that agree at the first step alone",
      { recurrent: { rate: 0.3, tie: "batchStep" } },
      moved((t, b) => (t === 0 ? [0, 0] : [t, b]), "step"),
      "recurrent rows",
    ],
    [
      "one mask for all rows at each step",
      { recurrent: { rate: 0.3, tie: "step" } },
      rule({ tie: "batchStep" }),
      "recurrent rows",
    ],
    [
      "one mask for all rows and steps",
      { recurrent: { rate: 0.3, tie: "batchStep" } },
      moved((_, b) => [0, b]),
      "recurrent steps",
    ],
    [
      "one mask for all gates",
      { input: { rate: 0.3, gates: "perGate" } },
      rule({ gates: "shared" }),
      "input gates",
    ],
    ["a mask for each gate", { input: 0.3 }, rule({ gates: "perGate" }), "input gates"],
    [
      "a mask that does not drift",
      { layers: { rate: 0.3, kind: "drifting" } },
      rule({ redraw: 0.001 }),
      "layers steps",
    ],
    [
      "tfjs: drawn once and never again",
      { candidate: 0.3 },
      drawn((_, at) => ({ position: { ...at, window: 0 } })),
      "candidate windows",
    ],
    [
      "weights too",
      { recurrentWeights: 0.3 },
      drawn((_, at) => ({ position: { ...at, window: 0 } })),
      "recurrentWeights windows",
    ],
    [
      "a stream's mask drawn with each window",
      { recurrent: { rate: 0.3, tie: "stream" } },
      drawn((_, at) => ({ position: { ...at, stream: at.window } })),
      "recurrent windows",
    ],
    [
      "a stream's mask never drawn again",
      { recurrent: { rate: 0.3, tie: "stream" } },
      drawn((_, at) => ({ position: { ...at, stream: 0 } })),
      "recurrent streams",
    ],
    ["the rate as the fraction kept", { embedding: 0.3 }, rule({ rate: 0.7 }), "embedding rate"],
    ["another rate", { token: 0.3 }, rule({ rate: 0.4 }), "token rate"],
    ["another variance", { output: { rate: 0.3, kind: "gaussian" } }, rule({ rate: 0.4 }), "output rate"],
    ["no mask at all", { inputWeights: 0.3 }, rule({ rate: 0 }), "inputWeights rate"],
    ["a mask in a layer of rate 0", { recurrent: [0.3, 0] }, rule({ rate: 0.3 }), "recurrent rate"],
    [
      "kept values that are not divided by 1 - p",
      { recurrent: 0.3 },
      values((m) => Number(m !== 0)),
      "recurrent values",
    ],
    ["and their mean", { recurrent: 0.3 }, values((m) => Number(m !== 0)), "recurrent mean"],
    [
      "gaussian noise of mean 0",
      { input: { rate: 0.3, kind: "gaussian" } },
      values((m) => m - 1),
      "input mean",
    ],
    [
      "zoneout that keeps what it should renew",
      { zoneoutHidden: 0.2 },
      values((k) => 1 - k),
      "zoneoutHidden rate",
    ],
    ["zoneout scaled as dropout", { zoneoutCell: 0.2 }, values((k) => k / 0.8), "zoneoutCell values"],
    ["and its mean", { zoneoutCell: 0.2 }, values((k) => k / 0.8), "zoneoutCell mean"],
    ["a cell that is scaled and carried", { cell: 0.25 }, values((m) => m / 0.75), "cell values"],
    [
      "flipout as noise that all rows share",
      flipped,
      signs((_, __, ___, first) => first),
      "recurrentWeights rows",
    ],
    ["flipout that turns nothing", flipped, signs(() => 1), "recurrentWeights signs"],
    ["signs of another size", flipped, signs((sign) => 0.5 * sign), "recurrentWeights signs"],
    [
      "signs that stay",
      flipped,
      signs((_, row, at) => ((row + at) % 2 ? 1 : -1)),
      "recurrentWeights signs' windows",
    ],
    [
      "a stream's signs drawn with each window",
      { recurrentWeights: { rate: 0.3, kind: "flipout", tie: "stream" } },
      drawn((_, at) => ({ position: { ...at, stream: at.window } })),
      "recurrentWeights signs' windows",
    ],
    ["flipout's noise of another rate", flipped, rule({ rate: 0.4 }), "recurrentWeights rate"],
    [
      "a seed that is not heard",
      { recurrent: 0.3 },
      drawn(() => ({ key: [1, 2] as const })),
      "recurrent seed",
    ],
    [
      "a seed that is not all",
      { recurrent: 0.3 },
      drawn((_, __, key) => ({ key: [key[0], ++draws] as const })),
      "recurrent seed",
    ],
  ])("%s", (_, dropout, functions, failure) => {
    expect(failures(dropout)).toEqual([]);
    expect(failures(dropout, functions)).toContain(failure);
  });
});

describe.each(["lstm", "gru"] as const)("a wrong run is found: %s", (cell) => {
  const under = (dropout: unknown, functions: Partial<DropoutFunctions>): string[] => {
    expect(failures(dropout, {}, { cell })).toEqual([]);
    return failures(dropout, functions, { cell });
  };

  test("tfjs GRU: the masked state is carried", () => {
    expect(
      under("gal", {
        train: (model, ids, state, masks) => {
          const pass = model.forward(ids, { state, masks });
          return { ...pass, state: pass.state.map((layer) => ({ ...layer, h: scale(layer.h, 1 / 0.75) })) };
        },
      }),
    ).toEqual(["network state"]);
  });

  test("masks that stand in another window than those that were said", () => {
    expect(
      under(
        { recurrent: 0.5 },
        {
          train: (model, ids, state, masks) => model.forward(ids, { state, masks: { ...masks, window: 9 } }),
        },
      ),
    ).toEqual(["network state"]);
  });

  test("masks stay on in evaluation", () => {
    const key = randomKey(1, "masks");
    const masksOf = ({ config }: LanguageModel): MaskSource => ({
      ...{ dropout: config.dropout, key, window: 0, stream: 0 },
    });
    expect(
      under("gal", { evaluate: (model, ids, state) => model.forward(ids, { state, masks: masksOf(model) }) }),
    ).toEqual(["network evaluation", "network evaluation values"]);
  });

  test("awd-lstm-lm: evaluation is random", () => {
    let window = 0;
    const masks = {
      dropout: recurrentDropout({ recurrentWeights: 0.5 }),
      key: randomKey(1, "masks"),
      stream: 0,
    };
    expect(
      under("awdLstm2017", {
        evaluate: (model, ids, state) => model.forward(ids, { state, masks: { ...masks, window: window++ } }),
      }),
    ).toEqual(["network evaluation", "network evaluation values"]);
  });

  test("evaluation forgets the expectation of zoneout", () => {
    expect(
      under("zoneout2016", {
        evaluate: (model, ids, state) => {
          const dropout = recurrentDropout("none");
          const forgetful = new LanguageModel(model.tape, model.vocabSize, { ...model.config, dropout }, 0);
          for (const [name, weight] of model.parameters)
            model.tape.assign(forgetful.parameters.get(name)!, weight);
          return forgetful.forward(ids, { state });
        },
      }),
    ).toEqual(["network evaluation values"]);
  });

  test("weights are masked in place", () => {
    const failed = under("awdLstm2017", {
      train: (model, ids, state, masks) => {
        const pass = model.forward(ids, { state, masks });
        const weight = model.parameters.get("rnn.weight_hh_l0")!;
        model.tape.assign(
          weight,
          valuesOf(weight).map((w, k) => (k % 2 ? w : 0)),
        );
        return pass;
      },
    });
    expect(failed).toContain("network weights");
  });
});

test("the findings are the same each time, and say where, what was expected and what was seen", () => {
  const findings = checkDropout(modelUnder({ recurrent: 0.25 }), sizes);
  expect(checkDropout(modelUnder({ recurrent: 0.25 }), sizes)).toEqual(findings);
  expect(findings.map(({ site, check }) => `${site} ${check}`)).toEqual([
    ...["steps", "rows", "windows", "rate", "values", "mean", "seed"].map((check) => `recurrent ${check}`),
    ...["state", "evaluation", "evaluation values", "weights"].map((check) => `network ${check}`),
  ]);
  expect(findings[4]).toEqual({
    ...{ site: "recurrent", check: "values", expected: "0 and 1.333", seen: "0 and 1.333", ok: true },
  });
});

test("the reference engine in float64 passes, and sizes that are none are refused", () => {
  const tape = new Tape(createReferenceEngine({ precision: "float64" }));
  const model = modelUnder("gal2016Untied", {}, tape);
  expect(checkDropout(model, sizes).filter(({ ok }) => !ok)).toEqual([]);
  expect(() => checkDropout(model, { batchSize: 0, sequenceLength: 5 })).toThrow("batchSize");
});
