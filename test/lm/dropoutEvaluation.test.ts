/** Models trained under a dropout: what evaluation makes of it in every mode, what training leaves alone, what a checkpoint keeps. */
import { describe, expect, test } from "vitest";
import { sum, Tape, type Tensor } from "../../src/autograd/index.ts";
import { createEngine, randomKey } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import {
  type EvaluationMode,
  LanguageModel,
  type ModelConfig,
  modelConfig,
  modelFromCheckpoint,
  scoreChars,
  type TrainingOptions,
  trainerCheckpoint,
} from "../../src/lm/index.ts";
import { checkMemory } from "../../src/lm/memoryEstimate.ts";
import { presetNames, recurrentDropout } from "../../src/nn/index.ts";
import { casesOf, cellConfig } from "../dropout/matrix.ts";
import { eventsOf, tinyConfig, tinyTrainer, valid, weightsOf } from "./tinyRun.ts";

const cells = ["lstm", "gru"] as const;
const V = 6;
const shape = { hiddenSize: 9, layers: 2, embeddingSize: 7 } as const;
const strict = await createEngine("strict");

function modelWith(cell: "lstm" | "gru", dropout: unknown, others: Partial<ModelConfig> = {}): LanguageModel {
  const config = { ...shape, cell, ...others, dropout } as unknown as Partial<ModelConfig>;
  return new LanguageModel(new Tape(strict), V, config, 3);
}

async function scoresOf(model: LanguageModel, mode?: EvaluationMode): Promise<number[]> {
  return Array.from(await scoreChars(model, valid, { rows: 1, ...(mode ? { mode } : {}) }));
}

describe.each(casesOf("evaluation"))("$cell: evaluation under $preset", ({ cell, preset }) => {
  test.each([shape.embeddingSize, 0])(
    "is that without it, to the bit, embedding of %d",
    async (embeddingSize) => {
      const { cell: name, ...others } = { ...cellConfig(cell), embeddingSize };
      const plain = await scoresOf(modelWith(name, "none", others));
      expect(await scoresOf(modelWith(name, preset, others))).toEqual(plain);
      expect(await scoresOf(modelWith(name, `${preset}:0.9`, others))).toEqual(plain);
    },
  );
});

describe.each(cells)("%s: evaluation", (cell) => {
  const own = presetNames.filter((name) => cell === "lstm" || name !== "moon2015");

  test("under zoneout keeps the rate of the old state, in every layer its own", async () => {
    const dropout = { zoneoutCell: [0.5, 0.3], zoneoutHidden: [0.05, 0.4] };
    const plain = modelWith(cell, "none");
    const zoned = modelWith(cell, cell === "lstm" ? dropout : { zoneoutHidden: dropout.zoneoutHidden });
    const ids = [0, 4, 2, 2, 1, 3];
    const expected = plain.tape.step(() => {
      const { tape } = plain;
      const factors = (rates: readonly number[]): Tensor[] =>
        rates.map((rate) => tape.tensor(new Float32Array(27).fill(rate), [1, 3, 9]));
      const embedded = Array.from({ length: 6 }, (_, k) => {
        const E = Array.from(tape.engine.memory.floats(plain.parameters.get("embedding.weight")!.ptr, V * 7));
        return E.slice(ids[k]! * 7, (ids[k]! + 1) * 7);
      });
      const { y } = plain.stack.forward(tape.tensor(embedded.flat(), [2, 3, 7]), {
        masks: {
          ...(cell === "lstm" ? { keepCell: factors(dropout.zoneoutCell) } : {}),
          keepHidden: factors(dropout.zoneoutHidden),
        },
      });
      return Array.from(tape.engine.memory.floats(y.ptr, y.size));
    });
    const got = zoned.tape.step(() => {
      const { y } = zoned.forward(zoned.tape.ids(ids, [2, 3]));
      return Array.from(zoned.tape.engine.memory.floats(y.ptr, y.size));
    });
    for (const [k, y] of got.entries()) expect(Math.abs(y - expected[k]!)).toBeLessThan(1e-6);
    expect(await scoresOf(zoned)).not.toEqual(await scoresOf(plain));
  });

  test("under zoneout is the same in all modes that say they are the expectation", async () => {
    const model = modelWith(cell, "zoneout2016");
    const expectation = await scoresOf(model);
    expect(await scoresOf(model, { name: "dynamic", learningRate: 0 })).toEqual(expectation);
    expect(await scoresOf(model, { name: "temperature", temperature: 1 })).toEqual(expectation);
    const cached = await scoresOf(model, { name: "cache", size: 10, theta: 0.1, lambda: 0 });
    for (const [k, nats] of cached.entries()) expect(Math.abs(nats - expectation[k]!)).toBeLessThan(1e-6);
    // Monte-Carlo over other masks leaves the expectation of zoneout in its place
    const other = recurrentDropout({ output: 0.5 });
    const passes = await scoresOf(model, { name: "monteCarlo", passes: 64, dropout: other });
    const plain = await scoresOf(modelWith(cell, "none"), { name: "monteCarlo", passes: 64, dropout: other });
    const distance = (a: number[], b: number[]): number =>
      a.reduce((sum, nats, k) => sum + Math.abs(nats - b[k]!), 0) / a.length;
    expect(distance(passes, plain)).toBeGreaterThan(0);
    // and over zoneout itself it comes near its expectation
    const sampled = await scoresOf(model, {
      ...{ name: "monteCarlo", passes: 200 },
      dropout: recurrentDropout("zoneout2016"),
    });
    const withoutZoneout = await scoresOf(modelWith(cell, "none"));
    expect(distance(sampled, expectation)).toBeLessThan(distance(withoutZoneout, expectation) / 2);
  });

  test.each(own.filter((name) => name !== "none"))(
    "Monte-Carlo under %s is another one, and the same again",
    async (name) => {
      const mode = { name: "monteCarlo", passes: 2, dropout: recurrentDropout(name) } as const;
      const model = modelWith(cell, name);
      const passes = await scoresOf(model, mode);
      expect(passes).not.toEqual(await scoresOf(model));
      expect(passes.every(Number.isFinite)).toBe(true);
      expect(await scoresOf(model, mode)).toEqual(passes);
    },
  );

  test("under zoneout, windows of any length give the same scores: the old state is kept over their borders", async () => {
    const model = modelWith(cell, "zoneout2016");
    const read = async (sequenceLength: number): Promise<number[]> =>
      Array.from(await scoreChars(model, valid, { rows: 1, sequenceLength }));
    const [short, long] = [await read(7), await read(300)];
    for (const [k, nats] of short.entries()) expect(Math.abs(nats - long[k]!)).toBeLessThan(1e-5);
  });

  test("in the middle of training sees no masks: the weights after it are those without it", async () => {
    const dropout = cell === "lstm" ? "awdLstm2017" : "zoneout2016";
    const options: TrainingOptions = { cell, dropout, steps: 12 };
    const evaluated = await tinyTrainer({ ...options, evaluateEvery: 5 }, { withValid: true });
    for await (const event of evaluated.run()) if (event.type === "step" && event.step === 12) break;
    const alone = await tinyTrainer(options);
    for await (const event of alone.run()) if (event.type === "step" && event.step === 12) break;
    expect(weightsOf(evaluated)).toEqual(weightsOf(alone));
  });
});

describe("weight drop", () => {
  const masks = {
    dropout: recurrentDropout("awdLstm2017"),
    key: randomKey(3, "masks"),
    window: 2,
    stream: 1,
  };

  test("Better_LSTM#7: the weights are not changed in place, and their gradient is that of the kept ones", () => {
    const model = modelWith("lstm", "awdLstm2017");
    const { tape } = model;
    const before = weightsOf({ model });
    tape.step(() => {
      const { logits } = model.forward(tape.ids([0, 4, 2, 2, 1, 3], [3, 2]), { masks });
      tape.backward(sum(logits));
    });
    expect(weightsOf({ model })).toEqual(before);
    const U = model.parameters.get("rnn.weight_hh_l0")!;
    const gradient = tape.engine.memory.floats(U.gradientPtr, U.size);
    const share = Array.from(gradient).filter((g) => g === 0).length / U.size;
    expect(share).toBeGreaterThan(0.4); // 324 weights at rate 0.5
    expect(share).toBeLessThan(0.6);
  });

  test("awd-lstm-lm#72: it is off in evaluation, every time, and on in training, anew in each window", async () => {
    const model = modelWith("lstm", "awdLstm2017");
    const { tape } = model;
    const logits = (window?: number): string =>
      tape.step(() => {
        const { logits: all } = model.forward(
          tape.ids([0, 4, 2, 2, 1, 3], [3, 2]),
          window === undefined
            ? {}
            : { masks: { ...masks, dropout: recurrentDropout({ recurrentWeights: 0.5 }), window } },
        );
        return Array.from(tape.engine.memory.floats(all.ptr, all.size)).join();
      });
    expect(logits()).toBe(logits());
    expect(new Set([logits(), logits(0), logits(1)]).size).toBe(3);
    expect(logits(1)).toBe(logits(1));
  });
});

describe("training", () => {
  const schemes: [string, TrainingOptions][] = [
    ["zoneout2016", { cell: "lstm", dropout: "zoneout2016" }],
    ["zoneout2016, GRU", { cell: "gru", dropout: "zoneout2016" }],
    ["moon2015", { cell: "lstm", dropout: "moon2015" }],
    ["semeniuta2016, reset-before", { cell: "gru", resetAfter: false, dropout: "semeniuta2016" }],
    ["awdLstm2017", { cell: "lstm", dropout: "awdLstm2017" }],
    ["gaussian, one-hot", { cell: "gru", dropout: "gaussian", embeddingSize: 0 }],
    [
      "weight noise, one-hot, two passes",
      {
        dropout: { recurrentWeights: { rate: 0.3, kind: "gaussian" }, inputWeights: 0.2 },
        embeddingSize: 0,
        consistency: "rDrop",
      },
    ],
    ["drifting", { dropout: { kind: "drifting", input: 0.3, recurrent: 0.3, output: 0.3 } }],
    [
      "tokens, tied embeddings",
      { dropout: { token: 0.2, embedding: 0.1 }, tieEmbeddings: true, embeddingSize: 9 },
    ],
  ];

  test.each(schemes)("under %s learns, and again the same with the same seed", async (_, options) => {
    const run = async (seed: number): Promise<{ first: number; last: number; weights: unknown }> => {
      const trainer = await tinyTrainer({ ...options, seed, steps: 60, learningRate: 0.02 });
      const losses = (await eventsOf(trainer)).flatMap((event) =>
        event.type === "step" ? [event.loss] : [],
      );
      return { first: losses[0]!, last: losses.at(-1)!, weights: weightsOf(trainer) };
    };
    const [once, again, other] = [await run(5), await run(5), await run(6)];
    expect(again).toEqual(once);
    expect(other.weights).not.toEqual(once.weights);
    expect(once.last).toBeLessThan(once.first - 0.1);
  });

  const zeroes = Object.fromEntries(
    [
      "embedding",
      "input",
      "recurrent",
      "layers",
      "output",
      "token",
      "candidate",
      "cell",
      "zoneoutCell",
      "zoneoutHidden",
      "recurrentWeights",
      "inputWeights",
    ].map((site) => [site, 0]),
  );
  test.each([
    ["rates of 0 at every site", zeroes],
    [
      "a warm-up that has not begun in the only update",
      {
        recurrent: { rate: 0.5, schedule: "warmUp" },
        recurrentWeights: { rate: 0.5, schedule: "curriculum" },
      },
    ],
  ])("under %s is training without dropout, to the bit", async (_, dropout) => {
    const [masked, plain] = [await tinyTrainer({ dropout, steps: 1 }), await tinyTrainer({ steps: 1 })];
    await eventsOf(masked);
    await eventsOf(plain);
    expect(weightsOf(masked)).toEqual(weightsOf(plain));
  });

  test("a rate that goes linearly to 0 is 0.5 in the first of four updates and none at the end", async () => {
    const of = async (dropout: unknown, steps: number): Promise<unknown> => {
      const trainer = await tinyTrainer({ dropout, steps: 4 });
      for await (const event of trainer.run()) if (event.type === "step" && event.step === steps) break;
      return weightsOf(trainer);
    };
    const linear = { recurrent: { rate: 0.5, schedule: "linear" } };
    expect(await of(linear, 1)).toEqual(await of({ recurrent: 0.5 }, 1));
    expect(await of(linear, 2)).not.toEqual(await of({ recurrent: 0.5 }, 2));
    const short = { recurrent: { rate: 0.5, schedule: { name: "linear", end: 0.25, share: 0.25 } } };
    expect(await of(short, 1)).toEqual(await of({ recurrent: 0.5 }, 1));
  });
});

describe("what is kept and what is refused", () => {
  test("a checkpoint keeps zoneout, so that its model is evaluated as before", async () => {
    const trainer = await tinyTrainer({ dropout: "zoneout2016", steps: 3 });
    await eventsOf(trainer);
    const bytes = encodeCheckpoint(trainerCheckpoint(trainer));
    const { model } = modelFromCheckpoint(new Tape(strict), decodeCheckpoint(bytes, "zoned"), "zoned");
    expect(model.keptShares).toEqual({ cell: [0.5, 0.5], hidden: [0.05, 0.05] });
    expect(await scoresOf(model)).toEqual(await scoresOf(trainer.model));
  });

  const refusal = (body: () => unknown): string => {
    try {
      body();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    }
    throw new Error("it was accepted");
  };

  test("a site that the cell lacks, when the model is configured", () => {
    expect(refusal(() => modelConfig({ cell: "gru", dropout: recurrentDropout("moon2015") }))).toMatch(
      /^dropout\.cell: a GRU has no cell\./,
    );
    expect(refusal(() => tinyConfig({ dropout: { recurrent: [0.1, 0.2, 0.3] } }))).toMatch(
      /^dropout\.recurrent: the list of rates does not fit the network\./,
    );
  });

  test("a schedule of a run that only time ends", () => {
    const options = { steps: null, seconds: 5, dropout: { output: { rate: 0.5, schedule: "linear" } } };
    expect(refusal(() => tinyConfig(options))).toBe(
      "dropout.output: a rate that changes over training needs its end. Expected steps or epochs, got only a limit in seconds. Give --steps or --epochs as well.",
    );
  });

  test("more masks than memory, with the site that takes most", () => {
    const config = modelConfig({
      ...{ hiddenSize: 200, layers: 1 },
      dropout: recurrentDropout({ recurrent: { rate: 0.5, tie: "step", gates: "perGate" }, output: 0.5 }),
    });
    const size = { sequenceLength: 6000, batchSize: 50 };
    expect(() => checkMemory({ ...config, dropout: recurrentDropout("gal") }, V, size)).not.toThrow();
    expect(refusal(() => checkMemory(config, V, size))).toMatch(
      /^dropout\.recurrent: the masks do not fit in memory beside the model\. Expected at most \d\.\d GB for all masks, got about \d\.\d GB, \d\.\d GB of them here\. Use a smaller batchSize or sequenceLength, tie "sequence" instead of "step", or gates "shared"\.$/,
    );
  });
});
