import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Batch, ConfigError, CorpusError, evaluationStreams, trainingStreams } from "./chapter.ts";

const counting = (N: number) => Int32Array.from({ length: N }, (_, i) => i);

describe("training", () => {
  test("two rows of twelve symbols, window by window", () => {
    const streams = trainingStreams(counting(12), { batchSize: 2, sequenceLength: 3 }); // 11 pairs, L = 5
    expect(streams.batchesPerEpoch).toBe(2);
    expect(streams.charsPerEpoch).toBe(10);
    expect(streams.at(0)).toEqual({
      inputs: Int32Array.of(0, 5, 1, 6, 2, 7), // [3, 2] time-major
      targets: Int32Array.of(1, 6, 2, 7, 3, 8),
      steps: 3,
      rows: 2,
      restart: true,
      scored: 6,
      epoch: 0,
    });
    expect(streams.at(1)).toEqual({
      inputs: Int32Array.of(3, 8, 4, 9),
      targets: Int32Array.of(4, 9, 5, 10),
      steps: 2,
      rows: 2,
      restart: false,
      scored: 4,
      epoch: 0,
    });
    expect(streams.at(2)).toEqual({ ...streams.at(0), epoch: 1 });
  });

  const sizes = fc.record({
    N: fc.integer({ min: 12, max: 300 }),
    batchSize: fc.integer({ min: 1, max: 11 }),
    sequenceLength: fc.integer({ min: 1, max: 40 }),
  });

  test("an epoch reads each row without a gap, and every target follows its input", () => {
    fc.assert(
      fc.property(sizes, ({ N, batchSize, sequenceLength }) => {
        const streams = trainingStreams(counting(N), { batchSize, sequenceLength });
        const rows: number[][] = Array.from({ length: batchSize }, () => []);
        for (let step = 0; step < streams.batchesPerEpoch; step++) {
          const { inputs, targets, restart } = streams.at(step);
          expect(restart).toBe(step === 0);
          inputs.forEach((symbol, k) => {
            expect(targets[k]).toBe(symbol + 1);
            rows[k % batchSize]!.push(symbol);
          });
        }
        const L = Math.floor((N - 1) / batchSize);
        expect(rows.flat()).toEqual([...counting(batchSize * L)]);
        expect(streams.charsPerEpoch).toBe(batchSize * L);
      }),
    );
  });

  test("a window depends on its number alone", () => {
    fc.assert(
      fc.property(sizes, fc.nat(500), ({ N, ...options }, step) => {
        const streams = trainingStreams(counting(N), options);
        const early = streams.at(step);
        streams.at(step + 7);
        expect(trainingStreams(counting(N), options).at(step)).toEqual(early);
        expect(early.epoch).toBe(Math.floor(step / streams.batchesPerEpoch));
      }),
    );
  });

  test("a text shorter than its rows is refused with the largest batch that fits", () => {
    expect(() => trainingStreams(counting(20), { batchSize: 32, sequenceLength: 8 })).toThrow(CorpusError);
    expect(() => trainingStreams(counting(20), { batchSize: 32, sequenceLength: 8 })).toThrow(
      "trainingStreams: the training text is too short. Expected at least 33 symbols for 32 rows, got 20. " +
        "Use a longer text, or batchSize 19 or less.",
    );
    expect(trainingStreams(counting(20), { batchSize: 19, sequenceLength: 8 }).at(0).scored).toBe(19);
    expect(() => trainingStreams(counting(1), { batchSize: 1, sequenceLength: 8 })).toThrow(
      "trainingStreams: the text is too short. Expected at least 2 symbols: one to read and one to predict, got 1. " +
        "Use a longer text.",
    );
    expect(() => trainingStreams(counting(9), { batchSize: 0, sequenceLength: 8 })).toThrow(ConfigError);
    expect(() => trainingStreams(counting(9), { batchSize: 2, sequenceLength: 8 }).at(-1)).toThrow(
      ConfigError,
    );
  });
});

describe("evaluation", () => {
  test("two rows of eight symbols with a warm-up of two", () => {
    const streams = evaluationStreams(counting(8), { rows: 2, sequenceLength: 4, warmUp: 2 }); // 7 pairs: 4 + 3
    expect(streams.scored).toBe(7);
    expect([...streams.batches()]).toEqual([
      {
        inputs: Int32Array.of(0, 2, 1, 3, 2, 4, 3, 5),
        targets: Int32Array.of(1, -1, 2, -1, 3, 5, 4, 6),
        steps: 4,
        rows: 2,
        restart: true,
        scored: 6,
        epoch: 0,
      },
      {
        inputs: Int32Array.of(0, 6),
        targets: Int32Array.of(-1, 7),
        steps: 1,
        rows: 2,
        restart: false,
        scored: 1,
        epoch: 0,
      },
    ]);
  });

  const sizes = fc.record({
    N: fc.integer({ min: 2, max: 200 }),
    rows: fc.integer({ min: 1, max: 40 }),
    sequenceLength: fc.integer({ min: 1, max: 30 }),
    warmUp: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  });

  test("every target is scored exactly once, behind at least the warm-up", () => {
    fc.assert(
      fc.property(sizes, ({ N, warmUp, ...sized }) => {
        const options = warmUp === undefined ? sized : { ...sized, warmUp };
        const streams = evaluationStreams(counting(N), options);
        const batches = [...streams.batches()];
        const seen = new Int32Array(N);
        for (const batch of batches) for (const target of batch.targets) if (target >= 0) seen[target]!++;
        expect([...seen]).toEqual([0, ...new Array(N - 1).fill(1)]);
        expect(batches.reduce((sum, { scored }) => sum + scored, 0)).toBe(streams.scored);
        expect(batches.map(({ restart }) => restart)).toEqual(batches.map((_, i) => i === 0));
        for (const row of rowsOf(batches)) {
          const first = row.findIndex(({ target }) => target >= 0);
          const context = row[first]!.input; // symbols before the first scored input, all there are
          expect(first).toBe(Math.min(context, warmUp ?? sized.sequenceLength));
        }
      }),
    );
  });

  test("a row reads on without a gap, and each scored target follows its input", () => {
    fc.assert(
      fc.property(sizes, ({ N, warmUp = 3, ...options }) => {
        for (const row of rowsOf([...evaluationStreams(counting(N), { ...options, warmUp }).batches()])) {
          const last = row.map(({ target }) => target >= 0).lastIndexOf(true);
          row.slice(0, last + 1).forEach(({ input, target }, t) => {
            expect(input).toBe(row[0]!.input + t);
            if (target >= 0) expect(target).toBe(input + 1);
          });
          for (const { input, target } of row.slice(last + 1)) expect([input, target]).toEqual([0, -1]);
        }
      }),
    );
  });

  test("a text shorter than the rows gets fewer rows", () => {
    const batches = [...evaluationStreams(counting(4), { rows: 16, sequenceLength: 5, warmUp: 0 }).batches()];
    expect(batches.map(({ rows, steps }) => [rows, steps])).toEqual([[3, 1]]);
  });

  test("one symbol cannot be evaluated", () => {
    expect(() => evaluationStreams(counting(1), { rows: 1, sequenceLength: 8 })).toThrow(
      "evaluationStreams: the text is too short. Expected at least 2 symbols",
    );
  });
});

/** The steps of each row over all windows. */
function rowsOf(batches: readonly Batch[]): { input: number; target: number }[][] {
  const rows: { input: number; target: number }[][] = Array.from({ length: batches[0]!.rows }, () => []);
  for (const { inputs, targets, rows: B } of batches) {
    inputs.forEach((input, k) => {
      rows[k % B]!.push({ input, target: targets[k]! });
    });
  }
  return rows;
}
