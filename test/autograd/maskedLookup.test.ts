/** Rows of a table under masks of their own: the recurrent ops do what they do with vectors looked up, in every way to do it. */
import { expect, test } from "vitest";
import {
  embeddedIds,
  embedding,
  gruSequence,
  lstmSequence,
  mul,
  sum,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { maskedLookup } from "../../src/autograd/ops/recurrent/maskedLookup.ts";
import { assembleEngine, fittingBuild } from "../../src/engine/createEngine.ts";
import {
  createEngine,
  createReferenceEngine,
  type Engine,
  RandomStream,
  randomKey,
} from "../../src/engine/index.ts";

const [T, B, D, H] = [40, 13, 33, 11];

interface Case {
  readonly cell: "lstm" | "gru";
  readonly steps: 1 | 40;
  readonly perGate: boolean;
  /** share of the mask that is 0; "noise": no two numbers are equal */
  readonly dropped: number | "noise";
  /** factors of positions: of "types" one for each (row, symbol), some 0; "tokens" some of those 0 */
  readonly scale: "none" | "any" | "types" | "tokens" | "all are 0";
  /** which way is expected */
  readonly way: "pairs by products" | "pairs by exceptions" | "positions by exceptions";
  readonly frozen?: "table" | "wIh";
  /** symbols of the table, of which 6 come. Default 7; a large table makes the products of a few rows the shorter way */
  readonly V?: number;
  /** layer normalisation, which is of every position under masks */
  readonly isNormalised?: true;
}

const cases: readonly Case[] = [
  { cell: "lstm", steps: 1, perGate: false, dropped: 0.25, scale: "none", way: "pairs by exceptions" },
  {
    cell: "lstm",
    steps: 1,
    perGate: false,
    dropped: 0.25,
    scale: "none",
    way: "pairs by exceptions",
    isNormalised: true,
  },
  { cell: "lstm", steps: 1, perGate: false, dropped: 0.8, scale: "tokens", way: "pairs by exceptions" },
  { cell: "lstm", steps: 1, perGate: false, dropped: 0.25, scale: "any", way: "positions by exceptions" },
  { cell: "gru", steps: 1, perGate: true, dropped: 0.25, scale: "types", way: "pairs by exceptions" },
  { cell: "gru", steps: 1, perGate: false, dropped: "noise", scale: "none", way: "pairs by products", V: 40 },
  {
    cell: "lstm",
    steps: 1,
    perGate: true,
    dropped: "noise",
    scale: "types",
    way: "pairs by products",
    V: 40,
  },
  {
    cell: "lstm",
    steps: 1,
    perGate: false,
    dropped: "noise",
    scale: "all are 0",
    way: "pairs by exceptions",
  },
  { cell: "lstm", steps: 40, perGate: false, dropped: 0.25, scale: "none", way: "positions by exceptions" },
  { cell: "gru", steps: 40, perGate: true, dropped: 0.1, scale: "any", way: "positions by exceptions" },
  {
    cell: "lstm",
    steps: 40,
    perGate: false,
    dropped: 0.9,
    scale: "types",
    way: "positions by exceptions",
  },
  {
    cell: "lstm",
    steps: 1,
    perGate: false,
    dropped: 0.25,
    scale: "none",
    way: "pairs by exceptions",
    frozen: "table",
  },
  {
    cell: "gru",
    steps: 1,
    perGate: false,
    dropped: "noise",
    scale: "none",
    way: "pairs by products",
    V: 40,
    frozen: "wIh",
  },
];

/** Outputs and gradients of a sequence whose vectors are looked up before, or left to the op. */
async function run(
  engine: Engine,
  isFolded: boolean,
  { cell, steps, perGate, dropped, scale, way, frozen, V = 7, isNormalised }: Case,
): Promise<Record<string, Float32Array>> {
  const stream = new RandomStream(randomKey(11, "maskedLookup"));
  const numbers = (n: number): number[] =>
    Array.from({ length: n }, () => Math.fround(stream.uniform() * 2 - 1));
  const G = cell === "lstm" ? 4 : 3;
  const groups = perGate ? G : 1;
  const tape = new Tape(engine);
  const weight = (name: string, shape: number[], n: number): Tensor =>
    name === frozen ? tape.constant(shape, numbers(n)) : tape.parameter(shape, numbers(n));
  const parameters = {
    table: weight("table", [V, D], V * D),
    wIh: weight("wIh", [G * H, D], G * H * D),
    wHh: weight("wHh", [G * H, H], G * H * H),
    bIh: weight("bIh", [G * H], G * H),
  };
  const { table, wIh, wHh, bIh } = parameters;
  return tape.step(async () => {
    // symbols from 6 on do not come, symbol 0 comes most often
    const symbols = Array.from({ length: T * B }, () => Math.floor(stream.uniform() ** 2 * 6));
    const ids = tape.ids(symbols, [T, B]);
    const [some, ofTypes] = [numbers(T * B), numbers(B * V)];
    const factors = symbols.map((id, n) => {
      if (scale === "all are 0") return 0;
      if (scale === "any") return some[n]!;
      return scale === "tokens" && some[n]! < -0.5 ? 0 : Math.max(0, 0.5 + ofTypes[(n % B) * V + id]!);
    });
    const positions = scale === "none" ? undefined : tape.constant([T, B], factors);
    const weights = tape.constant([T, B, H], numbers(T * B * H));
    const kept = dropped === "noise" ? 1 : Math.fround(1 / (1 - dropped));
    const mask = tape.constant(
      [steps, groups, B, D],
      numbers(steps * groups * B * D).map((m) =>
        dropped === "noise" ? m : (m + 1) / 2 < dropped ? 0 : kept,
      ),
    );
    const rows = embeddedIds(table, ids, positions);
    const planned = maskedLookup(rows, mask);
    const [what, how] = way.split(" by ");
    if (!engine.blas)
      // whose products cost less, so that it may choose another way
      expect([planned!.rows.count < T * B ? "pairs" : "positions", planned!.usual === undefined]).toEqual([
        what,
        how === "products",
      ]);
    const x = isFolded ? rows : embedding(table, ids, positions);
    const op = cell === "lstm" ? lstmSequence : gruSequence;
    const gains = (n: number): Tensor => tape.constant([n], numbers(n));
    const layerNorm = isNormalised && {
      gainIh: gains(G * H),
      gainHh: gains(G * H),
      gainC: gains(H),
      biasC: gains(H),
    };
    const { y } = op({ x, wIh, wHh, bIh, inputMask: mask, ...(layerNorm ? { layerNorm } : {}) });
    tape.backward(sum(mul(y, weights)));
    const values: Record<string, Float32Array> = { y: await y.data() };
    for (const [name, tensor] of Object.entries(parameters)) values[name] = await tensor.gradientData();
    return values;
  });
}

const engines = [
  { name: "reference", make: async () => createReferenceEngine({ precision: "float64" }), units: 8 },
  { name: "strict", make: () => createEngine("strict"), units: 256 },
  { name: "strict on 2 threads", make: () => createEngine("strict", { threads: 2 }), units: 256 },
  { name: "relaxed", make: () => createEngine("auto", { blas: false }), units: 256 },
  { name: "blas", make: () => createEngine("auto"), units: 256 },
] as const;

test.each(engines)("$name: values and gradients are those of vectors looked up", async ({ make, units }) => {
  const engine = await make();
  for (const one of cases) {
    const folded = await run(engine, true, one);
    const lookedUp = await run(engine, false, one);
    for (const [name, values] of Object.entries(lookedUp)) {
      const most = Math.max(1, ...values.map(Math.abs));
      const worst = Math.max(...values.map((v, k) => Math.abs(v - folded[name]![k]!)));
      expect(worst, `${name} of ${JSON.stringify(one)}`).toBeLessThanOrEqual(units * 2 ** -24 * most);
    }
  }
  engine.close();
});

const V = 7;

test("masks that are mostly different, at every step, are left to the products of all positions", () => {
  const tape = new Tape(createReferenceEngine());
  const table = tape.parameter([V, D]);
  tape.step(() => {
    const ids = tape.ids(new Array(T * B).fill(1), [T, B]);
    const noise = Array.from({ length: T * B * D }, (_, k) => k + 1);
    const atEveryStep = tape.constant([T, 1, B, D], noise);
    expect(maskedLookup(embeddedIds(table, ids), atEveryStep)).toBeUndefined();
    const forAll = tape.constant([1, 1, B, D], noise.slice(0, B * D));
    expect(maskedLookup(embeddedIds(table, ids), forAll)!.rows.count).toBe(B);
  });
});

test("a mask that does not fit, and an id outside under a mask, are refused as without folding", () => {
  const tape = new Tape(createReferenceEngine());
  const [table, wIh, wHh] = [tape.parameter([V, D]), tape.parameter([4 * H, D]), tape.parameter([4 * H, H])];
  tape.step(() => {
    const ids = tape.ids(new Array(T * B).fill(1), [T, B]);
    const inputMask = tape.constant([1, 1, B + 1, D]);
    expect(() => lstmSequence({ x: embeddedIds(table, ids), wIh, wHh, inputMask })).toThrow(
      "lstmSequence: inputMask does not fit x",
    );
    const outside = tape.ids(new Array(T * B).fill(V), [T, B]);
    const fitting = tape.constant([1, 1, B, D]);
    expect(() => lstmSequence({ x: embeddedIds(table, outside), wIh, wHh, inputMask: fitting })).toThrow(
      `id ${V} is outside the vocabulary`,
    );
  });
});

test("the number of threads is not in the bits, where the smallest kernel is shared out too", async () => {
  const build = fittingBuild("strict")!;
  const bits = async (threads: number): Promise<Record<string, Float32Array>[]> => {
    const thresholds = { elements: 1, products: 1, system: 1 };
    const engine = await assembleEngine(build, { threads, blas: "never", thresholds });
    expect(engine.threads).toBe(threads);
    const runs = [];
    for (const one of cases) runs.push(await run(engine, true, one));
    engine.close();
    return runs;
  };
  const alone = await bits(1);
  for (const threads of [2, 3]) expect(await bits(threads)).toEqual(alone);
});
