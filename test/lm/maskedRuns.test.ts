/** Training under masks on a table's rows comes to the same whether its rows are folded or every position is looked up. */
import { expect, test, vi } from "vitest";
import type * as Lookup from "../../src/autograd/ops/recurrent/maskedLookup.ts";
import { createReferenceEngine } from "../../src/engine/index.ts";
import { eventsOf, tinyTrainer } from "./tinyRun.ts";

const folding = vi.hoisted(() => ({ isOn: true, times: 0 }));

vi.mock("../../src/autograd/ops/recurrent/maskedLookup.ts", async (original) => {
  const actual = (await original()) as typeof Lookup;
  return {
    ...actual,
    maskedLookup: (...given: Parameters<typeof Lookup.maskedLookup>) => {
      const found = folding.isOn ? actual.maskedLookup(...given) : undefined;
      if (found) folding.times++;
      return found;
    },
  };
});

test.each([
  { cell: "lstm", dropout: "gal2016" },
  { cell: "gru", dropout: "gal2016Untied" },
  { cell: "lstm", dropout: "gaussian" },
  { cell: "gru", dropout: "naive:0.1" },
  { cell: "lstm", dropout: { input: { rate: 0.3, tie: "stream" }, token: 0.2, embedding: 0.2 } },
] as const)("$cell under $dropout", async ({ cell, dropout }) => {
  const losses = async (isOn: boolean): Promise<number[]> => {
    Object.assign(folding, { isOn, times: 0 });
    const engine = createReferenceEngine({ precision: "float64" });
    const options = { cell, dropout, embeddingSize: 37, batchSize: 9, steps: 30 };
    const events = await eventsOf(await tinyTrainer(options, { engine }));
    expect(folding.times).toBe(isOn ? 30 : 0);
    return events.flatMap((event) => (event.type === "step" ? [event.loss, event.gradientNorm] : []));
  };
  const [folded, plain] = [await losses(true), await losses(false)];
  expect(plain).toHaveLength(60);
  for (const [k, value] of plain.entries()) expect(folded[k]! / value).toBeCloseTo(1, 10);
});
