/**
 * What a network computes under the masks of many windows is on average what it computes without them, where it is linear in
 * the mask: pre-activations of every gate and the logits; under Semeniuta what enters the state; under Moon the pre-activations
 * of the window after; under zoneout the state itself, whose mean is p times the old one and 1 - p times the new.
 *
 * A network is made to show its pre-activations: unit j looks at gate j mod G, its other gates are opened or shut by biases
 * of ±40, and the gate's logistic function or tangent is inverted. The mean is held within five standard deviations, which
 * must be few enough that a scale that is missing, or there twice, is seen.
 */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine, randomKey } from "../../src/engine/index.ts";
import { LanguageModel } from "../../src/lm/index.ts";
import { recurrentDropout, type Site } from "../../src/nn/index.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";
import { type Cell, casesOf, cellConfig } from "./matrix.ts";

const [V, D, H] = [5, 12, 12] as const;
const strict = await createEngine("strict");
const key = randomKey("expectation", "masks");

/** h and c of both layers, and the logits, after one step; c is empty for a GRU. */
interface Seen {
  readonly h: number[][];
  readonly c: number[][];
  readonly logits: number[];
}

/** A model of two layers, both started from the same states in every window. */
class Rig {
  readonly cell: Cell;
  readonly model: LanguageModel;
  readonly rows: number;
  readonly random = numbers("expectation");
  readonly h0: number[];
  c0: number[];

  constructor(cell: Cell, preset: string, rows: number) {
    this.cell = cell;
    this.rows = rows;
    const config = { ...cellConfig(cell), hiddenSize: H, layers: 2, embeddingSize: D };
    const dropout = recurrentDropout(preset);
    this.model = new LanguageModel(new Tape(strict), V, { ...config, dropout }, 1);
    const row = this.random([H], 0.5, 1).map((u, j) => (j % 2 ? u : -u));
    this.h0 = Array.from({ length: rows }, () => row).flat();
    this.c0 = new Array<number>(rows * H).fill(1);
    this.set("embedding.weight", this.random([V * D]));
  }

  get gates(): number {
    return this.cell === "lstm" ? 4 : 3;
  }

  set(name: string, values: readonly number[]): void {
    this.model.tape.assign(this.model.parameters.get(name)!, [...values]);
  }

  /** Weights of a layer by gate and unit: 1 where random numbers stay, 0 where they are taken away; and the biases. */
  layer(l: number, stays: (k: number, j: number) => number, bias: (k: number, j: number) => number): void {
    const rows = Array.from({ length: this.gates * H }, (_, r) => [Math.floor(r / H), r % H] as const);
    const matrix = (columns: number): number[] =>
      rows.flatMap(([k, j]) => this.random([columns], -0.4, 0.4).map((w) => w * stays(k, j)));
    this.set(`rnn.weight_ih_l${l}`, matrix(l === 0 ? D : H));
    this.set(`rnn.weight_hh_l${l}`, matrix(H));
    this.set(
      `rnn.bias_ih_l${l}`,
      rows.map(([k, j]) => bias(k, j)),
    );
    // the bias that reset-after multiplies by r
    this.set(
      `rnn.bias_hh_l${l}`,
      rows.map(([k, j]) => (k === 2 && shownGate(this.cell, j) === "r" ? 1 : 0)),
    );
  }

  /** Unit j of a layer shows gate j mod G. */
  showGates(l: number): void {
    const names = this.cell === "lstm" ? "ifgo" : "rzn";
    const others = (j: number): Record<string, number> =>
      ({
        ...{ i: { f: -40, g: 40, o: 40 }, f: { i: -40, g: 0, o: 40 }, g: { i: 40, f: -40, o: 40 } },
        ...{ o: { i: 40, f: -40, g: 40 }, r: { z: -40, n: 0 }, z: { r: 0, n: 0 }, n: { r: 40, z: -40 } },
      })[shownGate(this.cell, j)]! as Record<string, number>;
    const isShown = (k: number, j: number): boolean => names[k] === shownGate(this.cell, j);
    this.layer(
      l,
      (k, j) => Number(isShown(k, j)),
      (k, j) => (isShown(k, j) ? 0 : others(j)[names[k]!]!),
    );
  }

  /** A layer that hands on numbers that no input changes. */
  constant(l: number): void {
    const biases = this.random([this.gates * H]);
    this.layer(
      l,
      () => 0,
      (k, j) => biases[k * H + j]!,
    );
  }

  /** The decoder adds up what it reads, so that a share that is missing is not lost among signs. */
  showOutput(): void {
    const top = this.step().h[1]!;
    this.set(
      "decoder.weight",
      this.random([V * H], 0.5, 1).map((w, n) => w * Math.sign(top[n % H]!)),
    );
    this.set("decoder.bias", new Array<number>(V).fill(0));
  }

  /** One step; `window` undefined: evaluation. */
  step(window?: number, h0 = this.h0): Seen {
    const { model, rows, cell } = this;
    const { tape } = model;
    return tape.step(() => {
      const ids = Array.from({ length: rows }, (_, b) => b % V);
      const state = [0, 1].map(() => ({
        h: tape.tensor(h0, [rows, H]),
        ...(cell === "lstm" ? { c: tape.tensor(this.c0, [rows, H]) } : {}),
      }));
      const { dropout } = model.config;
      const masks = window === undefined ? undefined : { dropout, key, window, stream: window };
      const pass = model.forward(tape.ids(ids, [1, rows]), { state, masks });
      return {
        h: pass.state.map(({ h }) => valuesOf(h)),
        c: pass.state.map(({ c }) => (c ? valuesOf(c) : [])),
        logits: valuesOf(pass.logits),
      };
    });
  }

  /** The pre-activations that the units of a layer show. */
  shown(l: number, { h, c }: Seen): number[] {
    const logit = (x: number): number => Math.log(x / (1 - x));
    return h[l]!.map((y, n) => {
      const cell = c[l]![n]!;
      if (cell === 0) return Number.NaN; // dropped: it shows nothing
      switch (shownGate(this.cell, n % H)) {
        case "i":
        case "f":
          return logit(cell);
        case "g":
          return Math.atanh(cell);
        case "o":
          return logit(y / Math.tanh(1));
        case "r":
          return logit(Math.atanh(y));
        case "z":
          return logit(y / this.h0[n]!);
        default:
          return Math.atanh(y);
      }
    });
  }
}

/** In a GRU with reset-before, r stands inside a product with a mask of its own, so that it is not shown alone. */
function shownGate(cell: Cell, j: number): string {
  const gate = (cell === "lstm" ? "ifgo" : "rzn")[j % (cell === "lstm" ? 4 : 3)]!;
  return gate === "r" && cell === "gru, reset-before" ? "n" : gate;
}

/**
 * Σ a (x - clean) / Σ a² over the values of a window, whose mean over windows is 0: `a` says what a wrong scale would add to.
 * Values that are not finite were hidden by another mask and are left out.
 */
function expectMean(
  windows: number,
  resolution: number,
  clean: readonly number[],
  a: readonly number[],
  read: (window: number) => readonly number[],
): void {
  const errors = Array.from({ length: windows }, (_, window) => {
    let [error, total] = [0, 0];
    for (const [n, x] of read(window).entries()) {
      if (!Number.isFinite(x)) continue;
      error += a[n]! * (x - clean[n]!);
      total += a[n]! ** 2;
    }
    return error / total;
  });
  const mean = errors.reduce((sum, e) => sum + e, 0) / windows;
  const variance = errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / (windows - 1);
  const bound = 5 * Math.sqrt(variance / windows);
  expect(bound).toBeGreaterThan(0); // something is masked
  expect(bound).toBeLessThan(resolution);
  expect(Math.abs(mean)).toBeLessThan(bound);
}

/**
 * Windows and rows: what is the same for all rows of a batch needs windows, all else is faster in rows. `resolution` is a
 * share of what a wrong scale at one site would add: a rate of 0.5 halves or doubles its part.
 */
function sizesOf(preset: string): { windows: number; rows: number; resolution: number } {
  const rules = Object.values(recurrentDropout(preset).sites);
  const smallest = Math.min(...rules.map(({ rate }) => rate as number));
  const isForBatch = rules.some(({ tie }) => tie === "batch");
  const [windows, resolution] = smallest >= 0.5 ? [1500, 0.08] : [2500, 0.04];
  return { ...(isForBatch ? { windows, rows: 4 } : { windows: 40, rows: 120 }), resolution };
}

/**
 * The mean of a mask, by which what is linear in it is multiplied: 1 but for the soft masks of concrete dropout, which are
 * slightly less. There the mean over u in (0, 1) of (1 - d)/(1 - p), d = σ((logit p + logit u)/0.1).
 */
function meanOfMask(preset: string): number {
  const { input } = recurrentDropout(preset).sites;
  if (input?.kind !== "concrete") return 1;
  const p = input.rate as number;
  const n = 1e5;
  const logit = (u: number): number => Math.log(u / (1 - u));
  let sum = 0;
  for (let k = 0; k < n; k++) sum += 1 / (1 + Math.exp((logit(p) + logit((k + 0.5) / n)) / 0.1));
  return sum / n / (1 - p);
}

const has = (preset: string, ...sites: Site[]): boolean =>
  sites.some((site) => site in recurrentDropout(preset).sites);
const inside = ["candidate", "cell", "zoneoutHidden"] as const;
const cases = casesOf("expectation");

describe.each(cases.filter(({ preset }) => !has(preset, ...inside)))("$preset, $cell", ({ preset, cell }) => {
  const { windows, rows, resolution } = sizesOf(preset);
  const mean = meanOfMask(preset);

  test.runIf(has(preset, "input", "recurrent", "recurrentWeights"))("the gates of the first layer", () => {
    const rig = new Rig(cell, preset, rows);
    rig.showGates(0);
    const clean = rig.shown(0, rig.step()).map((z) => z * mean);
    expectMean(windows, resolution, clean, clean, (window) => rig.shown(0, rig.step(window)));
  });

  test.runIf(has(preset, "layers", "recurrent", "recurrentWeights"))("the gates of the second layer", () => {
    const rig = new Rig(cell, preset, rows);
    rig.constant(0);
    rig.showGates(1);
    const clean = rig.shown(1, rig.step()).map((z) => z * mean);
    expectMean(windows, resolution, clean, clean, (window) => rig.shown(1, rig.step(window)));
  });

  test.runIf(has(preset, "output"))("the logits", () => {
    const rig = new Rig(cell, preset, rows);
    rig.constant(0);
    rig.constant(1);
    rig.showOutput();
    const clean = rig.step().logits.map((z) => z * mean);
    expectMean(windows, resolution, clean, clean, (window) => rig.step(window).logits);
  });
});

describe.each(cases.filter(({ preset }) => has(preset, "candidate")))(
  "$preset, $cell: what enters the state",
  ({ preset, cell }) => {
    test.each([0, 1])("of layer %d", (l) => {
      const { windows, rows, resolution } = sizesOf(preset);
      const rig = new Rig(cell, preset, rows);
      // what comes from below is masked itself
      rig.layer(
        l,
        () => 1 - l,
        (k, j) => Math.sin(k + 3 * j),
      );
      const nothing = rig.h0.map(() => 0);
      rig.c0 = nothing;
      const enters = (window?: number): number[] => {
        const { h, c } = rig.step(window, nothing);
        return cell === "lstm" ? c[l]! : h[l]!;
      };
      expectMean(windows, resolution, enters(), enters(), enters);
    });
  },
);

describe.each(cases.filter(({ preset }) => has(preset, "cell")))(
  "$preset, $cell, after a window that leaves 0 where it drops",
  ({ preset, cell }) => {
    const { windows, rows, resolution } = sizesOf(preset);

    test.each([0, 1])("the gates of layer %d", (l) => {
      const rig = new Rig(cell, preset, rows);
      if (l === 1) rig.constant(0);
      rig.showGates(l);
      const left = (window: number): number[] => {
        const { c } = rig.step(windows + window);
        return rig.h0.map((h, n) => (c[l]![n] === 0 ? 0 : h));
      };
      const clean = rig.shown(l, rig.step());
      expectMean(windows, resolution, clean, clean, (window) => rig.shown(l, rig.step(window, left(window))));
    });

    test("the logits", () => {
      const rig = new Rig(cell, preset, rows);
      rig.constant(0);
      rig.constant(1);
      rig.showOutput();
      const clean = rig.step().logits;
      expectMean(windows, resolution, clean, clean, (window) => rig.step(window).logits);
    });
  },
);

describe.each(cases.filter(({ preset }) => has(preset, "zoneoutHidden")))(
  "$preset, $cell: the state is p times the old one and 1 - p times the new, on average and in evaluation",
  ({ preset, cell }) => {
    const { zoneoutCell, zoneoutHidden } = recurrentDropout(preset).sites;
    const rates = { c: zoneoutCell!.rate as number, h: zoneoutHidden!.rate as number };

    test.each(cell === "lstm" ? (["h", "c"] as const) : (["h"] as const))("%s", (name) => {
      const { windows, rows } = sizesOf(preset);
      const [rig, plain] = [preset, "none"].map((dropout) => {
        const one = new Rig(cell, dropout, rows);
        const bias = (k: number, j: number): number => Math.sin(k + 3 * j);
        one.layer(0, () => 1, bias);
        one.layer(1, () => 0, bias); // what comes from below is kept or not
        return one;
      }) as [Rig, Rig];
      const old = name === "h" ? rig.h0 : rig.c0;
      const fresh = plain.step()[name].flat();
      const p = rates[name];
      const expected = fresh.map((value, n) => p * old[n % old.length]! + (1 - p) * value);
      for (const [n, value] of rig.step()[name].flat().entries())
        expect(Math.abs(value - expected[n]!)).toBeLessThan(1e-6);
      const change = fresh.map((value, n) => old[n % old.length]! - value);
      expectMean(windows, p / 4, expected, change, (window) => rig.step(window)[name].flat());
    });
  },
);
