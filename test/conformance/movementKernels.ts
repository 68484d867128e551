/** stridedCopy, maskMul. */
import type { Axes } from "../../src/engine/index.ts";
import { lengths, Numbers } from "./numbers.ts";
import { type Pair, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

/** A walk over memory: what it is for, and the elements of x and y that it spans. */
interface Walk {
  readonly name: string;
  readonly sizes: Axes;
  readonly x: Axes;
  readonly y: Axes;
}

/** Walks whose last axis has `n` elements. */
function walks(n: number): Walk[] {
  return [
    { name: "a copy", sizes: [1, 1, 3, n], x: [0, 0, n, 1], y: [0, 0, n, 1] },
    { name: "a transpose", sizes: [1, 1, 3, n], x: [0, 0, 1, 3], y: [0, 0, n, 1] },
    { name: "a permutation of four axes", sizes: [2, 3, 4, n], x: [1, 2, 6, 24], y: [12 * n, 4 * n, n, 1] },
    {
      name: "a slice out of longer rows",
      sizes: [1, 2, 3, n],
      x: [0, 4 * (n + 2), n + 2, 1],
      y: [0, 3 * n, n, 1],
    },
    { name: "rows put side by side", sizes: [1, 1, 3, n], x: [0, 0, n, 1], y: [0, 0, n + 5, 1] },
    { name: "a row repeated", sizes: [1, 2, 3, n], x: [0, 0, 0, 1], y: [0, 3 * n, n, 1] },
    { name: "a column repeated", sizes: [1, 1, 5, n], x: [0, 0, 1, 0], y: [0, 0, n, 1] },
    { name: "every second element", sizes: [1, 1, 2, n], x: [0, 0, 2 * n, 2], y: [0, 0, n, 1] },
  ];
}

const span = (sizes: Axes, strides: Axes): number =>
  1 + sizes.reduce((total, size, axis) => total + (size - 1) * strides[axis]!, 0);

export function movementKernels({ claim }: Claims): void {
  const numbers = new Numbers("movement");

  claim("stridedCopy", "moves to the bit, and leaves the elements between its strides alone", (pair) => {
    for (const n of lengths) {
      for (const { name, sizes, x: xs, y: ys } of walks(n)) {
        pair.trial(`${name}, n=${n}`, () => {
          const values = numbers.uniform(span(sizes, xs));
          values[0] = -0;
          const x = pair.input(values);
          const y = pair.output(span(sizes, ys));
          pair.run((engine, at) => engine.stridedCopy(sizes, at(x), xs, at(y), ys, false));
          pair.expectExact(y, "y");
        });
      }
    }
  });

  claim("stridedCopy", "accumulates onto what is there", (pair) => {
    for (const n of lengths) {
      for (const { name, sizes, x: xs, y: ys } of walks(n)) {
        pair.trial(`${name}, n=${n}`, () => {
          const x = pair.input(numbers.uniform(span(sizes, xs)));
          const y = pair.output(numbers.uniform(span(sizes, ys)));
          pair.run((engine, at) => engine.stridedCopy(sizes, at(x), xs, at(y), ys, true));
          pair.expectClose(y, (v) => UNIT * Math.abs(v), "y"); // one addition
        });
      }
    }
  });

  claim("stridedCopy", "sums over an axis whose stride in y is 0", (pair) => {
    for (const n of lengths) {
      const over: readonly [string, Axes, Axes][] = [
        ["columns", [1, 1, 6, n], [0, 0, 1, 0]],
        ["rows", [1, 1, 6, n], [0, 0, 0, 1]],
        ["everything", [1, 1, 6, n], [0, 0, 0, 0]],
      ];
      for (const [name, sizes, ys] of over) {
        pair.trial(`over ${name}, n=${n}`, () => {
          const x = pair.input(numbers.uniform(6 * n));
          const y = pair.output(numbers.uniform(span(sizes, ys)));
          pair.run((engine, at) => engine.stridedCopy(sizes, at(x), [0, 0, n, 1], at(y), ys, true));
          const terms = 6 * n + 1; // at most, each of size up to 1, and as many additions
          pair.expectClose(y, () => UNIT * terms * terms, "y");
        });
      }
    }
  });

  claim("gatherColumns", "picks columns and scales them, and scatterAddColumns brings them back", (pair) => {
    for (const D of lengths) {
      for (const K of new Set([1, Math.ceil(D / 2), D]))
        for (const N of [1, 3, 8])
          pair.trial(`N=${N} D=${D} K=${K}`, () => columnsTrial(pair, numbers, N, D, K));
    }
  });

  claim("maskMul", "lays one mask or one per step over the rows", (pair) => {
    for (const n of lengths) {
      for (const steps of [1, 2, 5]) {
        for (const maskSteps of new Set([1, steps])) {
          for (const accumulate of [false, true])
            pair.trial(`steps=${steps} rowSize=${n} maskSteps=${maskSteps} accumulate=${accumulate}`, () =>
              maskTrial(pair, numbers, steps, n, maskSteps, accumulate),
            );
        }
      }
    }
  });
}

function columnsTrial(pair: Pair, numbers: Numbers, N: number, D: number, K: number): void {
  const order = numbers.uniform(D);
  const units = Array.from(order.keys()).sort((a, b) => order[a]! - order[b]!);
  const kept = pair.ids(units.slice(0, K)); // in no order, none twice
  const x = pair.input(numbers.uniform(N * D));
  const y = pair.output(N * K);
  const back = pair.output(numbers.uniform(N * D));
  pair.run((engine, at) => engine.gatherColumns(N, D, K, at(kept), 1.25, at(x), at(y)));
  pair.expectClose(y, () => 2 * UNIT, "y");
  const from = pair.input(pair.result(y));
  pair.run((engine, at) => engine.scatterAddColumns(N, D, K, at(kept), 2, at(from), at(back)));
  pair.expectClose(back, () => 8 * UNIT, "x");
}

function maskTrial(
  pair: Pair,
  numbers: Numbers,
  steps: number,
  n: number,
  maskSteps: number,
  accumulate: boolean,
): void {
  const x = pair.input(numbers.uniform(steps * n));
  const mask = pair.input(numbers.mask(maskSteps * n).map((m) => Math.fround(m * 0.7)));
  const y = pair.output(accumulate ? numbers.uniform(steps * n) : steps * n);
  pair.run((engine, at) => engine.maskMul(steps, n, at(x), at(mask), maskSteps, at(y), accumulate));
  pair.expectClose(y, (v) => UNIT * (Math.abs(v) + 1.4), "y"); // a product of at most 1.4, and a sum
}
