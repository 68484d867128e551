/** gatherRows, scatterAddRows, pickScale, softmaxCrossEntropy, softmaxRows. */
import { lengths, Numbers } from "./numbers.ts";
import { none, type Pair, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

const widths = [...lengths, 65];

export function rowKernels({ claim, functionError }: Claims): void {
  const numbers = new Numbers("rows");
  /** A sum of V exponentials, then a quotient: each term within functionError + V + 3 roundings; terms are at most 1. */
  const shareBound = (V: number): number => 2 * functionError + (V + 3) * UNIT;

  claim("gatherRows", "copies rows to the bit, or scales each by its own factor", (pair) => {
    for (const D of lengths) {
      for (const N of [1, 2, 7]) {
        pair.trial(`N=${N} D=${D}`, () => {
          const table = pair.input(numbers.uniform(5 * D));
          const ids = pair.ids(numbers.integers(N, 5));
          const scale = pair.input(numbers.uniform(N));
          const [plain, scaled] = [pair.output(N * D), pair.output(N * D)];
          pair.run((engine, at) => {
            engine.gatherRows(N, D, at(ids), at(table), 0, at(plain));
            engine.gatherRows(N, D, at(ids), at(table), at(scale), at(scaled));
          });
          pair.expectExact(plain, "y");
          pair.expectClose(scaled, (v) => UNIT * Math.abs(v), "scaled y");
        });
      }
    }
  });

  claim("scatterAddRows", "adds every row to its place, also when ids repeat", (pair) => {
    for (const D of lengths) {
      for (const N of [1, 2, 7]) {
        for (const scaled of [false, true]) {
          pair.trial(`N=${N} D=${D} scaled=${scaled}`, () => {
            const ids = pair.ids(numbers.integers(N, 3));
            const dy = pair.input(numbers.uniform(N * D));
            const scale = scaled ? pair.input(numbers.uniform(N)) : none;
            const table = pair.output(numbers.uniform(3 * D));
            pair.run((engine, at) => engine.scatterAddRows(N, D, at(ids), at(dy), at(scale), at(table)));
            pair.expectClose(table, () => 2 * N * (N + 1) * UNIT, "dTable"); // N+1 terms of at most 1, 2 N roundings
          });
        }
      }
    }
  });

  claim("pickScale", "takes the factor of each position's id from its row of the mask", (pair) => {
    for (const rows of [1, 2, 3]) {
      for (const N of lengths) {
        pair.trial(`rows=${rows} N=${N}`, () => {
          const mask = pair.input(numbers.mask(rows * 7));
          const ids = pair.ids(numbers.integers(N, 7));
          const s = pair.output(N);
          pair.run((engine, at) => engine.pickScale(N, rows, 7, at(ids), at(mask), at(s)));
          pair.expectExact(s, "s");
        });
      }
    }
  });

  const entropyTrial = (
    pair: Pair,
    V: number,
    logits: number[],
    targets: number[],
    withDelta: boolean,
  ): void => {
    const N = targets.length;
    const x = pair.input(logits);
    const t = pair.ids(targets);
    const losses = pair.output(N);
    const delta = withDelta ? pair.output(N * V) : none;
    pair.run((engine, at) => engine.softmaxCrossEntropy(N, V, at(x), at(t), at(losses), at(delta)));
    const largest = logits.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
    // log of a sum, which is at most log V, then two additions of logits
    const lossBound = shareBound(V) + (functionError + UNIT) * Math.log(V + 1) + 6 * UNIT * largest;
    pair.expectClose(losses, () => lossBound, "losses");
    if (withDelta) pair.expectClose(delta, () => shareBound(V), "delta");
  };

  for (const withDelta of [true, false]) {
    claim(
      "softmaxCrossEntropy",
      `${withDelta ? "losses and gradients" : "losses alone"} of every width`,
      (pair) => {
        for (const V of widths) {
          for (const N of [1, 3]) {
            pair.trial(`N=${N} V=${V}`, () => {
              const targets = numbers.integers(N, V);
              entropyTrial(pair, V, numbers.uniform(N * V, -6, 6), targets, withDelta);
            });
          }
        }
      },
    );
  }

  claim("softmaxCrossEntropy", "a target of -1 costs nothing and pulls at nothing", (pair) => {
    for (const V of widths) {
      pair.trial(`V=${V}`, () => {
        const targets = [-1, V - 1, -1, 0];
        entropyTrial(pair, V, numbers.uniform(4 * V, -6, 6), targets, true);
      });
    }
  });

  claim("softmaxCrossEntropy", "logits of ±100 do not overflow", (pair) => {
    for (const V of [2, 5, 9]) {
      pair.trial(`V=${V}`, () => {
        const logits = numbers.uniform(3 * V, -100, 100);
        logits.splice(0, 2, 100, -100);
        logits.splice(V, 2, -100, -100);
        entropyTrial(pair, V, logits, [0, 1, V - 1], true);
        entropyTrial(pair, V, logits, [1, 0, 0], true);
      });
    }
  });

  claim("softmaxCrossEntropy", "a NaN spoils its own row only", (pair) => {
    for (const V of [1, 3, 4, 9]) {
      for (const at of new Set([0, V - 1])) {
        pair.trial(`V=${V} NaN at ${at}`, () => {
          const logits = numbers.uniform(3 * V);
          logits[V + at] = Number.NaN;
          entropyTrial(pair, V, logits, [0, 0, V - 1], true);
        });
      }
    }
  });

  claim("softmaxRows", "every width and temperature, ±100, and a NaN in one row", (pair) => {
    for (const V of widths) {
      for (const temperature of [0.5, 1, 1.75]) {
        pair.trial(`V=${V} temperature=${temperature}`, () => {
          const values = numbers.uniform(4 * V, -6, 6);
          values.splice(V, V, ...numbers.uniform(V, -100, 100));
          values[3 * V - 1] = Number.NaN;
          const x = pair.input(values);
          const y = pair.output(4 * V);
          pair.run((engine, at) => engine.softmaxRows(4, V, temperature, at(x), at(y)));
          pair.expectClose(y, () => shareBound(V), "y"); // d e^-d is at most 0.37: rounding of x/temperature adds 1 unit
        });
      }
    }
  });
}
