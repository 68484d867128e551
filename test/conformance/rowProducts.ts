/** packRow, rowProduct; and sequences whose recurrent weights are packed by packRow. Bounds as in gemmKernel.ts and sequences.ts. */
import { type Engine, NO_NOISE, type Ptr, packedRowSize } from "../../src/engine/index.ts";
import { Numbers } from "./numbers.ts";
import { none, type Pair, type Twin, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";
import {
  contractive,
  makeNorm,
  normOf,
  type SequenceCase,
  sequenceBound,
  showCase,
  statesFrom,
  written,
} from "./sequences.ts";

/** Around panels of 8 and of 24, and several of them. */
const widths = [1, 4, 7, 8, 9, 16, 23, 24, 25, 31, 32, 33, 48, 57, 75] as const;
const depths = [1, 2, 3, 4, 5, 8, 33, 261] as const;

/** W [blocks N, K] as each engine packs it, block by block. */
function pack(pair: Pair, blocks: number, N: number, K: number, w: Twin): Twin {
  const packed = pair.output(blocks * packedRowSize(N, K));
  pair.run((engine, at) => {
    for (let k = 0; k < blocks; k++)
      engine.packRow(N, K, at(w) + k * N * K, at(packed) + k * packedRowSize(N, K));
  });
  return packed;
}

export function rowProducts({ claim, functionError }: Claims): void {
  const numbers = new Numbers("one row");

  function multiply(
    pair: Pair,
    N: number,
    K: number,
    w: number[],
    x: number[],
    y: number[] | undefined,
  ): void {
    const [weights, row] = [pair.input(w), pair.input(x)];
    const packed = pack(pair, 1, N, K, weights);
    const out = pair.output(y ?? new Array<number>(N).fill(Number.NaN)); // without accumulating it is not read
    pair.run((engine, at) => engine.rowProduct(N, K, at(row), at(packed), at(out), y !== undefined));
    const bound = (_: number, n: number): number => {
      let size = y ? Math.abs(y[n]!) : 0;
      for (let k = 0; k < K; k++) size += Math.abs(w[n * K + k]! * x[k]!);
      return (K + 1) * UNIT * size;
    };
    pair.expectClose(out, bound, "y");
  }

  claim("rowProduct", "with packRow, at odd sizes, with and without accumulating", (pair) => {
    for (const N of widths) {
      for (const K of depths) {
        for (const accumulate of [false, true]) {
          pair.trial(`N=${N} K=${K} accumulate=${accumulate}`, () => {
            const [w, x, y] = [N * K, K, N].map((n) => numbers.uniform(n)) as [number[], number[], number[]];
            multiply(pair, N, K, w, x, accumulate ? y : undefined);
          });
        }
      }
    }
  });

  claim("rowProduct", "a NaN in a row of W stays in its sum, a NaN in x is in all", (pair) => {
    for (const [N, K] of [
      [9, 3],
      [25, 7],
      [57, 5],
    ] as const) {
      pair.trial(`N=${N} K=${K}`, () => {
        for (const n of [0, N - 2]) {
          const w = numbers.uniform(N * K);
          w[n * K + K - 1] = Number.NaN;
          multiply(pair, N, K, w, numbers.uniform(K), undefined);
        }
        multiply(
          pair,
          N,
          K,
          numbers.uniform(N * K),
          [...numbers.uniform(K - 1), Number.NaN],
          numbers.uniform(N),
        );
      });
    }
  });

  /** A few rows, as sampling has them, and more, for which `packed` is not used. */
  const cases = [1, 3, 7, 8, 25, 33].flatMap((H) =>
    [
      [1, 1],
      [7, 1],
      [1, 7],
      [2, 3],
      [9, 1],
      [4, 2],
    ].map(
      ([T, B], k): SequenceCase => ({
        ...{ T: T!, B: B!, H, mask: "none", withBiases: k % 3 !== 1 },
        ends: [false, false, false, false],
        ...{ dMask: false, noise: [] },
      }),
    ),
  );

  interface Cell {
    readonly name: string;
    readonly kernel: "lstmForward" | "gruForward";
    /** gates, and the blocks in which they are packed */
    readonly G: number;
    readonly blocks: number;
    readonly resetAfter: boolean;
  }
  const cells: readonly Cell[] = [
    { name: "LSTM", kernel: "lstmForward", G: 4, blocks: 1, resetAfter: true },
    { name: "GRU, reset-after", kernel: "gruForward", G: 3, blocks: 1, resetAfter: true },
    { name: "GRU, reset-before", kernel: "gruForward", G: 3, blocks: 3, resetAfter: false },
  ];

  const trials = cells.flatMap((cell) =>
    (cell.resetAfter ? [false, true] : [false]).map((isNormed) => ({ ...cell, isNormed })),
  );
  for (const { name, kernel, G, blocks, resetAfter, isNormed } of trials) {
    const normed = isNormed ? ", layer-normalised" : "";
    claim(kernel, `${name}${normed}: recurrent weights packed for single rows`, (pair) => {
      for (const plain of cases) {
        const c = { ...plain, isNormed };
        const { T, B, H, withBiases } = c;
        pair.trial(showCase(c), () => {
          const wHh = pair.input(isNormed ? numbers.uniform(G * H * H) : contractive(numbers, G, H, H));
          const norm = isNormed ? makeNorm(pair, numbers, c, G) : undefined;
          const bias = (): Twin => (withBiases ? pair.input(numbers.uniform(G * H)) : none);
          const arrays = {
            gates: pair.output(numbers.uniform(T * B * G * H, -3, 3)),
            hs: statesFrom(pair, numbers.uniform(B * H), T),
            cs: G === 4 ? statesFrom(pair, numbers.uniform(B * H), T) : none,
            candidate: G === 3 ? pair.output(T * B * H) : none,
          };
          const [bIh, bHh] = [bias(), bias()];
          const packed = pack(pair, blocks, (G / blocks) * H, H, wHh);
          pair.run((engine: Engine, at: (array: Twin) => Ptr) =>
            engine[kernel]({
              ...{ T, B, H, gates: at(arrays.gates), wHh: at(wHh), packed: at(packed) },
              ...{ bIh: at(bIh), bHh: at(bHh), hs: at(arrays.hs), cs: at(arrays.cs), hMasked: 0 },
              ...{ mask: { ptr: 0, kept: 0, count: 0, groups: 1, steps: 1 } },
              ...{ candidate: at(arrays.candidate), resetAfter, noise: NO_NOISE },
              norm: norm && normOf(norm, at),
            }),
          );
          for (const [what, array] of Object.entries({ ...arrays, ...written(norm) }))
            pair.expectClose(array, sequenceBound(pair, array, c, functionError), what);
        });
      }
    });
  }
}
