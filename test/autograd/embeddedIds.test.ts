/** Rows of a table by their ids: the recurrent ops do with them what they do with the vectors looked up, values and gradients. */
import { describe, expect, test } from "vitest";
import {
  embeddedIds,
  embedding,
  gruSequence,
  keptUnits,
  lstmSequence,
  mul,
  sum,
  Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import {
  createEngine,
  createReferenceEngine,
  type Engine,
  RandomStream,
  randomKey,
} from "../../src/engine/index.ts";

const [V, D, H] = [5, 3, 4];

interface Run {
  readonly values: Record<string, Float32Array>;
}

/** Outputs and gradients of a sequence whose input is looked up before or is left to the op. */
async function run(
  engine: Engine,
  {
    cell,
    isFolded,
    T,
    B,
    mask,
    scaled,
  }: {
    cell: "lstm" | "gru";
    isFolded: boolean;
    T: number;
    B: number;
    mask: "none" | "kept" | "rows";
    scaled: boolean;
  },
): Promise<Run> {
  const stream = new RandomStream(randomKey(7, "embeddedIds"));
  const numbers = (n: number): number[] =>
    Array.from({ length: n }, () => Math.fround(stream.uniform() * 2 - 1));
  const G = cell === "lstm" ? 4 : 3;
  const tape = new Tape(engine);
  const parameters: Record<string, Tensor> = {
    table: tape.parameter([V, D], numbers(V * D)),
    wIh: tape.parameter([G * H, D], numbers(G * H * D)),
    wHh: tape.parameter([G * H, H], numbers(G * H * H)),
    bIh: tape.parameter([G * H], numbers(G * H)),
  };
  const { table, wIh, wHh, bIh } = parameters as Record<"table" | "wIh" | "wHh" | "bIh", Tensor>;
  return tape.step(async () => {
    const ids = tape.ids(
      Array.from({ length: T * B }, () => Math.floor(stream.uniform() * V)),
      [T, B],
    );
    const scale = scaled ? tape.constant([T, B], numbers(T * B)) : undefined;
    const weights = tape.constant([T, B, H], numbers(T * B * H));
    const inputMask =
      mask === "none"
        ? undefined
        : mask === "kept"
          ? keptUnits(tape, [0, 2], D, 1.5)
          : tape.constant([1, 1, B, D], numbers(B * D));
    const x = isFolded ? embeddedIds(table, ids, scale) : embedding(table, ids, scale);
    const op = cell === "lstm" ? lstmSequence : gruSequence;
    const { y } = op({ x, wIh, wHh, bIh, inputMask });
    tape.backward(sum(mul(y, weights)));
    const values: Record<string, Float32Array> = { y: await y.data() };
    for (const [name, tensor] of Object.entries(parameters)) values[name] = await tensor.gradientData();
    return { values };
  });
}

describe.each(["lstm", "gru"] as const)("the %s", (cell) => {
  test.each([
    { T: 4, B: 3, mask: "none", scaled: false },
    { T: 4, B: 3, mask: "none", scaled: true },
    { T: 4, B: 3, mask: "kept", scaled: true },
    { T: 4, B: 3, mask: "rows", scaled: true },
    { T: 3, B: 3, mask: "none", scaled: false }, // too few positions to project the table
  ] as const)("projects the table or looks up: T=$T B=$B mask=$mask scaled=$scaled", async (options) => {
    for (const [engine, units] of [
      [createReferenceEngine({ precision: "float64" }), 2],
      [await createEngine("strict"), 64],
    ] as const) {
      const folded = await run(engine, { cell, isFolded: true, ...options });
      const lookedUp = await run(engine, { cell, isFolded: false, ...options });
      for (const [name, values] of Object.entries(lookedUp.values)) {
        const most = Math.max(1, ...values.map(Math.abs));
        const worst = Math.max(...values.map((v, k) => Math.abs(v - folded.values[name]![k]!)));
        expect(worst, `${engine.name} ${name}`).toBeLessThanOrEqual(units * 2 ** -24 * most);
      }
    }
  });
});

test("a table that is no matrix, a scale that does not fit and an id outside are refused", async () => {
  const tape = new Tape(createReferenceEngine());
  const table = tape.parameter([V, D]);
  const wIh = tape.parameter([4 * H, D]);
  const wHh = tape.parameter([4 * H, H]);
  tape.step(() => {
    expect(() => embeddedIds(tape.parameter([V]), tape.ids([1], [1, 1]))).toThrow(
      "embeddedIds: table is not a matrix",
    );
    expect(() => embeddedIds(table, tape.ids([1, 2], [1, 2]), tape.constant([3]))).toThrow(
      "embeddedIds: scale does not fit ids. Expected 2 factors, one per id of [1, 2], got [3]",
    );
    const ids = tape.ids(new Array(12).fill(V), [12, 1]);
    expect(() => lstmSequence({ x: embeddedIds(table, ids), wIh, wHh })).toThrow(
      `lstmSequence: id ${V} is outside the vocabulary`,
    );
  });
});
