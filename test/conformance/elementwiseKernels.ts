/** fill, scale, axpy, mulAdd, unary and its backward, binary, sum, sumOfSquares. */
import { expect } from "vitest";
import { Binary, type BinaryOp, Unary, type UnaryOp } from "../../src/engine/index.ts";
import { lengths, Numbers } from "./numbers.ts";
import { type Bound, type Pair, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

const unaryOps = Object.keys(Unary) as UnaryOp[];
const binaryOps = Object.keys(Binary) as BinaryOp[];
const withZero = [0, ...lengths];

/** Results are correctly rounded (1 unit), but for the four elementary functions. */
function unaryBound(op: UnaryOp, functionError: number): Bound {
  if (op === "exp" || op === "log") return (y) => functionError * Math.abs(y) + UNIT * Math.abs(y);
  if (op === "sigmoid" || op === "tanh") return () => functionError;
  return (y) => UNIT * Math.abs(y);
}

export function elementwiseKernels({ claim, functionError }: Claims): void {
  const numbers = new Numbers("elementwise");

  claim("fill", "every length, and nothing beyond it", (pair) => {
    for (const n of withZero) {
      pair.trial(`n=${n}`, () => {
        const y = pair.output(n);
        pair.run((engine, at) => engine.fill(n, at(y), 0.1));
        pair.expectExact(y, "y");
      });
    }
  });

  claim("scale", "out of place and in place", (pair) => {
    for (const n of withZero) {
      pair.trial(`n=${n}`, () => {
        const x = pair.input(numbers.uniform(n));
        const y = pair.output(n);
        const z = pair.output(numbers.uniform(n));
        pair.run((engine, at) => {
          engine.scale(n, Math.fround(0.7), at(x), at(y));
          engine.scale(n, Math.fround(-1.3), at(z), at(z));
        });
        pair.expectClose(y, (v) => UNIT * Math.abs(v), "y");
        pair.expectClose(z, (v) => UNIT * Math.abs(v), "y in place");
      });
    }
  });

  claim("scale", "by 1 is a copy to the bit", (pair) => {
    pair.trial("n=9", () => {
      const x = pair.input(
        [1e-40, -0, 0, 3e38, -1e-45, Number.POSITIVE_INFINITY, 0.1, 7, -3].map(Math.fround),
      );
      const y = pair.output(9);
      pair.run((engine, at) => engine.scale(9, 1, at(x), at(y)));
      pair.expectExact(y, "y");
    });
  });

  // y + alpha x: one rounding of the product, one of the sum
  claim("axpy", "adds to what is there", (pair) => {
    for (const n of withZero) {
      pair.trial(`n=${n}`, () => {
        const x = pair.input(numbers.uniform(n));
        const start = numbers.uniform(n);
        const y = pair.output(start);
        pair.run((engine, at) => engine.axpy(n, Math.fround(0.7), at(x), at(y)));
        pair.expectClose(y, (v, k) => UNIT * (Math.abs(v) + Math.abs(v - start[k]!)), "y");
      });
    }
  });

  claim("mulAdd", "adds the product to what is there", (pair) => {
    for (const n of withZero) {
      pair.trial(`n=${n}`, () => {
        const [a, b] = [pair.input(numbers.uniform(n)), pair.input(numbers.uniform(n))];
        const start = numbers.uniform(n);
        const y = pair.output(start);
        pair.run((engine, at) => engine.mulAdd(n, at(a), at(b), at(y)));
        pair.expectClose(y, (v, k) => UNIT * (Math.abs(v) + Math.abs(v - start[k]!)), "y");
      });
    }
  });

  for (const op of binaryOps) {
    claim("binary", `${op} is correctly rounded`, (pair) => {
      for (const n of withZero) {
        pair.trial(`n=${n}`, () => {
          const [a, b] = [pair.input(numbers.uniform(n)), pair.input(numbers.uniform(n, 0.25, 4))];
          const y = pair.output(n);
          pair.run((engine, at) => engine.binary(op, n, at(a), at(b), at(y)));
          pair.expectExact(y, "y");
        });
      }
    });
  }

  for (const op of unaryOps) {
    const positive = op === "log" || op === "sqrt";
    claim("unary", `${op} of every length, out of place and in place`, (pair) => {
      for (const n of withZero) {
        pair.trial(`n=${n}`, () => {
          const values = numbers.uniform(n, positive ? 1e-3 : -8, 8);
          const x = pair.input(values);
          const y = pair.output(n);
          const z = pair.output(values);
          pair.run((engine, at) => {
            engine.unary(op, n, at(x), at(y));
            engine.unary(op, n, at(z), at(z));
          });
          pair.expectClose(y, unaryBound(op, functionError), "y");
          pair.expectClose(z, unaryBound(op, functionError), "y in place");
        });
      }
    });

    claim("unary", `${op} of NaN is NaN; zeros, infinities and ±100 do not overflow wrongly`, (pair) => {
      const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
      const special = [
        nan,
        0,
        -0,
        inf,
        -inf,
        100,
        -100,
        88.5,
        -88.5,
        -103.5,
        17,
        -17,
        1e-30,
        -1e-30,
        3e38,
        nan,
      ];
      pair.trial(op, () => {
        const x = pair.input(special.map(Math.fround));
        const y = pair.output(special.length);
        pair.run((engine, at) => engine.unary(op, special.length, at(x), at(y)));
        pair.expectClose(y, unaryBound(op, functionError), "y");
        expect(pair.tested.memory.f[y.tested]).toBeNaN();
      });
    });

    // The slope takes up to 3 roundings of values up to max(1, |slope|), the product and the sum one each.
    claim("unaryBackward", `${op} adds slope times dy to dx`, (pair) => {
      for (const n of withZero) {
        pair.trial(`n=${n}`, () => backwardTrial(pair, numbers, op, n, positive));
      }
    });
  }

  for (const kernel of ["sum", "sumOfSquares"] as const) {
    claim(kernel, "is accumulated in float64", (pair) => {
      for (const n of [...withZero, 10_007]) {
        pair.trial(`n=${n}`, () => {
          const values = numbers.uniform(n, -1, 1);
          const x = pair.input(values);
          const { tested, reference } = pair.run((engine, at) => engine[kernel](n, at(x)));
          const size = values.reduce((total, v) => total + Math.abs(v), 0);
          expect(Math.abs(tested - reference)).toBeLessThanOrEqual(n * 2 ** -52 * size); // n additions in float64
        });
      }
    });

    claim(kernel, "of an array with a NaN is NaN", (pair) => {
      for (const at of [0, 3, 8]) {
        pair.trial(`NaN at ${at} of 9`, () => {
          const values = numbers.uniform(9);
          values[at] = Number.NaN;
          const x = pair.input(values);
          expect(pair.tested[kernel](9, x.tested)).toBeNaN();
        });
      }
    });
  }
}

function backwardTrial(pair: Pair, numbers: Numbers, op: UnaryOp, n: number, positive: boolean): void {
  const values = numbers.uniform(n, positive ? 0.1 : -4, 4);
  const x = pair.input(values);
  const value = pair.output(n);
  pair.run((engine, at) => engine.unary(op, n, at(x), at(value)));
  const y = pair.input(pair.result(value));
  const dyValues = numbers.uniform(n);
  const dy = pair.input(dyValues);
  const start = numbers.uniform(n);
  const dx = pair.output(start);
  pair.run((engine, at) => engine.unaryBackward(op, n, at(x), at(y), at(dy), at(dx)));
  pair.expectClose(
    dx,
    (v, k) => UNIT * (Math.abs(v) + 4 * Math.abs(v - start[k]!) + 3 * Math.abs(dyValues[k]!)),
    "dx",
  );
}
