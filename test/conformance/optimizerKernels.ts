/** sgd, rmsprop, adam. Moments begin at sizes of order 1, so each update is a dozen roundings of such values. */
import type { AdamStep } from "../../src/engine/index.ts";
import { lengths, Numbers } from "./numbers.ts";
import { none, type Pair, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

const [RATE, DECAY] = [0.05, 0.1].map(Math.fround) as [number, number];

export function optimizerKernels({ claim }: Claims): void {
  const numbers = new Numbers("optimizers");

  for (const [name, momentum, nesterov] of [
    ["plain", 0, false],
    ["with momentum", 0.9, false],
    ["with nesterov momentum", 0.9, true],
  ] as const) {
    claim("sgd", `${name}, with and without weight decay`, (pair) => {
      for (const n of lengths) {
        for (const decay of [0, DECAY]) {
          pair.trial(`n=${n} weightDecay=${decay}`, () => {
            const [w, g] = [pair.output(numbers.uniform(n)), pair.input(numbers.uniform(n))];
            const v = momentum ? pair.output(numbers.uniform(n)) : none;
            pair.run((engine, at) => engine.sgd(n, at(w), at(g), at(v), RATE, momentum, decay, nesterov));
            pair.expectClose(w, () => 4 * UNIT, "w"); // a weight of at most 1.2, a step of at most 0.2
            if (momentum) pair.expectClose(v, () => 6 * UNIT, "v"); // three terms, at most 2 in all
          });
        }
      }
    });
  }

  claim("rmsprop", "with and without weight decay", (pair) => {
    for (const n of lengths) {
      for (const decay of [0, DECAY]) {
        pair.trial(`n=${n} weightDecay=${decay}`, () => {
          const [w, g] = [pair.output(numbers.uniform(n)), pair.input(numbers.uniform(n))];
          const v = pair.output(numbers.uniform(n, 0.25, 1));
          pair.run((engine, at) => engine.rmsprop(n, at(w), at(g), at(v), RATE, 0.95, 1e-8, decay));
          pair.expectClose(w, () => 4 * UNIT, "w"); // a weight of at most 1.2, a step of at most 0.12
          pair.expectClose(v, () => 6 * UNIT, "v");
        });
      }
    }
  });

  for (const decoupled of [false, true]) {
    claim("adam", decoupled ? "decoupled weight decay" : "weight decay in the gradient", (pair) => {
      for (const n of lengths) {
        for (const decay of [0, DECAY]) {
          pair.trial(`n=${n} weightDecay=${decay}`, () => {
            adamTrial(pair, n, numbers.uniform(n), { ...third, weightDecay: decay, decoupled });
          });
        }
      }
    });
  }

  claim("adam", "the first update from zero moments has the length of the learning rate", (pair) => {
    pair.trial("n=9", () => {
      const [w, m, v] = [pair.output(numbers.uniform(9)), pair.output(zeros(9)), pair.output(zeros(9))];
      const g = pair.input(numbers.uniform(9).map((x) => Math.fround(x * 1e-4)));
      const step = { ...third, correction1: 1 - 0.9, correction2: 1 - 0.999 };
      pair.run((engine, at) => engine.adam(9, at(w), at(g), at(m), at(v), step));
      pair.expectClose(w, () => 4 * UNIT, "w");
    });
  });

  claim("adam", "a NaN in the gradient spoils its own weight only", (pair) => {
    pair.trial("NaN at 0 and 8 of 9", () => {
      const gradient = numbers.uniform(9);
      gradient[0] = Number.NaN;
      gradient[8] = Number.NaN;
      adamTrial(pair, 9, gradient, third);
    });
  });
}

/** The third update of Adam at its defaults. */
const third: AdamStep = {
  learningRate: RATE,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: false,
  correction1: 1 - 0.9 ** 3,
  correction2: 1 - 0.999 ** 3,
};

const zeros = (n: number): number[] => new Array<number>(n).fill(0);

function adamTrial(pair: Pair, n: number, gradient: number[], step: AdamStep): void {
  const numbers = new Numbers(`adam ${n}`);
  const w = pair.output(numbers.uniform(n));
  const g = pair.input(gradient);
  const m = pair.output(numbers.uniform(n));
  const v = pair.output(numbers.uniform(n, 0.25, 1));
  pair.run((engine, at) => engine.adam(n, at(w), at(g), at(m), at(v), step));
  // step = rate / c1 · m / √(v / c2) <= 0.05 / 0.271 · 1 / (0.5 / 0.055) = 0.02; the weight at most 1
  pair.expectClose(w, () => 4 * UNIT, "w");
  pair.expectClose(m, () => 4 * UNIT, "m");
  pair.expectClose(v, () => 6 * UNIT, "v");
}
