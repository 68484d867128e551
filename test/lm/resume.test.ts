/** A run that was stopped anywhere and resumed from its checkpoint's bytes is the run that was never stopped, to the bit. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { CheckpointError, ConfigError } from "../../src/errors.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type JsonObject } from "../../src/io/index.ts";
import {
  evaluate,
  modelFromCheckpoint,
  resumeTrainer,
  type Trainer,
  type TrainingConfig,
  type TrainingOptions,
  trainerCheckpoint,
} from "../../src/lm/index.ts";
import { eventsOf, tinyTrainer, train, valid, weightsOf } from "./tinyRun.ts";

const newTape = async (): Promise<Tape> => new Tape(await createEngine("strict"));

/** Everything of a trainer but the clock, as comparable values. */
function contentOf(trainer: Trainer): unknown {
  const { tensors, meta } = trainerCheckpoint(trainer);
  const progress = { ...(meta["progress"] as object), seconds: 0, trainingSeconds: 0 };
  const arrays = Array.from(tensors, ([name, { shape, data }]) => [
    name,
    shape,
    Array.from(data as Float32Array),
  ]);
  return { arrays, meta: { ...meta, progress } };
}

/** Trains until `stop`, and returns the checkpoint's bytes of that moment. */
async function bytesAt(trainer: Trainer, stop: number): Promise<Uint8Array> {
  const controller = new AbortController();
  let bytes: Uint8Array | undefined;
  const save = async (running: Trainer): Promise<string> => {
    bytes = encodeCheckpoint(trainerCheckpoint(running));
    return "memory";
  };
  for await (const event of trainer.run({ signal: controller.signal, save })) {
    if (event.type === "step" && event.step === stop) controller.abort();
  }
  expect(trainer.progress.step).toBe(stop);
  return bytes!;
}

async function resumed(bytes: Uint8Array, withValid: boolean): Promise<Trainer> {
  return resumeTrainer(decodeCheckpoint(bytes, "run.safetensors"), {
    tape: await newTape(),
    train,
    valid: withValid ? valid : undefined,
    where: "run.safetensors",
  });
}

/** 40 updates straight, and the same with a stop after each of `stops`. */
async function expectSameRun(
  options: TrainingOptions,
  stops: readonly number[],
  withValid = false,
): Promise<void> {
  const straight = await tinyTrainer(options, { withValid });
  await eventsOf(straight);
  let trainer = await tinyTrainer(options, { withValid });
  for (const stop of stops) trainer = await resumed(await bytesAt(trainer, stop), withValid);
  await eventsOf(trainer);
  expect(trainer.progress.step).toBe(straight.progress.step);
  expect(contentOf(trainer)).toEqual(contentOf(straight));
  expect(weightsOf(trainer)).toEqual(weightsOf(straight));
}

const cells = [
  { cell: "lstm" },
  { cell: "gru" },
  { cell: "gru", resetAfter: false },
  { cell: "lstm", layerNorm: true },
  { cell: "gru", layerNorm: true },
] as const;
const optimizers: NonNullable<TrainingOptions["optimizer"]>[] = [
  { name: "sgd" },
  { name: "sgd", momentum: 0.9, nesterov: true },
  { name: "rmsprop", alpha: 0.95 },
  { name: "adam" },
  { name: "adamw" },
  { name: "amsgrad" },
];
const everySite = { embedding: 0.2, input: 0.2, recurrent: 0.2, layers: 0.2, output: 0.2 };

// One epoch is 25 updates: 17 is in the middle of the first, 25 on the border, 31 in the middle of the second.
describe.each(cells)(
  "with $cell, resetAfter $resetAfter, 40 updates are the same after a stop at 17",
  (cell) => {
    test.each(optimizers)("with %j", async (optimizer) => {
      await expectSameRun({ ...cell, optimizer, dropout: "gal" }, [17]);
    });

    test.each([
      ["none", "none"],
      ["gal", "gal"],
      ["galUntied", "galUntied"],
      ["naive", "naive"],
      ["structured", "structured"],
      ["ties to the stream", { ...everySite, tie: "stream" }],
    ])("with dropout %s", async (_, dropout) => {
      await expectSameRun({ ...cell, dropout }, [17]);
    });
  },
);

describe("the same run, stopped elsewhere or of another kind", () => {
  test.each([[[1]], [[24]], [[25]], [[26]], [[31]], [[39]], [[3, 17, 25, 31]]])(
    "stopped at %j",
    async (stops) => {
      await expectSameRun({ dropout: { ...everySite, tie: "stream" } }, stops);
    },
  );

  test.each([
    ["validation, best weights and patience", { evaluateEvery: 6, patience: 50 }],
    ["a plateau schedule", { evaluateEvery: 3, schedule: { name: "plateau", patience: 0 } }],
    ["a cosine that ends with the run", { schedule: "cosine" }],
    ["an exponential schedule", { schedule: { name: "exponential", after: 1, factor: 0.5 } }],
    ["no clipping, tied embeddings, one-hot", { clip: 0, embeddingSize: 9, tieEmbeddings: true }],
    ["one-hot input", { embeddingSize: 0 }],
    ["zoneout", { dropout: "zoneout2016", evaluateEvery: 6 }],
    ["weight drop", { dropout: "awdLstm2017" }],
    [
      "Gaussian weights tied to the stream",
      { dropout: { recurrentWeights: { rate: 0.3, kind: "gaussian", tie: "stream" } } },
    ],
    [
      "a rate that goes to 0 by the end",
      { dropout: { recurrent: { rate: 0.5, schedule: "linear" }, output: 0.5 } },
    ],
    ["an orthogonal start and a seed of letters", { recurrentInit: { name: "orthogonal" }, seed: "abc" }],
  ] as [string, TrainingOptions][])("with %s", async (_, options) => {
    await expectSameRun({ learningRate: 0.05, dropout: "gal", ...options }, [17, 31], true);
  });

  test.each([
    [
      "activation penalties, L1, L2 and label smoothing",
      { activationPenalty: 2, temporalPenalty: 1, l1: 1e-3, l2: 1e-3, labelSmoothing: 0.1 },
    ],
    ["fraternal dropout", { consistency: "fraternal" }],
    [
      "R-Drop under masks tied to the stream",
      { consistency: { name: "rDrop", weight: 2 }, dropout: { ...everySite, tie: "stream" } },
    ],
    ["variable windows", { windows: "variable" }],
    ["averages from the first update on", { averaging: "polyak" }],
    [
      "averages that begin between the stops, and validation on them",
      { averaging: { name: "polyak", start: 20 }, evaluateEvery: 4 },
    ],
    ["averages that forget", { averaging: { name: "exponential", decay: 0.8 }, evaluateEvery: 7 }],
    [
      "NT-ASGD, begun before the first stop",
      {
        averaging: { name: "ntAsgd", patience: 0 },
        evaluateEvery: 2,
        optimizer: "sgd",
        learningRate: 8,
        clip: 1,
      },
    ],
    [
      "NT-ASGD, not begun at the first stop",
      { averaging: { name: "ntAsgd", patience: 4 }, evaluateEvery: 3 },
    ],
    [
      "everything at once",
      {
        ...{ activationPenalty: 2, temporalPenalty: 1, l1: 1e-4, l2: 1e-4, labelSmoothing: 0.05 },
        ...{ consistency: "rDrop", windows: "variable", averaging: "exponential", evaluateEvery: 5 },
        ...{ optimizer: "amsgrad", embeddingSize: 9, tieEmbeddings: true },
      },
    ],
  ] as [string, TrainingOptions][])("with %s", async (_, options) => {
    await expectSameRun({ learningRate: 0.05, dropout: "gal", ...options }, [17, 31], true);
  });

  test("with averages and without validation: they are the weights to use, and the latest go on", async () => {
    await expectSameRun({ averaging: { name: "polyak", start: 10 }, dropout: "gal" }, [5, 17, 31]);
  });

  test("when its limit is changed: 17 updates and then 23 more are 40", async () => {
    const straight = await tinyTrainer({ dropout: "gal", steps: 40 });
    await eventsOf(straight);
    const first = await tinyTrainer({ dropout: "gal", steps: 17 });
    await eventsOf(first);
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(first)), "run");
    const more = resumeTrainer(checkpoint, {
      tape: await newTape(),
      train,
      changes: { steps: 40 },
      where: "run",
    });
    await eventsOf(more);
    expect(contentOf(more)).toEqual(contentOf(straight));
  });

  test("when it is killed between checkpoints: it goes on from the last one", async () => {
    const straight = await tinyTrainer({ dropout: "gal" });
    await eventsOf(straight);
    const killed = await tinyTrainer({ dropout: "gal", checkpointEvery: 8 });
    let bytes: Uint8Array | undefined;
    const save = async (running: Trainer): Promise<string> => {
      bytes = encodeCheckpoint(trainerCheckpoint(running));
      return "";
    };
    for await (const event of killed.run({ save })) if (event.step === 21) break;
    const trainer = await resumed(bytes!, false);
    expect(trainer.progress.step).toBe(16);
    await eventsOf(trainer);
    expect(weightsOf(trainer)).toEqual(weightsOf(straight));
  });
});

describe("a checkpoint", () => {
  async function checkpointAt(stop: number, options: TrainingOptions = {}): Promise<Checkpoint> {
    return decodeCheckpoint(
      await bytesAt(await tinyTrainer(options, { withValid: true }), stop),
      "run.safetensors",
    );
  }
  const resume = async (checkpoint: Checkpoint, changes: Partial<TrainingConfig> = {}): Promise<Trainer> =>
    resumeTrainer(checkpoint, { tape: await newTape(), train, valid, changes, where: "run.safetensors" });

  test("taken while training goes on does not change with it, and can be resumed twice", async () => {
    const trainer = await tinyTrainer();
    let early: Checkpoint | undefined;
    for await (const event of trainer.run()) if (event.step === 5) early ??= trainerCheckpoint(trainer);
    expect((early!.meta["progress"] as { step: number }).step).toBe(5);
    const ends = [];
    for (let k = 0; k < 2; k++) {
      const again = await resume(early!);
      await eventsOf(again);
      ends.push(contentOf(again));
    }
    expect(ends[0]).toEqual(ends[1]);
  });

  test("holds the best weights as the model, and gives them back for evaluation", async () => {
    const trainer = await tinyTrainer(
      { steps: 150, evaluateEvery: 5, learningRate: 0.05, hiddenSize: 40 },
      { withValid: true },
    );
    await eventsOf(trainer);
    const checkpoint = decodeCheckpoint(encodeCheckpoint(trainerCheckpoint(trainer)), "run");
    const { model, vocabulary, config, progress, engine } = modelFromCheckpoint(
      await newTape(),
      checkpoint,
      "run",
    );
    expect((await evaluate(model, valid)).nats).toBe(trainer.result().validNats);
    expect(vocabulary.symbols).toEqual(trainer.vocabulary.symbols);
    expect(config).toEqual(trainer.config);
    expect(progress.step).toBe(150);
    expect(engine).toBe("strict");
    expect(checkpoint.tensors.has("train/decoder.bias")).toBe(true);
  });

  test("is refused with another text", async () => {
    const checkpoint = await checkpointAt(3);
    const other = train.slice();
    other[700] = (other[700]! + 1) % 6;
    const resumeOther = async (): Promise<Trainer> =>
      resumeTrainer(checkpoint, { tape: await newTape(), train: other, where: "run.safetensors" });
    await expect(resumeOther()).rejects.toThrow(CheckpointError);
    await expect(resumeOther()).rejects.toThrow(
      /^run\.safetensors: the training text is not the one this run was trained on\. Expected 1500 symbols, crc32 [0-9a-f]{8}, got 1500 symbols, crc32 [0-9a-f]{8}\. Resume with the same corpus and split\.$/,
    );
  });

  test("is refused when what is trained would change; limits and reports may", async () => {
    const checkpoint = await checkpointAt(3);
    await expect(resume(checkpoint, { hiddenSize: 10 })).rejects.toThrow(ConfigError);
    await expect(resume(checkpoint, { hiddenSize: 10 })).rejects.toThrow(
      "resume: hiddenSize cannot change when a run is resumed. Expected 9, got 10. Only steps, epochs, seconds, evaluateEvery, patience, sampleEvery, checkpointEvery can; start a new run for the rest.",
    );
    const trainer = await resume(checkpoint, { hiddenSize: 9, steps: 5, patience: 2 });
    expect(trainer.config).toMatchObject({ hiddenSize: 9, steps: 5, patience: 2 });
  });

  test.each([
    ["model/rnn.weight_hh_l1", "[36, 9]"],
    ["train/rnn.weight_hh_l1", "[36, 9]"],
    ["optimizer/m/decoder.bias", "[6]"],
    ["state/c_l1", "[5, 9]"],
  ])("is refused without tensor %s, or when its shape is another", async (name, shape) => {
    // the best weights are those of update 2, so both model/ and train/ are there
    const checkpoint = await checkpointAt(7, { evaluateEvery: 2, learningRate: 0.9, steps: 8, clip: 0 });
    expect(checkpoint.tensors.has(name)).toBe(true);
    const { data } = checkpoint.tensors.get(name)!;
    checkpoint.tensors.set(name, { shape: [data.length, 1], data });
    await expect(resume(checkpoint)).rejects.toThrow(
      `run.safetensors: tensor "${name}" does not fit the model. Expected float32 of shape ${shape}, got shape [${data.length}, 1].`,
    );
    checkpoint.tensors.delete(name);
    if (name.startsWith("train/")) return; // then the latest weights are those of the model
    await expect(resume(checkpoint)).rejects.toThrow(
      `run.safetensors: tensor "${name}" does not fit the model. Expected float32 of shape ${shape}, got no such tensor.`,
    );
  });

  test("from before a key of the configuration existed goes on with its default, to the bit", async () => {
    const { tensors, meta } = await checkpointAt(5);
    const config = meta["config"] as Record<string, unknown>;
    const { lastHiddenSize, feedForwardSize, carryState, inputInit, ...older } = config;
    expect([lastHiddenSize, feedForwardSize, carryState, inputInit]).toEqual([null, 0, true, null]);
    const [old, present] = [
      await resume({ tensors, meta: { ...meta, config: older as JsonObject } }),
      await resume({ tensors, meta }),
    ];
    expect(old.config).toEqual(present.config);
    await eventsOf(old);
    await eventsOf(present);
    expect(weightsOf(old)).toEqual(weightsOf(present));
  });

  test("of another kind, or with a configuration of another version, is refused", async () => {
    const { tensors, meta } = await checkpointAt(2);
    await expect(resume({ tensors, meta: { kind: "tagger" } })).rejects.toThrow(
      'run.safetensors: this checkpoint is not a language model. Expected kind "language model", got "tagger".',
    );
    const config = { ...(meta["config"] as object), attention: true };
    await expect(resume({ tensors, meta: { ...meta, config } })).rejects.toThrow(
      /^run\.safetensors: its configuration cannot be read\. Got run\.safetensors: config: unknown key "attention".*It may be of another version of tidegate\.$/,
    );
  });
});
