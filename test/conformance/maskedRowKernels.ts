/** maskedRowsForward, maskedRowsBackward: at odd sizes, with symbols that come more than 64 times, and in several portions. */
import type { MaskedRows } from "../../src/engine/index.ts";
import { Numbers } from "./numbers.ts";
import { none, type Pair, type Twin, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

/** Rows, symbols, mask rows and sizes of one trial. */
interface Sizes {
  readonly N: number;
  readonly V: number;
  readonly D: number;
  readonly columns: number;
  readonly maskSize: number;
  readonly scaled: boolean;
  /** share of the mask that is unusual */
  readonly share: number;
}

const trials: readonly Sizes[] = [
  { N: 1, V: 1, D: 1, columns: 1, maskSize: 1, scaled: false, share: 1 },
  { N: 7, V: 3, D: 5, columns: 33, maskSize: 2, scaled: true, share: 0.3 },
  { N: 9, V: 12, D: 4, columns: 32, maskSize: 9, scaled: false, share: 0.5 },
  { N: 150, V: 2, D: 6, columns: 67, maskSize: 150, scaled: true, share: 0.25 },
  { N: 200, V: 5, D: 31, columns: 95, maskSize: 13, scaled: false, share: 0 },
  { N: 300, V: 1, D: 9, columns: 130, maskSize: 4, scaled: true, share: 1 },
  { N: 7, V: 3, D: 40000, columns: 3, maskSize: 3, scaled: true, share: 0.1 },
];

export function maskedRowKernels({ claim }: Claims): void {
  const numbers = new Numbers("masked rows");
  const USUAL = 1.25;

  /** What both kernels are given: rows of 0 to 3 places each, in no order, and arrays whose rows lie with gaps. */
  const arrays = (pair: Pair, { N, V, D, columns, maskSize, scaled, share }: Sizes) => {
    const starts = [0];
    for (const n of numbers.integers(N, 4)) starts.push(starts.at(-1)! + n);
    const P = starts[N]!;
    const order = Array.from({ length: P }, (_, p) => (p * 7919) % P);
    const mask = numbers.uniform(maskSize * D).map((m, k) => (k % 100 < share * 100 ? m : USUAL));
    return {
      P,
      ld: columns + 3,
      ids: pair.ids(numbers.integers(N, V).sort((a, b) => a - b)),
      maskRows: pair.ids(numbers.integers(N, maskSize)),
      factors: scaled ? pair.input(numbers.uniform(N)) : none,
      starts: pair.ids(starts),
      places: pair.ids(order.length ? order : [0]),
      mask: pair.input(mask),
      table: pair.input(numbers.uniform(V * D)),
      weight: pair.input(numbers.uniform(columns * D)),
    };
  };
  type Arrays = ReturnType<typeof arrays>;
  const given = ({ N, V, D, columns }: Sizes, a: Arrays, at: (array: Twin) => number): MaskedRows => ({
    N,
    V,
    D,
    columns,
    ld: a.ld,
    ids: at(a.ids),
    maskRows: at(a.maskRows),
    factors: at(a.factors),
    starts: at(a.starts),
    places: at(a.places),
    mask: at(a.mask),
    usual: USUAL,
    table: at(a.table),
    weight: at(a.weight),
  });
  /** n terms of at most 7 each: every term and every partial sum is rounded, which adds up like a random walk. */
  const bound = (n: number) => () => 12 * (n + 4) * Math.sqrt(n + 4) * UNIT;

  claim("maskedRowsForward", "adds what differs from the usual, on a base or on nothing", (pair) => {
    for (const sizes of trials) {
      for (const isBased of [true, false]) {
        pair.trial(`${JSON.stringify(sizes)} base=${isBased}`, () => {
          const a = arrays(pair, sizes);
          const base = isBased ? pair.input(numbers.uniform(sizes.V * a.ld)) : none;
          const z = pair.output(numbers.uniform(Math.max(1, a.P) * a.ld)); // columns beyond stay as they are
          pair.run((engine, at) => engine.maskedRowsForward(given(sizes, a, at), at(base), at(z)));
          pair.expectClose(z, bound(sizes.D), "z");
        });
      }
    }
  });

  claim(
    "maskedRowsBackward",
    "adds to the gradients of the table and the weight, and to sums of dz",
    (pair) => {
      for (const sizes of trials) {
        pair.trial(JSON.stringify(sizes), () => {
          const a = arrays(pair, sizes);
          const { N, V, D, columns, scaled } = sizes;
          const dz = pair.input(numbers.uniform(Math.max(1, a.P) * a.ld));
          const dTable = pair.output(numbers.uniform(V * D));
          const dWeight = pair.output(numbers.uniform(columns * D));
          const sums = pair.output(numbers.uniform(V * a.ld));
          const total = scaled ? pair.output(numbers.uniform(columns)) : none;
          pair.run((engine, at) =>
            engine.maskedRowsBackward(given(sizes, a, at), at(dz), {
              dTable: at(dTable),
              dWeight: at(dWeight),
              sums: at(sums),
              total: at(total),
            }),
          );
          pair.expectClose(dTable, bound(N + columns), "dTable");
          pair.expectClose(dWeight, bound(N + V), "dWeight");
          pair.expectClose(sums, bound(a.P), "sums");
          if (scaled) pair.expectClose(total, bound(a.P), "total");
        });
      }
    },
  );
}
