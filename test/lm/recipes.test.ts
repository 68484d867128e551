/** Recipes: that they say what their papers say, are plain options, and train. */
import { describe, expect, test } from "vitest";
import {
  parameterCount,
  recipe,
  recipeNames,
  recipes,
  type TrainingOptions,
  trainingConfig,
  trainingKeys,
} from "../../src/lm/index.ts";
import { countParameters } from "../../src/nn/index.ts";
import { eventsOf, tinyTrainer } from "./tinyRun.ts";

/** Widths that a test trains in a moment; all else is the recipe's. */
const tiny: Record<string, TrainingOptions> = {
  awdLstm2017: { hiddenSize: 13, lastHiddenSize: 7, embeddingSize: 7, batchSize: 3, sequenceLength: 12 },
  merity2018: { hiddenSize: 13, lastHiddenSize: 7, embeddingSize: 7, batchSize: 3, sequenceLength: 15 },
  wen2018: { hiddenSize: 13, batchSize: 3, sequenceLength: 10 },
};

describe.each(recipeNames)("%s", (name) => {
  const { options, published, source, summary, notes } = recipes[name];

  test("is plain JSON with keys of a training configuration, accepted as it stands and at its published size", () => {
    for (const part of [options, published]) {
      expect(JSON.parse(JSON.stringify(part))).toEqual(part);
      expect(Object.keys(part).filter((key) => !trainingKeys.includes(key))).toEqual([]);
    }
    const config = trainingConfig(recipe(name));
    for (const key of ["hiddenSize", "layers", "batchSize", "sequenceLength", "clip", "epochs"] as const)
      expect(config[key]).toEqual(options[key]);
    expect(trainingConfig({ ...options, ...published }).hiddenSize).toBe(
      published.hiddenSize ?? options.hiddenSize,
    );
    expect(source).toMatch(/\b20\d\d\b/);
    for (const words of [summary, ...notes]) expect(words.length).toBeGreaterThan(20);
  });

  test("is a copy each time, so that nobody changes it for others", () => {
    const mine = recipe(name) as Record<string, unknown>;
    mine["optimizer"] = "adam";
    (recipe("awdLstm2017").windows as Record<string, unknown>)["half"] = 1;
    expect(recipe(name)).toEqual(options);
  });

  test("trains: the loss falls, under the masks that it says", async () => {
    const trainer = await tinyTrainer(
      { ...recipe(name), ...tiny[name], epochs: null, steps: 80 } as TrainingOptions,
      { withValid: true },
    );
    const losses = (await eventsOf(trainer)).flatMap((event) => (event.type === "step" ? [event.loss] : []));
    const mean = (part: readonly number[]): number => part.reduce((sum, x) => sum + x, 0) / part.length;
    expect(losses.length).toBe(80);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)));
  });
});

test("awdLstm2017 is the recipe of Merity et al. 2017, piece by piece", () => {
  const config = trainingConfig(recipe("awdLstm2017"));
  expect(config).toMatchObject({
    ...{ cell: "lstm", layers: 3, tieEmbeddings: true, forgetBias: "uniform", carryState: true },
    ...{ activationPenalty: 2, temporalPenalty: 1, clip: 0.25, learningRate: 10, sequenceLength: 70 },
    optimizer: { name: "sgd", momentum: 0, weightDecay: 1.2e-6 },
    schedule: { name: "constant" },
    averaging: { name: "ntAsgd", patience: 5 },
    windows: { name: "variable", half: 0.05, deviation: 5, minimum: 5 },
    evaluateEvery: 0,
  });
  expect(trainingConfig({ ...recipe("awdLstm2017"), ...recipes.awdLstm2017.published }).learningRate).toBe(
    30,
  );
  expect(config.lastHiddenSize).toBe(config.embeddingSize);
  const shared = { gates: "shared" };
  expect(config.dropout.sites).toEqual({
    embedding: { rate: 0.1, tie: "batch", ...shared },
    input: { rate: 0.1, tie: "sequence", ...shared },
    layers: { rate: 0.25, tie: "sequence", ...shared },
    output: { rate: 0.1, tie: "sequence", ...shared },
    recurrentWeights: { rate: 0.5, tie: "batch", ...shared },
  });
});

test("the published sizes have the papers' numbers of parameters", () => {
  const millions = (name: keyof typeof recipes, symbols: number): number => {
    const { options, published } = recipes[name];
    return parameterCount(trainingConfig({ ...options, ...published }), symbols) / 1e6;
  };
  // Merity et al. 2017: 24 M on the 10,000 words of Penn Treebank
  expect(millions("awdLstm2017", 10000)).toBeCloseTo(24.2, 1);
  // Merity et al. 2018: 13.8 M on its characters
  expect(millions("merity2018", 50)).toBeCloseTo(13.8, 1);
  // Wen et al. 2018: 4.26 M
  expect(millions("wen2018", 50)).toBeCloseTo(4.26, 2);
});

test("what is given beside a recipe wins, and an unknown name is refused with the nearest", async () => {
  expect(trainingConfig({ ...recipe("awdLstm2017"), clip: 1, optimizer: "adam" })).toMatchObject({
    clip: 1,
    learningRate: 0.002, // the rate of sgd went with it
    optimizer: { name: "adam" },
  });
  expect(() => recipe("awdLstm2018")).toThrow(
    'recipe: the recipe is not known. Expected one of awdLstm2017, merity2018, wen2018, got "awdLstm2018". Did you mean "awdLstm2017"?',
  );
  const trainer = await tinyTrainer({
    ...recipe("wen2018"),
    ...tiny["wen2018"],
    steps: 1,
  } as TrainingOptions);
  expect(countParameters(trainer.model.parameters)).toBeGreaterThan(0);
});
