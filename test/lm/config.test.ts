/** Configurations of the model and of training: defaults, short forms, and the words of every refusal. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { ConfigError } from "../../src/errors.ts";
import {
  bitsPerChar,
  defaultModelConfig,
  LanguageModel,
  metricsLine,
  modelConfig,
  parameterCount,
  perplexity,
  type TrainingOptions,
  trainingBytes,
  trainingConfig,
  trainingKeys,
} from "../../src/lm/index.ts";
import { countParameters, presetWords } from "../../src/nn/index.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";

function refusal(options: object): string {
  try {
    trainingConfig(options as TrainingOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(options)} was accepted`);
}

describe("a training configuration", () => {
  test("has these defaults", () => {
    expect(trainingConfig()).toEqual({
      cell: "lstm",
      hiddenSize: 128,
      layers: 2,
      lastHiddenSize: null,
      feedForwardSize: 0,
      embeddingSize: 64,
      tieEmbeddings: false,
      resetAfter: true,
      layerNorm: false,
      forgetBias: 1,
      inputInit: null,
      recurrentInit: null,
      activationPenalty: 0,
      temporalPenalty: 0,
      l1: 0,
      l2: 0,
      labelSmoothing: 0,
      concreteWeights: 5e-9,
      concreteEntropy: 10,
      averaging: { name: "none" },
      consistency: { name: "none" },
      windows: { name: "fixed" },
      dropoutAdjustment: { name: "none" },
      dropout: { name: "none", sites: {} },
      batchSize: 50,
      sequenceLength: 50,
      carryState: true,
      steps: null,
      epochs: 10,
      seconds: null,
      learningRate: 0.002,
      optimizer: {
        name: "adam",
        learningRate: 0.002,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0,
      },
      schedule: { name: "constant" },
      clip: 5,
      seed: 123,
      tokenizer: "char",
      minCount: 1,
      evaluateEvery: 0,
      patience: 0,
      sampleEvery: 0,
      checkpointEvery: 0,
    });
    expect(Object.keys(trainingConfig()).sort()).toEqual([...trainingKeys].sort());
  });

  test.each<TrainingOptions>([
    {},
    { dropout: "galUntied:0.2", optimizer: "rmsprop", schedule: "plateau", steps: 10, seed: "a" },
    { cell: "gru", seconds: 1.5, schedule: "cosine", recurrentInit: { name: "orthogonal" } },
    { schedule: { name: "cosine", warmUp: 3, total: 30 }, optimizer: { name: "sgd", momentum: 0.9 } },
    { averaging: "ntAsgd", consistency: "fraternal", windows: "variable", dropout: "gal", l1: 1e-5 },
    {
      averaging: { name: "exponential", decay: 0.5 },
      consistency: { name: "rDrop", weight: 3 },
      dropout: 0.2,
    },
  ])("is accepted as it was returned, also after JSON: %j", (options) => {
    const config = trainingConfig(options);
    expect(trainingConfig(config)).toEqual(config);
    expect(trainingConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  test("lasts 10 epochs when no limit is given, and no epochs when another one is", () => {
    expect(trainingConfig().epochs).toBe(10);
    expect(trainingConfig({ steps: 5 }).epochs).toBeNull();
    expect(trainingConfig({ seconds: 5 }).epochs).toBeNull();
    expect(trainingConfig({ steps: 5, epochs: 2 })).toMatchObject({ steps: 5, epochs: 2 });
  });

  test("has one learning rate: its own, else the optimizer's, else 0.002", () => {
    const rates = (options: TrainingOptions): unknown[] => {
      const { learningRate, optimizer } = trainingConfig(options);
      return [learningRate, optimizer.learningRate];
    };
    expect(rates({ optimizer: { name: "sgd", learningRate: 0.5 } })).toEqual([0.5, 0.5]);
    expect(rates({ learningRate: 0.1, optimizer: { name: "sgd", learningRate: 0.5 } })).toEqual([0.1, 0.1]);
    expect(rates({ optimizer: "sgd" })).toEqual([0.002, 0.002]);
  });

  test("keeps a cosine's end open until the trainer knows it", () => {
    expect(trainingConfig({ schedule: "cosine" }).schedule).toEqual({
      name: "cosine",
      warmUp: 0,
      final: 0.1,
    });
  });

  const positive = "must be a positive integer. Expected an integer of 1 or more";
  test.each([
    [
      { hiddensize: 3 },
      `training: unknown key "hiddensize". Expected keys among ${trainingKeys.join(", ")}, got "hiddensize". Did you mean "hiddenSize"?`,
    ],
    [{ hiddenSize: 12.5 }, `training: hiddenSize ${positive}, got 12.5. For example { hiddenSize: 128 }.`],
    [{ hiddenSize: "128" }, `training: hiddenSize ${positive}, got "128". For example { hiddenSize: 128 }.`],
    [{ layers: 0 }, `training: layers ${positive}, got 0. For example { layers: 2 }.`],
    [{ batchSize: -1 }, `training: batchSize ${positive}, got -1. For example { batchSize: 50 }.`],
    [
      { sequenceLength: 0 },
      `training: sequenceLength ${positive}, got 0. For example { sequenceLength: 50 }.`,
    ],
    [{ steps: 0 }, `training: steps ${positive}, got 0. For example { steps: 128 }.`],
    [{ epochs: 1.5 }, `training: epochs ${positive}, got 1.5. For example { epochs: 128 }.`],
    [{ seconds: 0 }, "training: seconds must be a positive number. Expected a finite number above 0, got 0."],
    [
      { learningRate: Number.NaN },
      "training: learningRate must be a positive number. Expected a finite number above 0, got NaN.",
    ],
    [
      { clip: -1 },
      "training: clip must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { patience: -1 },
      "training: patience must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
    ],
    [{ minCount: 0 }, `training: minCount ${positive}, got 0. For example { minCount: 2 }.`],
    [
      { seed: 1.5 },
      "training: seed must be an integer or a string. Expected an integer or a string, got 1.5.",
    ],
    [
      { tokenizer: "bytes" },
      'training: tokenizer is not known. Expected one of char, grapheme, byte, got "bytes". Did you mean "byte"?',
    ],
    [
      { optimizer: "adm" },
      'createOptimizer: name is not known. Expected one of sgd, rmsprop, adam, adamw, amsgrad, got "adm". Did you mean "adam"?',
    ],
    [
      { schedule: "cosin" },
      'createSchedule: name is not known. Expected one of constant, exponential, cosine, plateau, milestones, got "cosin". Did you mean "cosine"?',
    ],
    [
      { dropout: "gall" },
      `dropout: preset is not known. Expected one of ${presetWords.join(", ")}, got "gall". Did you mean "gal"?`,
    ],
    [
      { activationPenalty: -1 },
      "training: activationPenalty must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { temporalPenalty: "1" },
      'training: temporalPenalty must be zero or a positive number. Expected a finite number of 0 or more, got "1".',
    ],
    [
      { l1: Number.POSITIVE_INFINITY },
      "training: l1 must be zero or a positive number. Expected a finite number of 0 or more, got Infinity.",
    ],
    [
      { l2: -1 },
      "training: l2 must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { labelSmoothing: 1 },
      "training: labelSmoothing must be a fraction. Expected a number in [0, 1): the share of a target that is spread over all symbols, got 1. For example { labelSmoothing: 0.1 }; 0 is off.",
    ],
    [
      { averaging: "ntasgd" },
      'averaging: name is not known. Expected one of none, polyak, exponential, ntAsgd, got "ntasgd". Did you mean "ntAsgd"?',
    ],
    [
      { averaging: { name: "polyak", start: -1 } },
      "averaging polyak: start must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
    ],
    [
      { consistency: "rdrop" },
      'consistency: name is not known. Expected one of none, fraternal, rDrop, got "rdrop". Did you mean "rDrop"?',
    ],
    [
      { consistency: { name: "rDrop", weight: 0 }, dropout: "gal" },
      "consistency rDrop: weight must be a positive number. Expected a finite number above 0, got 0.",
    ],
    [
      { consistency: { name: "none", weight: 1 } },
      'consistency none: unknown key "weight". Expected keys among name, got "weight".',
    ],
    [
      { consistency: "rDrop" },
      'training: consistency rDrop compares two masks, and nothing is masked. Expected a dropout with a site that this network has, got "none". For example { dropout: "gal:0.25" }, or consistency "none".',
    ],
    [
      { consistency: "fraternal", dropout: { layers: 0.5 }, layers: 1 },
      'training: consistency fraternal compares two masks, and nothing is masked. Expected a dropout with a site that this network has, got "custom". For example { dropout: "gal:0.25" }, or consistency "none".',
    ],
    [
      { windows: "variabel" },
      'windows: name is not known. Expected one of fixed, variable, got "variabel". Did you mean "variable"?',
    ],
    [{ cell: "rnn" }, 'training: cell is not known. Expected one of lstm, gru, got "rnn".'],
    [{ tieEmbeddings: 1 }, "training: tieEmbeddings must be true or false. Expected true or false, got 1."],
    [
      { tieEmbeddings: true },
      "training: tied embeddings need one width. Expected embeddingSize = hiddenSize = 128, got embeddingSize 64. Set embeddingSize to hiddenSize, or tieEmbeddings to false.",
    ],
    [
      { tieEmbeddings: true, lastHiddenSize: 32 },
      "training: tied embeddings need one width. Expected embeddingSize = lastHiddenSize = 32, got embeddingSize 64. Set embeddingSize to lastHiddenSize, or tieEmbeddings to false.",
    ],
    [
      { tieEmbeddings: true, feedForwardSize: 32 },
      "training: tied embeddings need one width. Expected embeddingSize = feedForwardSize = 32, got embeddingSize 64. Set embeddingSize to feedForwardSize, or tieEmbeddings to false.",
    ],
    [
      { feedForwardSize: 1.5 },
      "training: feedForwardSize must be zero or a positive integer. Expected an integer of 0 or more, got 1.5.",
    ],
    [
      { dropout: { feedForward: 0.5 } },
      "dropout.feedForward: the network has no feed-forward layer. Expected feedForwardSize above 0, got 0. Give feedForwardSize, or mask the site `output`.",
    ],
    [{ carryState: 0 }, "training: carryState must be true or false. Expected true or false, got 0."],
    [
      { inputInit: { name: "orthagonal" } },
      'training.inputInit: init is not known. Expected one of fanIn, xavier, zeros, uniform, normal, orthogonal, got "orthagonal". Did you mean "orthogonal"?',
    ],
    [
      { lastHiddenSize: 0 },
      "training: lastHiddenSize must be a positive integer. Expected an integer of 1 or more, got 0. For example { lastHiddenSize: 128 }.",
    ],
    [
      { forgetBias: "one" },
      'training: forgetBias is not usable. Expected a finite number or "uniform", got "one".',
    ],
    [
      { embeddingSize: -1 },
      "training: embeddingSize must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
    ],
    [
      { recurrentInit: { name: "normal" } },
      "training.recurrentInit: sd must be zero or a positive number. Expected a finite number of 0 or more, got undefined.",
    ],
  ])("refuses %j in these words", (options, message) => {
    expect(refusal(options)).toBe(message);
  });
});

describe("a model configuration", () => {
  test("fills in defaults, and names itself in errors", () => {
    expect(modelConfig({ hiddenSize: 7 })).toEqual({ ...defaultModelConfig, hiddenSize: 7 });
    expect(() => modelConfig({ hidenSize: 7 } as object)).toThrow('Did you mean "hiddenSize"?');
    expect(() => modelConfig({ hiddenSize: 0 })).toThrow("model: hiddenSize must be a positive integer.");
  });

  test.each([
    {},
    { cell: "gru" as const },
    { embeddingSize: 0 },
    { embeddingSize: 5, hiddenSize: 5, tieEmbeddings: true, layers: 3 },
    { embeddingSize: 5, hiddenSize: 7, lastHiddenSize: 5, tieEmbeddings: true, layers: 3 },
    { cell: "gru" as const, hiddenSize: 7, lastHiddenSize: 9, layers: 1 },
    { feedForwardSize: 5 },
    { embeddingSize: 5, lastHiddenSize: 9, feedForwardSize: 5, tieEmbeddings: true },
  ])("tells the number of weights before they are made: %j", (options) => {
    const config = modelConfig({ hiddenSize: 6, embeddingSize: 4, ...options });
    const model = new LanguageModel(new Tape(engineUnderTest()), 11, config, 1);
    expect(parameterCount(config, 11)).toBe(countParameters(model.parameters));
  });

  test("refuses a model that no memory can hold, before it asks for any", () => {
    expect(() => new LanguageModel(new Tape(engineUnderTest()), 65, { hiddenSize: 40000 }, 1)).toThrow(
      "model: the model does not fit in memory. Expected at most 4.0 GB, got about",
    );
    const config = modelConfig({});
    expect(trainingBytes(config, 65, { sequenceLength: 50, batchSize: 50 })).toBeGreaterThan(
      trainingBytes(config, 65),
    );
  });

  test("the parts have PyTorch's names, and one part's size does not move another's numbers", () => {
    const make = (vocabSize: number): Record<string, number[]> => {
      const tape = new Tape(engineUnderTest("float32"));
      const { parameters } = new LanguageModel(
        tape,
        vocabSize,
        { hiddenSize: 4, embeddingSize: 3, layers: 1 },
        9,
      );
      return Object.fromEntries(
        Array.from(parameters, ([name, { ptr, size }]) => [
          name,
          Array.from(tape.engine.memory.floats(ptr, size)),
        ]),
      );
    };
    const [small, large] = [make(5), make(6)];
    expect(Object.keys(small)).toEqual([
      "embedding.weight",
      "rnn.weight_ih_l0",
      "rnn.weight_hh_l0",
      "rnn.bias_ih_l0",
      "rnn.bias_hh_l0",
      "decoder.weight",
      "decoder.bias",
    ]);
    expect(large["rnn.weight_hh_l0"]).toEqual(small["rnn.weight_hh_l0"]);
    expect(large["embedding.weight"]!.slice(0, 15)).toEqual(small["embedding.weight"]);
  });
});

describe("units", () => {
  test("nats, bits and perplexity are the same number", () => {
    expect(bitsPerChar(Math.LN2)).toBe(1);
    expect(perplexity(Math.log(7))).toBeCloseTo(7, 12);
    expect(2 ** bitsPerChar(1.234)).toBeCloseTo(perplexity(1.234), 12);
  });

  test("a metrics line holds a step or a validation, and nothing else does", () => {
    const step = {
      type: "step",
      step: 3,
      epoch: 0.5,
      loss: Math.LN2,
      gradientNorm: 1.5,
      learningRate: 0.01,
      charsPerSecond: 100,
      progress: 0.1,
      secondsLeft: 9,
    } as const;
    expect(metricsLine(step)).toEqual({
      step: 3,
      epoch: 0.5,
      split: "train",
      nats: Math.LN2,
      bitsPerChar: 1,
      perplexity: 2,
      learningRate: 0.01,
      gradientNorm: 1.5,
      charsPerSecond: 100,
    });
    const validation = {
      type: "validation",
      step: 3,
      epoch: 0.5,
      nats: 1,
      bitsPerChar: 2,
      perplexity: 3,
      trainNats: 4,
      isBest: true,
      bestNats: 1,
      isAveraged: false,
    } as const;
    expect(metricsLine(validation)).toEqual({
      step: 3,
      epoch: 0.5,
      split: "valid",
      nats: 1,
      bitsPerChar: 2,
      perplexity: 3,
    });
    expect(metricsLine({ type: "sample", step: 3, text: "" })).toBeUndefined();
  });
});
