/**
 * layerNorm, layerNormBackward, sumProducts.
 *
 * A row of D numbers below 2 in size gets 2 D + 6 roundings on its way to x̂, each made larger by 1/√ε at most; the way back
 * sums D products twice and is made larger by 1/√ε once. Measured in November 2026: at most 0.1 of these bounds on every engine.
 */
import { expect } from "vitest";
import { lengths, Numbers } from "./numbers.ts";
import { none, type Pair, type Twin, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

const widths = [...lengths, 16, 48, 65];
/** As float32 has it, so that both engines add the same number. */
const EPSILON = Math.fround(0.01);
const LARGER = 1 / Math.sqrt(EPSILON);

interface Shape {
  readonly N: number;
  readonly D: number;
  /** distance of rows: D, or more where other columns lie between them */
  readonly ld: number;
}
const shapes: Shape[] = widths.flatMap((D, turn) => [
  { N: [1, 2, 7][turn % 3]!, D, ld: D },
  { N: [3, 1, 5][turn % 3]!, D, ld: D + 5 },
]);

export function normKernels({ claim }: Claims): void {
  const numbers = new Numbers("norm");
  const bound =
    (D: number): (() => number) =>
    () =>
      4 * (2 * D + 6) * UNIT * LARGER;
  /** Rows of D, `ld` apart; what lies between must stay as it is. */
  const rows = ({ N, D, ld }: Shape): number[] => numbers.uniform((N - 1) * ld + D, -2, 2);

  function forward(pair: Pair, { N, D, ld }: Shape, x: Twin, gain: Twin, bias: Twin, y: Twin): Twin[] {
    const [normalised, inverse] = [pair.output(new Array<number>(x.size).fill(7)), pair.output(N)];
    pair.run((engine, at) =>
      engine.layerNorm(N, D, ld, at(x), at(gain), at(bias), EPSILON, at(normalised), at(inverse), at(y)),
    );
    return [normalised, inverse];
  }

  claim("layerNorm", "every width, rows together and apart, with and without gain and bias", (pair) => {
    for (const shape of shapes) {
      for (const [withGain, withBias] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        pair.trial(`N=${shape.N} D=${shape.D} ld=${shape.ld} gain=${withGain} bias=${withBias}`, () => {
          const { D } = shape;
          const x = pair.input(rows(shape));
          const [gain, bias] = [withGain, withBias].map((given) =>
            given ? pair.input(numbers.uniform(D)) : none,
          ) as [Twin, Twin];
          const y = pair.output(new Array<number>(x.size).fill(5));
          const [normalised, inverse] = forward(pair, shape, x, gain, bias, y);
          pair.expectClose(normalised!, bound(D), "normalised");
          pair.expectClose(inverse!, (v) => bound(D)() * v, "inverse");
          pair.expectClose(y, bound(D), "y");
        });
      }
    }
  });

  claim("layerNorm", "in place", (pair) => {
    for (const shape of shapes) {
      pair.trial(`N=${shape.N} D=${shape.D} ld=${shape.ld}`, () => {
        const x = pair.output(rows(shape));
        forward(pair, shape, x, pair.input(numbers.uniform(shape.D)), none, x);
        pair.expectClose(x, bound(shape.D), "y");
      });
    }
  });

  claim(
    "layerNorm",
    "a row of equal numbers is 0, however large they are; a NaN spoils its own row only",
    (pair) => {
      for (const D of [1, 4, 5, 33]) {
        pair.trial(`D=${D}`, () => {
          const values = numbers.uniform(3 * D);
          values.fill(4096, 0, D); // D of them are summed without a rounding
          values[D] = Number.NaN;
          const y = pair.output(3 * D);
          forward(pair, { N: 3, D, ld: D }, pair.input(values), none, none, y);
          pair.expectClose(y, bound(D), "y");
          const got = pair.tested.memory.floats(y.tested, 3 * D);
          expect([...got.subarray(0, D)].every((v) => v === 0)).toBe(true);
          expect([...got.subarray(D, 2 * D)].every(Number.isNaN)).toBe(true);
          expect([...got.subarray(2 * D)].some(Number.isNaN)).toBe(false);
        });
      }
    },
  );

  for (const accumulate of [false, true]) {
    claim("layerNormBackward", `every width, rows together and apart; accumulate: ${accumulate}`, (pair) => {
      for (const shape of shapes) {
        for (const withGain of [false, true]) {
          pair.trial(`N=${shape.N} D=${shape.D} ld=${shape.ld} gain=${withGain}`, () => {
            const { N, D, ld } = shape;
            const y = pair.output(rows(shape));
            const [normalised, inverse] = forward(pair, shape, pair.input(rows(shape)), none, none, y).map(
              (array) => pair.input(pair.result(array)),
            ) as [Twin, Twin];
            const gain = withGain ? pair.input(numbers.uniform(D)) : none;
            const dy = pair.input(rows(shape));
            const dx = pair.output(rows(shape));
            const onto = pair.output(pair.result(dy));
            pair.run((engine, at) => {
              const [g, n, i] = [at(gain), at(normalised), at(inverse)];
              engine.layerNormBackward(N, D, ld, at(dy), g, n, i, at(dx), accumulate);
              engine.layerNormBackward(N, D, ld, at(onto), g, n, i, at(onto), false);
            });
            pair.expectClose(dx, bound(D), "dx");
            pair.expectClose(onto, bound(D), "dx on dy");
          });
        }
      }
    });
  }

  claim("sumProducts", "adds the products of every column to what is there", (pair) => {
    for (const D of widths) {
      for (const N of [1, 2, 7]) {
        pair.trial(`N=${N} D=${D}`, () => {
          const [a, b] = [pair.input(numbers.uniform(N * D)), pair.input(numbers.uniform(N * D))];
          const y = pair.output(numbers.uniform(D));
          pair.run((engine, at) => engine.sumProducts(N, D, at(a), at(b), at(y)));
          pair.expectClose(y, () => 2 * N * (N + 1) * UNIT, "y"); // N+1 terms of at most 1, 2 N roundings
        });
      }
    }
  });
}
