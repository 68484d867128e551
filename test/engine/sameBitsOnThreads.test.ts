/** The number of threads is not in the bits: strict and relaxed give the same weights on one, two and three. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import { createEngine, type Engine, RandomStream, randomKey } from "../../src/engine/index.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/io/index.ts";
import { resumeTrainer, type Trainer, type TrainingOptions, trainerCheckpoint } from "../../src/lm/index.ts";
import { recordedRuns, trainedBits } from "../conformance/recordedBits.ts";
import { eventsOf, tinyTrainer, train, weightsOf } from "../lm/tinyRun.ts";

const everything = { elements: 1, products: 1, system: 1 };
const strict = fittingBuild("strict")!;
const relaxed = fittingBuild("relaxed");
const system = await createEngine("blas");

/** Large enough to be shared out as it is: 17 rows, of which no number of threads has as many as another. */
const large: TrainingOptions = {
  ...{ hiddenSize: 72, embeddingSize: 31, batchSize: 17, sequenceLength: 20, layers: 2, steps: 5 },
  ...{ dropout: "gal", learningRate: 0.02 },
};

/** The same with weights that each row turns on its own, beside a mask that all rows share. */
const flipped: TrainingOptions = {
  ...large,
  dropout: {
    inputWeights: { rate: 0.4, kind: "flipout" },
    recurrentWeights: { rate: 0.5, kind: "flipout" },
    recurrent: { rate: 0.3, tie: "batch" },
  },
};

/** The weights after some updates of `options`. */
async function weightsOn(engine: Engine, options: TrainingOptions): Promise<Record<string, number[]>> {
  const trainer = await tinyTrainer(options, { engine });
  await eventsOf(trainer);
  return weightsOf(trainer);
}

describe("the strict engine", () => {
  test.each([1, 2, 3])("gives the recorded bits on %d threads, every kernel shared out", async (threads) => {
    const engine = await assembleEngine(strict, { threads, blas: "never", thresholds: everything });
    expect(engine.threads).toBe(threads);
    for (const run of recordedRuns)
      expect([run.name, trainedBits(engine, run)]).toEqual([run.name, run.bits]);
    engine.close();
  });

  test.each([
    ["lstm", large],
    ["gru", large],
    ["lstm", flipped],
    ["gru", flipped],
    ["lstm", { ...large, layerNorm: true }],
    ["gru", { ...large, layerNorm: true }],
  ] as const)(
    "trains the same %s on 1, 2 and 3 threads at a size that is shared, under masks, under Flipout and layer-normalised",
    async (cell, options) => {
      const weights = [];
      for (const threads of [1, 2, 3]) {
        const engine = await assembleEngine(strict, { threads, blas: "never" });
        weights.push(await weightsOn(engine, { ...options, cell }));
        await expectToShare(engine, { ...options, cell });
      }
      expect(weights[1]).toEqual(weights[0]);
      expect(weights[2]).toEqual(weights[0]);
    },
  );

  test("goes on with another number of threads to the bits of the run that was never stopped", async () => {
    const engineOf = (threads: number): Promise<Engine> =>
      assembleEngine(strict, { threads, blas: "never", thresholds: everything });
    const options: TrainingOptions = { steps: 30, dropout: "gal" };
    const whole = await tinyTrainer(options, { engine: await engineOf(1) });
    await eventsOf(whole);

    const begun = await tinyTrainer(options, { engine: await engineOf(2) });
    const controller = new AbortController();
    for await (const event of begun.run({ signal: controller.signal }))
      if (event.type === "step" && event.step === 13) controller.abort();
    const bytes = encodeCheckpoint(trainerCheckpoint(begun));
    const resumed: Trainer = resumeTrainer(decodeCheckpoint(bytes, "two.safetensors"), {
      tape: new Tape(await engineOf(3)),
      train,
      where: "two.safetensors",
    });
    expect(resumed.progress.step).toBe(13);
    await eventsOf(resumed);
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    for (const { model } of [whole, begun, resumed]) model.tape.engine.close();
  });
});

test.skipIf(!relaxed)(
  `the relaxed engine gives the same bits on 1, 2 and 3 threads${relaxed ? "" : " (skipped: this runtime has no relaxed SIMD)"}`,
  async () => {
    for (const [options, thresholds] of [
      [large, undefined],
      [large, everything],
      [flipped, everything],
    ] as const) {
      const weights = [];
      for (const threads of [1, 2, 3]) {
        const engine = await assembleEngine(relaxed!, {
          threads,
          blas: "never",
          ...(thresholds && { thresholds }),
        });
        weights.push(await weightsOn(engine, options));
        engine.close();
      }
      expect(weights[1]).toEqual(weights[0]);
      expect(weights[2]).toEqual(weights[0]);
    }
  },
);

describe.skipIf(!system.blas)(
  `the engine blas${system.blas ? "" : ` (skipped: ${system.notes.join("; ")})`}`,
  () => {
    test.each([large, flipped])(
      "gives the same bits on one thread, two and three, and each time",
      async (options) => {
        const weights = [];
        for (const threads of [1, 2, 3, 2]) {
          const engine = await assembleEngine(fittingBuild("blas")!, { threads, blas: "asked" });
          weights.push(await weightsOn(engine, options));
          engine.close();
        }
        for (const others of weights.slice(1)) expect(others).toEqual(weights[0]);
      },
    );

    test("gives the same products, small and large, in every form", async () => {
      const engines = await Promise.all(
        [1, 2, 3].map((threads) => assembleEngine(fittingBuild("blas")!, { threads, blas: "asked" })),
      );
      const stream = new RandomStream(randomKey(3, "products"));
      const below = (n: number): number => 1 + Math.floor(n * stream.uniform());
      const most = 420;
      const numbers = Float32Array.from({ length: most * most }, () => stream.uniform() - 0.5);
      const places = engines.map(({ memory }) => {
        const at = [0, 1, 2].map(() => memory.persistent(most * most));
        for (const p of at) memory.floats(p, most * most).set(numbers);
        return at as [number, number, number];
      });
      for (let k = 0; k < 120; k++) {
        const [transA, transB] = [k % 2 === 0, k % 3 === 0];
        // one in three is narrow, as a layer of few outputs is
        const [M, N, K] = [below(k % 3 === 1 ? 70 : most), below(k % 3 === 2 ? 70 : most), below(most)];
        const results = engines.map((engine, e) => {
          const [a, b, c] = places[e]!;
          engine.gemm(transA, transB, M, N, K, a, transA ? M : K, b, transB ? K : N, c, N, false);
          return engine.memory.floats(c, M * N).slice();
        });
        for (const other of results.slice(1))
          expect(
            Buffer.compare(Buffer.from(other.buffer), Buffer.from(results[0]!.buffer)),
            `${M} x ${N} x ${K}`,
          ).toBe(0);
      }
      for (const engine of engines) engine.close();
    });
  },
);

/** Training on an engine whose threads have gone fails, when it needs them. */
async function expectToShare(engine: Engine, options: TrainingOptions): Promise<void> {
  const trainer = await tinyTrainer(options, { engine });
  engine.close();
  if (engine.threads === 1) await eventsOf(trainer);
  else await expect(eventsOf(trainer)).rejects.toThrow("got the engine was closed");
}
