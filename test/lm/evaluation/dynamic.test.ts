/**
 * Dynamic evaluation against its equations: gradients by central differences of a loss that is read symbol by symbol, the
 * update written out weight by weight.
 */
import { describe, expect, test } from "vitest";
import { Tape } from "../../../src/autograd/index.ts";
import { createEngine } from "../../../src/engine/index.ts";
import {
  type EvaluationMode,
  evaluate,
  type GradientStatistics,
  gradientStatistics,
  LanguageModel,
  modelConfig,
  scoreChars,
} from "../../../src/lm/index.ts";
import { expectClose } from "../../autograd/expectClose.ts";
import { mean, readOneByOne, smallModel, softmax, someText, V } from "./naive.ts";

const ids = someText(24);
const train = someText(200, "train");
const segment = 5; // the last one is short: 23 targets

/** Parameters as one list of places in memory. */
function placesOf(model: LanguageModel): number[] {
  return [...model.parameters.values()].flatMap(({ ptr, size }) =>
    Array.from({ length: size }, (_, k) => ptr + k),
  );
}

function weightsOf(model: LanguageModel): number[] {
  return placesOf(model).map((place) => model.tape.engine.memory.f[place]!);
}

/** -ln p of each symbol but the first. */
async function scores(model: LanguageModel, text: Int32Array): Promise<number[]> {
  const { logits } = await readOneByOne(model, text);
  return logits.map((z, t) => -Math.log(softmax(z)[text[t + 1]!]!));
}

/** The scores, when every segment is read from the state that the one before it left under the weights of its own time. */
async function naive(
  model: LanguageModel,
  {
    learningRate,
    decay = 0,
    epsilon = 2e-5,
    rms,
  }: {
    learningRate: number;
    decay?: number;
    epsilon?: number;
    rms?: number[];
  },
): Promise<number[]> {
  const { tape } = model;
  const places = placesOf(model);
  const trained = weightsOf(model);
  const all: number[] = [];
  let state: number[][] | undefined; // [layer and kind][H]
  type State = ReturnType<LanguageModel["forward"]>["state"];
  const read = (text: Int32Array): { losses: number[]; after: number[][] } =>
    tape.noGrad(() =>
      tape.step(() => {
        const { memory } = tape.engine;
        let carried: State | undefined;
        if (state) {
          const tensors = state.map((values) => tape.tensor(values, [1, values.length]));
          carried = [
            { h: tensors[0]!, c: tensors[1]! },
            { h: tensors[2]!, c: tensors[3]! },
          ];
        }
        const losses: number[] = [];
        for (let t = 0; t + 1 < text.length; t++) {
          const next = model.forward(tape.ids([text[t]!], [1, 1]), { state: carried });
          carried = next.state;
          const z = Array.from(memory.floats(next.logits.ptr, V));
          losses.push(-Math.log(softmax(z)[text[t + 1]!]!));
        }
        const after = carried!
          .flatMap(({ h, c }) => [h, c!])
          .map(({ ptr, size }) => Array.from(memory.floats(ptr, size)));
        return { losses, after };
      }),
    );
  const averageRms = rms && mean(rms);
  for (let start = 0; start + 1 < ids.length; start += segment) {
    const text = ids.subarray(start, Math.min(start + segment + 1, ids.length));
    const { losses, after } = read(text);
    all.push(...losses);
    const gradient = places.map((place) => {
      const { f } = tape.engine.memory;
      const w = f[place]!;
      const h = 1e-5;
      f[place] = w + h;
      const up = mean(read(text).losses);
      f[place] = w - h;
      const down = mean(read(text).losses);
      f[place] = w;
      return (up - down) / (2 * h);
    });
    for (const [k, place] of places.entries()) {
      const { f } = tape.engine.memory;
      const pull = rms ? Math.min(rms[k]! / averageRms!, 1 / decay) : 1;
      const size = rms ? rms[k]! + epsilon : 1;
      f[place]! +=
        decay * (decay > 0 ? pull : 0) * (trained[k]! - f[place]!) - (learningRate * gradient[k]!) / size;
    }
    state = after;
  }
  for (const [k, place] of places.entries()) tape.engine.memory.f[place] = trained[k]!;
  return all;
}

/** Not square, not saturated: differences of 1e-5 are exact to about 1e-9. */
const small = (): LanguageModel => smallModel({ hiddenSize: 3, embeddingSize: 2 }, 2);
const flat = ({ rms }: GradientStatistics): number[] =>
  [...rms.values()].flatMap((values) => Array.from(values));

describe("dynamic evaluation", () => {
  test("with rate 0 has the bits of the expectation, with or without decay and statistics", async () => {
    const model = smallModel();
    const expectation = await scoreChars(model, ids, { rows: 1, sequenceLength: segment });
    const statistics = await gradientStatistics(model, train);
    for (const rest of [{}, { decay: 0.3 }, { statistics, decay: 0.3 }]) {
      const mode = { name: "dynamic", learningRate: 0, segment, ...rest } as const;
      expect(await scoreChars(model, ids, { mode })).toEqual(expectation);
    }
  });

  test.each([
    ["SGD", { learningRate: 0.7 }],
    ["SGD with decay", { learningRate: 0.7, decay: 0.2 }],
  ])("by %s follows the equations", async (_, options) => {
    const model = small();
    const expected = await naive(model, options);
    const mode: EvaluationMode = { name: "dynamic", segment, ...options };
    const dynamic = await scoreChars(model, ids, { mode });
    expectClose(dynamic, expected, 1e-7);
    const expectation = await scoreChars(model, ids, { rows: 1 });
    expectClose(dynamic.subarray(0, segment), expectation.subarray(0, segment), 1e-12); // scored first, learned from later
    const apart = Math.max(
      ...dynamic.subarray(segment).map((x, t) => Math.abs(x - expectation[segment + t]!)),
    );
    expect(apart).toBeGreaterThan(0.05);
  });

  test.each<[string, { learningRate: number; decay?: number; epsilon?: number }]>([
    ["", { learningRate: 0.02 }],
    [" with decay", { learningRate: 0.02, decay: 0.4, epsilon: 1e-3 }], // 1/decay clips the pull of some weights
  ])("by the RMS rule%s follows the equations", async (_, options) => {
    const model = small();
    const statistics = await gradientStatistics(model, train, { batchSize: 3, segment });
    const rms = flat(statistics);
    if (options.decay) expect(Math.max(...rms) / mean(rms)).toBeGreaterThan(1 / options.decay);
    const expected = await naive(model, { ...options, rms });
    const mode: EvaluationMode = { name: "dynamic", segment, statistics, ...options };
    expectClose(await scoreChars(model, ids, { mode }), expected, 1e-6);
  });

  test("learns a text that repeats itself", async () => {
    const text = Int32Array.from({ length: 1500 }, (_, t) => [1, 4, 2, 6, 0][t % 5]!);
    const model = smallModel({ layers: 1 }, 1);
    const before = await evaluate(model, text);
    const mode: EvaluationMode = { name: "dynamic", learningRate: 1, segment: 10 };
    const after = await evaluate(model, text, { mode });
    expect(after.mode).toBe("dynamic");
    expect(after.nats).toBeLessThan(before.nats / 2);
  });
});

describe.each(["float32", "float64"])("the weights afterwards, in %s", (precision) => {
  const weights = async (): Promise<LanguageModel> =>
    precision === "float64"
      ? smallModel()
      : new LanguageModel(new Tape(await createEngine("strict")), V, modelConfig({ hiddenSize: 9 }), 1);
  const mode: EvaluationMode = { name: "dynamic", learningRate: 0.3, segment, decay: 0.01 };

  test("are the trained ones, to the bit, and no memory is kept", async () => {
    const model = await weights();
    const [before, expectation] = [weightsOf(model), await scoreChars(model, ids)];
    const first = await scoreChars(model, ids, { mode });
    const { bytes } = model.tape.engine.memory;
    for (let k = 0; k < 30; k++) expect(await scoreChars(model, ids, { mode })).toEqual(first);
    expect(weightsOf(model)).toEqual(before);
    expect(await scoreChars(model, ids)).toEqual(expectation);
    expect(model.tape.engine.memory.bytes).toBe(bytes);
  });

  test("are the trained ones after an abort, an error in the middle, and a divergence", async () => {
    const model = await weights();
    const before = weightsOf(model);
    const controller = new AbortController();
    let moved = false;
    const onProgress = (share: number): void => {
      if (share < 0.5) return;
      moved = weightsOf(model).some((w, k) => w !== before[k]);
      controller.abort(new Error("enough"));
    };
    await expect(scoreChars(model, ids, { mode, signal: controller.signal, onProgress })).rejects.toThrow(
      "enough",
    );
    expect(moved).toBe(true);
    expect(weightsOf(model)).toEqual(before);
    const broken = ids.slice();
    broken[20] = V; // a symbol that the vocabulary lacks, in the last segment but one
    await expect(scoreChars(model, broken, { mode })).rejects.toThrow("outside the vocabulary");
    expect(weightsOf(model)).toEqual(before);
    const wild: EvaluationMode = { name: "dynamic", learningRate: 1e300, segment };
    await expect(scoreChars(model, ids, { mode: wild })).rejects.toThrow(
      /evaluate: dynamic evaluation diverged in segment \d/,
    );
    expect(weightsOf(model)).toEqual(before);
  });
});

describe("gradient statistics", () => {
  test("are root mean squares of the gradients of batches, and leave the weights alone", async () => {
    const model = small();
    const before = weightsOf(model);
    const text = someText(22); // one row of 21 pairs: batches of 5, 5, 5, 5, 1
    const { rms } = await gradientStatistics(model, text, { batchSize: 1, segment: 5 });
    expect(weightsOf(model)).toEqual(before);
    // of one batch it is the size of a gradient, which a central difference gives too
    const one = flat(await gradientStatistics(model, text, { batchSize: 1, segment: 5, batches: 1 }));
    const places = placesOf(model);
    const { f } = model.tape.engine.memory;
    const differences: number[] = [];
    for (const place of places) {
      const w = f[place]!;
      const loss = async (value: number): Promise<number> => {
        f[place] = value;
        return mean(await scores(model, text.subarray(0, 6)));
      };
      differences.push(Math.abs(((await loss(w + 1e-5)) - (await loss(w - 1e-5))) / 2e-5));
      f[place] = w;
    }
    expectClose(one, differences, 1e-8);
    // and of K batches the mean square is the mean of theirs
    const squares: number[][] = [];
    for (let K = 1; K <= 5; K++) {
      const upTo = flat(await gradientStatistics(model, text, { batchSize: 1, segment: 5, batches: K }));
      squares.push(upTo.map((x) => x * x * K));
    }
    const last = squares[4]!.map((x, k) => x - squares[3]![k]!);
    expect(Math.max(...last)).toBeGreaterThan(1e-4);
    expectClose(
      flat({ rms }),
      squares[4]!.map((x) => Math.sqrt(x / 5)),
      1e-12,
    );
  });

  test("of a text shorter than a batch take fewer rows; of another model they are refused", async () => {
    const model = small();
    expect(flat(await gradientStatistics(model, ids)).some((x) => x > 0)).toBe(true);
    const statistics = await gradientStatistics(smallModel(), train);
    await expect(
      evaluate(model, ids, { mode: { name: "dynamic", learningRate: 1, statistics } }),
    ).rejects.toThrow(
      "evaluate: the gradient statistics do not fit the model. Expected 14 numbers for embedding.weight, got 21.",
    );
    await expect(gradientStatistics(model, ids, { batches: 0 })).rejects.toThrow(
      "gradientStatistics: batches must be a positive integer",
    );
    await expect(gradientStatistics(model, ids.subarray(0, 1))).rejects.toThrow("too short");
    await expect(gradientStatistics(model, ids, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });
});

describe("what dynamic evaluation refuses", () => {
  test.each([
    [{ learningRate: -1 }, "evaluate: learningRate must be zero or a positive number"],
    [{ learningRate: Number.NaN }, "learningRate must be zero or a positive number"],
    [
      { segment: 0 },
      "evaluate: segment must be a positive integer. Expected an integer of 1 or more, got 0. For example { segment: 20 }.",
    ],
    [
      { decay: 1.5 },
      "evaluate: decay must be a share. Expected a number in [0, 1]: how far the weights go back to the trained ones at each step, got 1.5.",
    ],
    [{ epsilon: 0 }, "evaluate: epsilon must be a positive number"],
  ])("%j", async (change, words) => {
    const mode = { name: "dynamic", learningRate: 0.1, ...change } as EvaluationMode;
    await expect(evaluate(small(), ids, { mode })).rejects.toThrow(words);
  });

  test("more rows than one", async () => {
    const mode: EvaluationMode = { name: "dynamic", learningRate: 0.1 };
    await expect(evaluate(small(), ids, { mode, rows: 4 })).rejects.toThrow(
      "evaluate: dynamic evaluation reads the text in one row. Expected rows: 1, got 4. Leave rows out: weights can follow only one place in the text.",
    );
  });
});
